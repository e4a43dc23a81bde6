"""How long something that may still be under way is waited for."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.messages.backoff import LONGEST_DELIVERY, next_check
from tests.fakes.examples import NOW

ages = st.timedeltas(timedelta(seconds=-5), timedelta(hours=30))


@given(ages)
def test_there_is_a_next_look_as_long_as_the_bus_may_still_deliver(age: timedelta) -> None:
    assert (next_check(NOW, NOW + age) is not None) is (age < timedelta(hours=24))


@given(ages)
def test_it_lies_ahead_within_the_hour_and_not_after_the_last_delivery(age: timedelta) -> None:
    now = NOW + age
    look = next_check(NOW, now)
    if look is not None:
        assert now < look <= min(now + timedelta(hours=1), NOW + LONGEST_DELIVERY)


@given(st.timedeltas(timedelta(0), timedelta(hours=23)))
def test_the_longer_it_has_been_missing_the_longer_the_wait(age: timedelta) -> None:
    look = next_check(NOW, NOW + age)
    assert look is not None
    expected = min(max(age, timedelta(seconds=15)), timedelta(hours=1))
    assert look - (NOW + age) == min(expected, timedelta(hours=24) - age)


@given(st.timedeltas(timedelta(0), timedelta(minutes=1)))
def test_looking_whenever_told_ends_after_some_thirty_looks_at_the_last_moment(late: timedelta) -> None:
    now, looks = NOW + late, [NOW]
    while (look := next_check(NOW, now)) is not None:
        now = look
        looks.append(now)
    assert now == NOW + LONGEST_DELIVERY
    assert 30 <= len(looks) <= 40
