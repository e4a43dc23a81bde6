"""The KPIs of a run, computed from its result alone. Pure; `docs/run-format.md` says what is counted."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from clinic.contracts.kpis import EXPIRATION, MESSAGE_SUCCESS, REMINDER_DELIVERY, SUCCESS_RATE, Kpi
from clinic.contracts.workflows import WATCHED, WORKFLOWS
from clinic.domain.errors import is_refusal
from clinic.domain.messages.arrivals import ARRIVED, UNSENT, Verdict, verdict
from clinic.domain.messages.intent import IntentStatus, request_subject
from clinic.domain.messages.kinds import FOLLOW_UP, REMINDER, NoticeKind
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.domain.messages.receipts import ReceiptStatus
from console.output.kpis import KpiReport, KpiRow, KpiStatus, MessageCounts
from console.output.result import RunResult
from console.output.rows import ExecutionRow, MessageRow

_WATCHERS = frozenset(it.name for it in WORKFLOWS if it not in WATCHED)
_ALL = 100
_LEFT_OUT = {
    Verdict.UNREACHABLE: "unreachable people",
    Verdict.NOT_WANTED: "not wanted any more, or never",
    Verdict.NOT_DUE: "not due yet",
    Verdict.UNDER_WAY: "under way when the run was cut short",
}


class RunVerdict(Enum):
    """How a run ended; only the first two are part of a rate."""

    WELL = "ended well"
    FAILED = "failed"
    REFUSED = "refused their event"
    STOPPED = "stopped on purpose"
    OPEN = "not ended yet"


@dataclass
class _Share:
    """A share under count: how many of how many, and what was left out."""

    part: int = 0
    whole: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def count(self, *, is_well: bool) -> None:
        self.whole += 1
        self.part += is_well


def kpis(result: RunResult, quiet_hours: QuietHours) -> KpiReport:
    """Counts of messages, and each KPI against its target.

    Args:
        result: what the run left behind.
        quiet_hours: in which no follow-up is sent, in the recipient's zone.
    """
    return KpiReport(
        messages=message_counts(result.messages),
        figures=[
            _percent(
                ("reminder_delivery", *_of(REMINDER_DELIVERY)),
                _arrivals(result, only_reminders=True) if _is_told(result) else _Share(),
                "reminders that were due, and still wanted then, that reached the phone",
            ),
            _percent(
                ("message_delivery", *_of(MESSAGE_SUCCESS)),
                _arrivals(result, only_reminders=False) if _is_told(result) else _Share(),
                "messages of all kinds, likewise",
            ),
            _percent(
                ("run_success", *_of(SUCCESS_RATE)),
                _runs(result),
                "runs that ended, and ended well",
            ),
            _percent(
                ("expirations_in_time", "Expirations handled within 5 minutes", 100),
                _expirations(result),
                "requests that nobody answered, closed within 5 minutes of their time",
            ),
            _count(
                ("duplicates", "Duplicate messages"),
                *_duplicates(result),
                "times that WhatsApp accepted a message beyond its first that had not failed",
            ),
            _count(
                ("quiet_hours", "Follow-ups in quiet hours"),
                *_in_quiet_hours(result, quiet_hours),
                "follow-ups sent in the recipient's quiet hours; doses and reminders keep their own time",
            ),
        ],
    )


def message_counts(messages: Iterable[MessageRow]) -> MessageCounts:
    """What became of the messages."""
    rows = list(messages)
    statuses = Counter(row.status for row in rows)
    skipped = Counter(row.reason or "" for row in rows if row.status == IntentStatus.SKIPPED)
    return MessageCounts(
        planned=len(rows),
        accepted=sum(row.sent_at is not None or IntentStatus(row.status).is_accepted for row in rows),
        delivered=sum(statuses[status] for status in ARRIVED),
        read=statuses[IntentStatus.READ],
        failed=statuses[IntentStatus.FAILED],
        unknown=statuses[IntentStatus.UNKNOWN],
        open=sum(statuses[status] for status in UNSENT),
        superseded=statuses[IntentStatus.SUPERSEDED],
        skipped=dict(sorted(skipped.items())),
    )


def _is_told(result: RunResult) -> bool:
    """Whether WhatsApp's webhook has said anything at all: without it nobody knows what arrived."""
    return any(row.delivered_at is not None for row in result.messages)


def _arrivals(result: RunResult, *, only_reminders: bool) -> _Share:
    """Of what was due and wanted, what is on the phone."""
    share = _Share()
    for row in result.messages:
        if only_reminders and not REMINDER.holds(row.kind):
            continue
        found = verdict(row, result.until, is_over=result.complete)
        if found in _LEFT_OUT:
            share.left_out[_LEFT_OUT[found]] += 1
        else:
            share.count(is_well=found is Verdict.ARRIVED)
    return share


