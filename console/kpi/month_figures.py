"""The nine KPIs of a random month. Pure; `docs/kpi.md` says what each counts and leaves out."""

from collections import Counter
from collections.abc import Mapping

from clinic.contracts import kpis
from clinic.contracts.kpis import Kpi
from clinic.domain.errors import is_refusal
from console.kpi.kpis import RunVerdict, expiration_delays, run_verdicts
from console.kpi.month_watch import MonthWatch, SlotCheck
from console.output.kpis import KpiRow
from console.output.month import KpiFigure
from console.output.result import RunResult
from console.output.rows import FailedEventRow

ALL = 100.0
_STATE = frozenset({"I1", "I2", "I3", "I5", "I6", "I7"})
_NOTHING: Mapping[str, int] = {}


def nine_figures(result: RunResult, watch: MonthWatch) -> list[KpiFigure]:
    """Each KPI, in the order of `clinic.contracts.kpis`."""
    rows = {row.name: row for row in result.kpis.figures} if result.kpis is not None else {}
    return [
        _busy_time(result, watch.at_work),
        _from_row(kpis.SUCCESS_RATE, rows.get("run_success")),
        _from_row(kpis.REMINDER_DELIVERY, rows.get("reminder_delivery")),
        _slots(watch.slots),
        _expirations(result),
        _availability(result),
        _recovery(result),
        _from_row(kpis.MESSAGE_SUCCESS, rows.get("message_delivery")),
        _consistency(result),
    ]


def _busy_time(result: RunResult, at_work: Mapping[str, float]) -> KpiFigure:
    ended = [at_work[run.name] for run in result.executions if run.stopped_at and run.name in at_work]
    value = sum(ended) / len(ended) if ended else None
    note = "seconds that runs were at work: their steps on this machine's processor, and pauses between tries"
    return _figure(kpis.EXECUTION_TIME, value, len(ended), note)


def _from_row(kpi: Kpi, row: KpiRow | None) -> KpiFigure:
    if row is None:
        return _figure(kpi, None, 0, "")
    return _share(kpi, row.part, row.whole, row.note, row.left_out)


def _slots(check: SlotCheck) -> KpiFigure:
    total = max(check.expected, check.wrong)
    note = "slots of the coming thirty days as the hours call for them, looked at each day at noon"
    return _share(kpis.SLOT_GENERATION, total - check.wrong, total, note)


def _expirations(result: RunResult) -> KpiFigure:
    delays, left_out = expiration_delays(result)
    note = "the longest that a request which nobody answered was kept beyond its time"
    return _figure(kpis.EXPIRATION, max(delays, default=None), len(delays), note, left_out)


def _availability(result: RunResult) -> KpiFigure:
    verdicts = list(run_verdicts(result))
    unserved = {row.event_id for row in result.events_failed if row.where in {"dlq", "dropped"}}
    unserved |= {run.event_id for run, ended in verdicts if ended is RunVerdict.FAILED}
    waiting = {run.event_id for run, ended in verdicts if ended is RunVerdict.OPEN} - unserved
    asked = [event.event_id for event in result.events if event.event_id not in waiting]
    note = "events whose runs all ended, well or by refusing them, with no operator's help"
    well = sum(event_id not in unserved for event_id in asked)
    left_out = {"their runs go on": len(result.events) - len(asked)}
    return _share(kpis.AVAILABILITY, well, len(asked), note, left_out)


def failures(result: RunResult) -> list[FailedEventRow]:
    """The events that were not served: for an operator to look at."""
    refused = {run.event_id for run in result.executions if is_refusal(run.error)}
    return [
        row
        for row in result.events_failed
        if row.where in {"dlq", "dropped"} or (row.where == "execution" and row.event_id not in refused)
    ]


def _recovery(result: RunResult) -> KpiFigure:
    hurt = {
        row.execution
        for row in result.lambda_invocations
        if row.status != "succeeded" and not is_refusal(row.error)
    }
    verdicts = Counter(ended for run, ended in run_verdicts(result) if run.name in hurt)
    left_out = {it.value: verdicts[it] for it in (RunVerdict.STOPPED, RunVerdict.REFUSED, RunVerdict.OPEN)}
    note = "runs in which a step died, failed or was throttled, and that ended well all the same"
    well = verdicts[RunVerdict.WELL]
    return _share(kpis.RECOVERY, well, well + verdicts[RunVerdict.FAILED], note, left_out)


def _consistency(result: RunResult) -> KpiFigure:
    rows = [row for row in result.audit if row.id in _STATE]
    checked, bad = sum(row.checked for row in rows), sum(len(row.violations) for row in rows)
    # One breach is too much, however many things were looked at.
    value = ALL if checked and not bad else 0.0
    note = "what the audit holds against each other for I1, I2, I3, I5, I6 and I7: 0 at the first breach"
    figure = _figure(kpis.CONSISTENCY, value if checked else None, checked, note)
    return figure.model_copy(update={"part": max(0, checked - bad)})


def _share(kpi: Kpi, part: int, whole: int, note: str, left_out: Mapping[str, int] = _NOTHING) -> KpiFigure:
    figure = _figure(kpi, ALL * part / whole if whole else None, whole, note, left_out)
    return figure.model_copy(update={"part": part})


def _figure(
    kpi: Kpi, value: float | None, whole: int, note: str, left_out: Mapping[str, int] = _NOTHING
) -> KpiFigure:
    return KpiFigure.model_validate(
        {
            "name": kpi.name,
            "title": kpi.title,
            "unit": kpi.metric.unit.value,
            "value": value,
            "target": kpi.target,
            "is_ceiling": kpi.is_ceiling,
            "is_met": value is not None and kpi.is_met(value),
            "part": whole,
            "whole": whole,
            "left_out": {name: number for name, number in sorted(left_out.items()) if number},
            "note": note,
        }
    )
