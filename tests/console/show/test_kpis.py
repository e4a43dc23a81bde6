"""The KPIs, by results made by hand."""

import re
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from clinic.domain.messages.intent import Reason
from clinic.domain.messages.quiet_hours import QuietHours
from console.kpi.kpis import kpis
from console.kpi.table import show_kpis
from console.output.bookings import RequestRow, ReservationRow
from console.output.kpis import KpiRow
from console.output.people import ToldRow, WebhookRow
from console.output.result import FORMAT_VERSION, RunResult
from console.output.rows import FailedEventRow, MessageRow
from tests.console.audit.evidence import BOOKED, VISIT, intent, run

QUIET = QuietHours(time(21), time(8))
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
END = VISIT + timedelta(days=8)
LISTS = (
    *("events", "messages", "executions", "reservations", "requests", "slots", "charges", "refunds"),
    *("statistics", "events_failed", "lambda_invocations", "audit"),
)


def result(**changes: Any) -> RunResult:
    head = {"format_version": FORMAT_VERSION, "start": BOOKED, "until": END, "complete": True}
    head["events_published"] = 1
    return RunResult.model_validate(head | {name: [] for name in LISTS} | changes)


def message(number: int = 1, kind: str = "reminder_24h", **changes: Any) -> MessageRow:
    """A reminder that arrived."""
    base = intent("reminder_24h", status="delivered", delivered_at=VISIT - timedelta(hours=23))
    own = {"kind": kind, "intent_id": f"reservation#r-{number}#v000001#{kind}", "times_accepted": 1}
    return base.model_copy(update=own | changes)


def skipped(reason: str, number: int = 2) -> MessageRow:
    return message(number, status="skipped", reason=reason, sent_at=None, delivered_at=None, attempts=0)


def figure(name: str, **changes: Any) -> KpiRow:
    (row,) = (row for row in kpis(result(**changes), QUIET).figures if row.name == name)
    return row


def share(row: KpiRow) -> tuple[int, int, str]:
    return row.part, row.whole, row.status


def test_of_nothing_nothing_is_measured() -> None:
    report = kpis(result(), QUIET)

    assert {(row.value, row.status) for row in report.figures} == {(None, "not_measured")}
    assert report.messages.planned == 0


def test_messages_are_counted_by_what_became_of_them() -> None:
    counts = kpis(
        result(
            messages=[
                message(1),
                message(2, status="read"),
                message(3, status="sent", delivered_at=None),
                message(4, status="failed", reason="whatsapp:131026", delivered_at=None),
                message(5, status="failed", reason="whatsapp:131026", sent_at=None, delivered_at=None),
                message(6, status="unknown", sent_at=None, delivered_at=None),
                message(7, status="planned", sent_at=None, delivered_at=None),
                message(8, status="superseded", sent_at=None, delivered_at=None),
                skipped(Reason.OPTED_OUT, 9),
                skipped(Reason.OPTED_OUT, 10),
                skipped(Reason.NO_LONGER_USEFUL, 11),
            ]
        ),
        QUIET,
    ).messages

    assert counts.model_dump() == {
        "planned": 11,
        "accepted": 4,
        "delivered": 2,
        "read": 1,
        "failed": 2,
        "unknown": 1,
        "open": 1,
        "superseded": 1,
        "skipped": {"no_longer_useful": 1, "opted_out": 2},
    }


@pytest.mark.parametrize(
    ("arrived", "lost", "status"), [(99, 1, "met"), (98, 2, "missed"), (49, 1, "missed"), (50, 1, "met")]
)
def test_reminders_are_to_arrive_in_more_than_98_of_100_cases(arrived: int, lost: int, status: str) -> None:
    rows = [message(number) for number in range(arrived)]
    rows += [message(1000 + number, status="sent", delivered_at=None) for number in range(lost)]

    row = figure("reminder_delivery", messages=rows)

    assert share(row) == (arrived, arrived + lost, status)
    assert (row.target, row.goal) == (98, "above")


def test_more_than_98_is_meant_by_the_numbers_and_not_by_their_rounding() -> None:
    rows = [message(number) for number in range(98_000)]
    lost = message(200_000, status="sent", delivered_at=None)

    assert figure("reminder_delivery", messages=rows + [lost] * 2000).status == "missed"
    assert figure("reminder_delivery", messages=rows + [lost] * 1999).value == 98.0
    assert figure("reminder_delivery", messages=rows + [lost] * 1999).status == "met"


