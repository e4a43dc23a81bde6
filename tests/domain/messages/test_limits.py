"""Token buckets: as many as WhatsApp allows, never more; and who goes first."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.channels.whatsapp import WHATSAPP
from clinic.domain.messages.intent import IntentId
from clinic.domain.messages.kinds import Priority
from clinic.domain.messages.limits import (
    Limit,
    after_taking,
    ask_again,
    instant_of,
    microseconds,
    spread,
)
from tests.fakes.examples import NOW

SUBJECT = "reservation#r-17"
rates = st.integers(1, 1000)
PERSON_LIMIT = Limit(WHATSAPP.person_interval, WHATSAPP.person_burst)
limits = rates.map(Limit.per_second) | st.just(PERSON_LIMIT)
# Gaps between two that ask: crowds, and rests.
gaps = st.lists(st.sampled_from([0, 0, 0, 1, 999, 12_500, 40_000, 1_000_000, 7_000_000]), max_size=120)
priorities = st.sampled_from(Priority)


class TokenBucket:
    """The textbook's: so many tokens, one more each interval, never more than fit in."""

    def __init__(self, limit: Limit) -> None:
        self.limit, self.tokens, self.at = limit, Fraction(limit.burst), 0

    def take(self, now: int, priority: Priority) -> bool:
        refilled = self.tokens + Fraction(now - self.at, self.limit.interval)
        self.tokens, self.at = min(refilled, Fraction(self.limit.burst)), now
        kept_for_others = self.limit.burst - max(1, self.limit.burst * priority // 3)
        if self.tokens < 1 + kept_for_others:
            return False
        self.tokens -= 1
        return True


@given(limits, st.lists(st.tuples(st.integers(0, 3_000_000), priorities), max_size=150))
def test_it_gives_what_a_token_bucket_gives(limit: Limit, asked: list[tuple[int, Priority]]) -> None:
    oracle, full_at, now = TokenBucket(limit), None, 0
    for gap, priority in asked:
        now += gap // 10
        after = after_taking(full_at, now, limit.interval, limit.tolerance(priority))
        assert (after is not None) is oracle.take(now, priority)
        full_at = after if after is not None else full_at


@given(limits, gaps, priorities)
def test_never_more_than_a_burst_and_the_rate_in_any_stretch(
    limit: Limit, gaps: list[int], priority: Priority
) -> None:
    given_at: list[int] = []
    full_at, now = None, 1_000
    for gap in gaps:
        now += gap
        after = after_taking(full_at, now, limit.interval, limit.tolerance(priority))
        if after is not None:
            full_at = after
            given_at.append(now)
    for first in range(len(given_at)):
        for last in range(first, len(given_at)):
            stretch = given_at[last] - given_at[first]
            assert last - first + 1 <= limit.burst + Fraction(stretch, limit.interval)


@given(rates)
def test_a_second_never_gets_more_than_the_rate_on_top_of_what_was_saved(rate: int) -> None:
    limit = Limit.per_second(rate)
    assert limit.burst == rate
    assert Fraction(1_000_000, limit.interval) <= rate


@pytest.mark.parametrize(
    ("rate", "shares"),
    [(80, (26, 53, 80)), (3, (1, 2, 3)), (2, (1, 1, 2)), (1, (1, 1, 1)), (1000, (333, 666, 1000))],
)
def test_the_less_urgent_leave_a_part_of_the_bucket_to_the_others(
    rate: int, shares: tuple[int, int, int]
) -> None:
    limit = Limit.per_second(rate)
    for priority, share in zip(Priority, shares, strict=True):
        full_at, count = None, 0
        while (after := after_taking(full_at, 5, limit.interval, limit.tolerance(priority))) is not None:
            full_at, count = after, count + 1
        assert count == share


def test_a_person_gets_45_at_once_and_then_one_in_six_seconds() -> None:
    assert Limit(interval=6_000_000, burst=45) == PERSON_LIMIT


@pytest.mark.parametrize(
    ("kind", "priority"),
    [
        ("reminder_2h", Priority.URGENT),
        ("reminder_719m", Priority.URGENT),
        ("reminder_12h", Priority.NORMAL),
        ("reminder_24h", Priority.NORMAL),
        ("confirmation", Priority.NORMAL),
        ("cancellation_doctor", Priority.NORMAL),
        ("follow_up_24h", Priority.LOW),
        ("dose_20261130T1600Z", Priority.URGENT),
    ],
)
def test_what_is_close_goes_first(kind: str, priority: Priority) -> None:
    assert IntentId(SUBJECT, 1, kind).priority is priority


@given(st.timedeltas(timedelta(0), timedelta(days=80_000)))
def test_an_instant_is_a_buckets_number_and_back(elapsed: timedelta) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + elapsed
    assert instant_of(microseconds(instant)) == instant


def test_a_crowd_does_not_come_back_in_one_second() -> None:
    back = [spread(f"r-{number}", NOW, 59) for number in range(6000)]
    counts = [back.count(timedelta(seconds=second)) for second in range(60)]
    assert sum(counts) == 6000
    assert 50 < min(counts) <= max(counts) < 150


@given(st.integers(0, 10_000), st.sampled_from(["reminder_2h", "confirmation", "follow_up_24h"]))
def test_one_that_got_no_token_asks_again_later_the_longer_it_has_waited(waited: int, kind: str) -> None:
    intent_id = IntentId(SUBJECT, 1, kind)
    now = NOW + timedelta(seconds=waited)
    ready = now + timedelta(milliseconds=13)
    longest = min(max(waited, 2), 300) * (4 - intent_id.priority)
    assert ready <= ask_again(intent_id, NOW, ready, now) <= ready + timedelta(seconds=longest)
