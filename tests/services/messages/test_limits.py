"""When the sending number's limit bites: nothing beyond it, the close first, and all that is of use."""

import heapq
from collections import defaultdict
from datetime import datetime, timedelta

from clinic.domain.messages.intent import Intent, IntentId, IntentStatus, reservation_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.messages.limits import Limit
from clinic.services.messages.delivery import MessageDelivery
from tests.fakes.examples import NOW
from tests.fakes.messages.channel import MemoryChannel, gate_on
from tests.fakes.ports import MemoryLedger, ScriptedMessenger
from tests.fakes.stores.rows import intent
from tests.fakes.workflow_ports import MemoryMeter

A_SECOND = timedelta(seconds=1)


def notice(number: int, *, to: str, useful_until: datetime = NOW + timedelta(hours=1)) -> Intent:
    """A notice that is due now."""
    return intent(
        id=IntentId(reservation_subject(f"r-{number}"), 1, NoticeKind.CANCELLATION),
        due_at=NOW,
        useful_until=useful_until,
        to=to,
        parameters={"a": "b"},
    )


def deliver_all(
    delivery: MessageDelivery, intents: list[Intent], start: datetime = NOW
) -> tuple[dict[IntentId, datetime], int]:
    """Ask for each, and again whenever it says so: when each was settled, and how often was asked."""
    waiting = [(start, number, it.id) for number, it in enumerate(intents)]
    heapq.heapify(waiting)
    settled, asked = {}, 0
    while waiting:
        now, number, intent_id = heapq.heappop(waiting)
        asked += 1
        answer = delivery.deliver(intent_id, now, f"request-{asked}")
        if answer.retry_at is None:
            settled[intent_id] = now
        else:
            again = max(answer.retry_at, now + A_SECOND)
            whole = again.replace(microsecond=0)
            heapq.heappush(waiting, (whole if whole == again else whole + A_SECOND, number, intent_id))
    return settled, asked


def test_a_crowd_leaves_at_the_rate_and_each_asks_a_few_times_only() -> None:
    rate, crowd = 30, 600
    intents = [notice(number, to=f"+52550000{number:04}") for number in range(crowd)]
    ledger, messenger = MemoryLedger(rows={it.id: it for it in intents}), ScriptedMessenger()
    channel = MemoryChannel(Limit.per_second(rate))
    settled, asked = deliver_all(MessageDelivery(ledger, messenger, gate_on(channel), MemoryMeter()), intents)
    assert len(messenger.accepted) == crowd
    assert {row.attempts for row in ledger.rows.values()} == {1}
    per_second: dict[datetime, int] = defaultdict(int)
    for at in settled.values():
        per_second[at] += 1
    assert max(per_second.values()) <= rate
    assert asked < crowd * 12
    assert max(settled.values()) - NOW < timedelta(seconds=10 * crowd / rate)


def test_what_is_close_goes_before_the_day_before_and_that_before_a_follow_up() -> None:
    def of(kind: str, number: int) -> Intent:
        whole = notice(number, to=f"+52550000{number:04}")
        return Intent(**{**vars(whole), "id": IntentId(whole.id.subject, 1, kind)})

    # What these kinds follow is not the matter here, but must stand.
    kinds = ["follow_up_24h", "reminder_24h", "reminder_2h"] * 40
    intents = [of(kind, number) for number, kind in enumerate(kinds)]
    gate = gate_on(MemoryChannel(Limit.per_second(9)))
    waiting = [(NOW, number) for number in range(len(intents))]
    left: dict[str, list[datetime]] = defaultdict(list)
    while waiting:
        now, number = heapq.heappop(waiting)
        verdict = gate.check(intents[number], intents[number].to or "", now)
        until: datetime | None = getattr(verdict, "until", None)
        if until is None:
            left[intents[number].kind].append(now)
            continue
        again = until.replace(microsecond=0) + A_SECOND
        heapq.heappush(waiting, (max(again, now + A_SECOND), number))
    half = {kind: sorted(times)[len(times) // 2] for kind, times in left.items()}
    assert half["reminder_2h"] < half["reminder_24h"] < half["follow_up_24h"]
    assert [len(times) for times in left.values()] == [40, 40, 40]


def test_one_person_gets_45_at_once_and_then_one_in_six_seconds() -> None:
    intents = [notice(number, to="+525500000001") for number in range(60)]
    ledger, messenger = MemoryLedger(rows={it.id: it for it in intents}), ScriptedMessenger()
    delivery = MessageDelivery(
        ledger, messenger, gate_on(MemoryChannel(Limit.per_second(1000))), MemoryMeter()
    )
    settled, _ = deliver_all(delivery, intents)
    times = sorted(settled.values())
    assert times[44] == NOW < times[45]
    assert all(times[45 + n] - NOW >= (n + 1) * timedelta(seconds=6) for n in range(15))


def test_what_gets_no_token_in_its_time_ends_as_of_no_more_use() -> None:
    soon = NOW + timedelta(seconds=3)
    intents = [notice(number, to=f"+52550000{number:04}", useful_until=soon) for number in range(20)]
    ledger, messenger = MemoryLedger(rows={it.id: it for it in intents}), ScriptedMessenger()
    delivery = MessageDelivery(ledger, messenger, gate_on(MemoryChannel(Limit.per_second(1))), MemoryMeter())
    settled, _ = deliver_all(delivery, intents)
    assert max(settled.values()) <= soon
    ends = [(row.status, row.reason, row.attempts) for row in ledger.rows.values()]
    assert ends.count((IntentStatus.SKIPPED, "no_longer_useful", 0)) == 20 - len(messenger.accepted) >= 16