@pytest.mark.parametrize(
    "reason",
    [
        Reason.BOOKED_AFTER_DUE,
        Reason.TOO_SOON,
        Reason.APPOINTMENT_MOVED,
        Reason.RESERVATION_CANCELLED,
        Reason.NO_LONGER_WANTED,
        Reason.OPTED_OUT,
    ],
)
def test_what_nobody_wanted_any_more_is_left_out_and_counted(reason: Reason) -> None:
    row = figure("reminder_delivery", messages=[message(1), skipped(reason)])

    assert share(row) == (1, 1, "met")
    assert row.left_out == {"not wanted any more, or never": 1}


@pytest.mark.parametrize("reason", [Reason.NO_LONGER_USEFUL, Reason.RESERVATION_MISSING, "a_reason_of_later"])
def test_a_reminder_that_citas_itself_failed_to_send_counts_as_not_delivered(reason: str) -> None:
    assert share(figure("reminder_delivery", messages=[message(1), skipped(reason)])) == (1, 2, "missed")


@pytest.mark.parametrize("name", ["reminder_delivery", "message_delivery"])
@pytest.mark.parametrize("sent_at", [None, VISIT])
def test_a_person_who_can_not_be_reached_is_apart_and_counted(name: str, sent_at: object) -> None:
    nobody = message(2, status="failed", reason="whatsapp:131026", sent_at=sent_at, delivered_at=None)

    row = figure(name, messages=[message(1), nobody])

    assert share(row) == (1, 1, "met")
    assert row.left_out == {"unreachable people": 1}


@pytest.mark.parametrize("reason", ["whatsapp:131048", "retries_exhausted:X", Reason.OUTCOME_UNKNOWN])
def test_any_other_failure_counts(reason: str) -> None:
    failed = message(2, status="failed", reason=reason, sent_at=None, delivered_at=None)

    assert share(figure("message_delivery", messages=[message(1), failed])) == (1, 2, "missed")


def test_without_a_word_from_whatsapp_delivery_is_not_measured() -> None:
    told_nothing = [message(1, status="sent", delivered_at=None)]

    assert share(figure("reminder_delivery", messages=told_nothing)) == (0, 0, "not_measured")


def test_what_is_under_way_when_a_run_is_cut_short_is_left_out() -> None:
    def judged(sent_at: object, **changes: Any) -> KpiRow:
        late = message(2, status="sent", sent_at=sent_at, delivered_at=None)
        return figure("message_delivery", messages=[message(1), late], **changes)

    assert share(judged(END - MINUTE, complete=False)) == (1, 1, "met")
    assert share(judged(END - MINUTE, complete=True)) == (1, 2, "missed")
    assert share(judged(END - 16 * MINUTE, complete=False)) == (1, 2, "missed")


def test_a_reminder_that_is_not_due_yet_is_left_out() -> None:
    ahead = message(2, status="planned", due_at=END + SECOND, sent_at=None, delivered_at=None, attempts=0)

    row = figure("reminder_delivery", messages=[message(1), ahead], complete=False)

    assert share(row) == (1, 1, "met")
    assert row.left_out == {"not due yet": 1}


def test_message_success_looks_at_all_kinds_and_also_at_what_never_left() -> None:
    never_left = [skipped(Reason.NO_LONGER_USEFUL, 3), skipped(Reason.OPTED_OUT, 4)]
    rows = [message(1, "dose_20261130T1600Z"), message(2, "follow_up_24h"), *never_left]

    assert share(figure("message_delivery", messages=rows[:2])) == (2, 2, "met")
    assert share(figure("message_delivery", messages=[*rows, never_left[0]])) == (2, 4, "missed")
    assert figure("reminder_delivery", messages=rows[:2]).part == 0


def test_runs_succeed_refuse_their_event_are_stopped_or_fail() -> None:
    failure = FailedEventRow(line=4, event_id="e-4", detail_type="x", where="execution", reason="stopped")
    row = figure(
        "run_success",
        executions=[
            run(event_id="e-1"),
            run(event_id="e-2", status="FAILED", error="InvalidEventError"),
            run(event_id="e-3", status="ABORTED", cause="cancelled"),
            run(event_id="e-4", status="ABORTED"),
            run(event_id="e-5", status="FAILED", error="MessengerAccountError"),
            run(event_id="e-6", status="RUNNING"),
            run(event_id="e-7", workflow="workflow-health"),
            run(event_id="e-8", workflow="workflow-analytics", status="FAILED", error="StoreError"),
        ],
        events_failed=[failure],
    )

    assert share(row) == (1, 3, "missed"), "who watches does not count itself"
    assert row.left_out == {"not ended yet": 1, "refused their event": 1, "stopped on purpose": 1}