def run_verdicts(result: RunResult) -> Iterator[tuple[ExecutionRow, RunVerdict]]:
    """Each run, and how it ended."""
    failed = {row.event_id for row in result.events_failed if row.where == "execution"}
    for run in result.executions:
        if run.status == "RUNNING":
            yield run, RunVerdict.OPEN
        elif run.status == "ABORTED" and run.event_id not in failed:
            yield run, RunVerdict.STOPPED
        elif is_refusal(run.error):
            yield run, RunVerdict.REFUSED
        else:
            yield run, RunVerdict.WELL if run.status == "SUCCEEDED" else RunVerdict.FAILED


def _runs(result: RunResult) -> _Share:
    share = _Share()
    for run, ended in run_verdicts(result):
        if run.workflow in _WATCHERS:  # every five minutes, they would make any rate look well
            continue
        if ended in {RunVerdict.WELL, RunVerdict.FAILED}:
            share.count(is_well=ended is RunVerdict.WELL)
        else:
            share.left_out[ended.value] += 1
    return share


def expiration_delays(result: RunResult) -> tuple[list[float], Counter[str]]:
    """How many seconds each request that nobody answered was kept beyond its time, and what is left out.

    One that nobody has closed counts from when that is too late.
    """
    told = {row.subject: row.created_at for row in result.messages if row.kind == NoticeKind.REQUEST_EXPIRED}
    delays: list[float] = []
    left_out = Counter[str]()
    for request in result.requests:
        closed = told.get(request_subject(request.request_id)) or request.updated_at
        if request.status == "pending":
            delay = (result.until - request.expires_at).total_seconds()
            if EXPIRATION.is_met(delay):
                left_out["still waiting"] += 1
                continue
            delays.append(delay)
        elif request.status == "expired":
            delays.append((closed - request.expires_at).total_seconds() if closed else math.inf)
        else:
            left_out["answered or withdrawn"] += 1
    return delays, left_out


def _expirations(result: RunResult) -> _Share:
    delays, left_out = expiration_delays(result)
    share = _Share(left_out=left_out)
    for delay in delays:
        share.count(is_well=EXPIRATION.is_met(delay))
    return share


def _duplicates(result: RunResult) -> tuple[int, int]:
    failed: dict[str | None, set[str]] = defaultdict(set)
    for told in (told for webhook in result.webhooks if not webhook.forged for told in webhook.told):
        if told.status == ReceiptStatus.FAILED:
            failed[told.intent_id].add(told.message_id)
    accepted = [row for row in result.messages if row.times_accepted]
    beyond = (row.times_accepted - 1 - len(failed[row.intent_id]) for row in accepted)
    return sum(max(times, 0) for times in beyond), len(accepted)


def _in_quiet_hours(result: RunResult, quiet_hours: QuietHours) -> tuple[int, int]:
    zones = {row.reservation_id: row.time_zone for row in result.reservations}
    sent: list[tuple[datetime, str]] = []
    for row in result.messages:
        zone = row.time_zone or zones.get(row.reservation_id or "")
        if FOLLOW_UP.holds(row.kind) and row.sent_at is not None and zone is not None:
            sent.append((row.sent_at, zone))
    return sum(quiet_hours.contain(at, zone) for at, zone in sent), len(sent)


def _of(kpi: Kpi) -> tuple[str, float]:
    """A KPI's title and target, as the table says them."""
    return kpi.title, kpi.target


def _percent(names: tuple[str, str, float], share: _Share, note: str) -> KpiRow:
    name, title, target = names
    value = round(100 * share.part / share.whole, 2) if share.whole else None
    status: KpiStatus = "not_measured"
    if share.whole:
        # By the numbers themselves, not the rounded value. Above 100 % there is nothing.
        well, wanted = 100 * share.part, target * share.whole
        status = "met" if well > wanted or share.part == share.whole else "missed"
    return KpiRow(
        name=name,
        title=title,
        unit="percent",
        value=value,
        target=target,
        goal="above" if target < _ALL else "at_least",
        status=status,
        part=share.part,
        whole=share.whole,
        left_out=dict(sorted(share.left_out.items())),
        note=note,
    )


def _count(names: tuple[str, str], number: int, looked_at: int, note: str) -> KpiRow:
    name, title = names
    status: KpiStatus = "not_measured" if not looked_at else "missed" if number else "met"
    return KpiRow(
        name=name,
        title=title,
        unit="count",
        value=float(number) if looked_at else None,
        target=0,
        goal="at_most",
        status=status,
        part=number,
        whole=looked_at,
        left_out={},
        note=note,
    )
