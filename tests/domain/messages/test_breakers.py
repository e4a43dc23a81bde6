"""How long a refused template is left alone, and what makes one suspect."""

from datetime import timedelta

from clinic.domain.messages.breakers import Breaker
from tests.fakes.examples import NOW

AN_HOUR = timedelta(hours=1)


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


def test_what_may_be_one_messages_fault_stops_nothing_until_another_message_meets_it() -> None:
    first = Breaker.suspected(None, "intent-1", 132000, NOW)
    assert not first.is_open(NOW)
    assert not first.is_at_rest
    assert not Breaker.suspected(first, "intent-1", 132000, NOW + AN_HOUR).is_open(NOW + AN_HOUR)
    second = Breaker.suspected(first, "intent-2", 132000, NOW + AN_HOUR)
    assert second == Breaker(NOW + 2 * AN_HOUR, 1, 132000)


def test_an_acceptance_in_between_clears_the_template() -> None:
    cleared = Breaker.suspected(None, "intent-1", 132000, NOW).reset(NOW)
    assert cleared.is_at_rest
    assert not Breaker.suspected(cleared, "intent-2", 132000, NOW).is_open(NOW)


def test_a_suspicion_is_good_for_a_day() -> None:
    first = Breaker.suspected(None, "intent-1", 132000, NOW)
    next_day = NOW + timedelta(days=1)
    assert not Breaker.suspected(first, "intent-2", 132000, next_day).is_open(next_day)


def test_a_trial_that_meets_it_keeps_a_stopped_template_stopped() -> None:
    stopped = Breaker.tripped(None, 132015, NOW)
    assert Breaker.suspected(stopped, "intent-1", 132000, stopped.open_until).times == 2
