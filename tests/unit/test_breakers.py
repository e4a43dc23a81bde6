"""How long a refused template is left alone."""

from datetime import timedelta

from clinic.domain.breakers import Breaker
from tests.fakes.examples import NOW


def test_it_is_open_for_an_hour_then_twice_as_long_up_to_six() -> None:
    breaker, now, lengths = None, NOW, []
    for _ in range(12):
        breaker = Breaker.tripped(breaker, 132015, now)
        lengths.append((breaker.open_until - now) / timedelta(hours=1))
        now = breaker.open_until
    assert lengths == [1, 2, 4, *[6] * 9]


def test_it_lets_one_try_from_its_instant_on() -> None:
    breaker = Breaker.tripped(None, 132001, NOW)
    assert breaker.is_open(NOW)
    assert breaker.is_open(breaker.open_until - timedelta(microseconds=1))
    assert not breaker.is_open(breaker.open_until)


def test_once_the_template_is_accepted_it_begins_anew() -> None:
    again = NOW + timedelta(hours=2)
    reset = Breaker.tripped(Breaker.tripped(None, 132001, NOW), 132001, NOW).reset(again)
    assert not reset.is_open(NOW)
    assert Breaker.tripped(reset, 132016, again) == Breaker(again + timedelta(hours=1), 1, 132016)