def test_an_expiration_is_handled_within_five_minutes_of_its_time() -> None:
    def expired(name: str, **changes: Any) -> RequestRow:
        base = {"request_id": name, "reservation_id": name, "status": "expired", "expires_at": VISIT}
        return RequestRow.model_validate(base | changes)

    notice = intent().model_copy(
        update={
            "subject": "request#q-1",
            "kind": "request_expired",
            "created_at": VISIT + 5 * MINUTE - SECOND,
        }
    )
    row = figure(
        "expirations_in_time",
        messages=[notice],
        requests=[
            expired("q-1", updated_at=END),
            expired("q-2", updated_at=VISIT + 5 * MINUTE),
            expired("q-3", status="pending"),
            expired("q-4", status="pending", expires_at=END - MINUTE),
            expired("q-5", status="approved"),
        ],
    )

    assert share(row) == (1, 3, "missed")
    assert row.left_out == {"answered or withdrawn": 1, "still waiting": 1}
    assert figure("expirations_in_time", requests=[expired("q-1", updated_at=VISIT)]).status == "met"


def test_every_time_whatsapp_took_a_message_again_is_a_duplicate() -> None:
    rows = [message(1), message(2, times_accepted=3), message(3, times_accepted=2, status="unknown")]

    row = figure("duplicates", messages=rows)

    assert (row.value, row.whole, row.status) == (3, 3, "missed")
    assert figure("duplicates", messages=rows[:1]).status == "met"


def test_a_message_that_left_again_since_the_first_had_failed_is_no_duplicate() -> None:
    again = message(2, times_accepted=2)
    failed = ToldRow(message_id="wamid.0", intent_id=again.intent_id, status="failed", at=VISIT, code=131000)
    hook = WebhookRow(at=VISIT, answer=200, attempt=1, forged=False, told=[failed], received=[])
    assert figure("duplicates", messages=[again], webhooks=[hook, hook]).status == "met"


@pytest.mark.parametrize(
    ("hour", "zone", "number"),
    [(3, "America/Mexico_City", 1), (15, "America/Mexico_City", 0), (15, "America/Tijuana", 1)],
)
def test_a_follow_up_in_the_recipients_night_is_counted(hour: int, zone: str, number: int) -> None:
    sent_at = VISIT.replace(hour=hour)
    base = {"reservation_id": "r-1", "status": "completed", "version": 1, "appointment_time": VISIT}
    reservation = ReservationRow.model_validate(base | {"time_zone": zone})
    follow_up = message(1, "follow_up_24h", sent_at=sent_at)
    others = [message(1, "reminder_2h", sent_at=sent_at), message(1, "dose_x", sent_at=sent_at)]

    row = figure("quiet_hours", messages=[follow_up, *others], reservations=[reservation])

    assert (row.value, row.whole) == (number, 1)
    assert figure("quiet_hours", messages=[follow_up.model_copy(update={"time_zone": zone})]).value == number


def test_the_documented_kpis_are_all_there_are_with_their_targets() -> None:
    section = Path("docs/run-format.md").read_text(encoding="utf-8").partition("### `kpis`")[2]

    documented = dict(re.findall(r"^\| `(\w+)` \| >? ?([\d.]+)", section, flags=re.MULTILINE))

    assert documented == {row.name: f"{row.target:g}" for row in kpis(result(), QUIET).figures}


def test_the_table_shows_each_kpi_its_target_and_what_it_leaves_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Console(width=120, highlight=False)
    unreachable = message(2, status="failed", reason="whatsapp:131026", sent_at=None, delivered_at=None)
    rows = [message(1), unreachable, skipped(Reason.OPTED_OUT, 3)]

    show_kpis(screen, kpis(result(messages=rows), QUIET))

    printed = capsys.readouterr().out
    assert re.search(r"Reminder delivery rate 1 +100 % +1 of 1 +> 98 % +met", printed)
    assert "1 skipped: the person does not want such messages" in printed
    assert re.search(
        r"^2 messages of all kinds.*; left out: 1 not .* never, 1 unreachable people$", printed, re.MULTILINE
    )
    assert re.search(r"Success rate of runs 3 +– +0 +> 99.5 % +not measured", printed)
