"""I4 of follow-ups and doses: each fabricated breach is found, and a calm week passes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.console.audit.aftercare import (
    DOSES,
    FOLLOW_UP,
    SECOND,
    VISIT,
    breaches,
    calm,
    delivery,
    event,
    rows,
    run_of,
    sent,
)

HOUR = timedelta(hours=1)
SECOND_FOLLOW_UP = FOLLOW_UP.replace("v000001", "v000002")
FIRST_DOSE = VISIT + 22 * HOUR


def test_a_calm_week_holds() -> None:
    assert breaches(calm()) == []


def test_a_completed_visit_without_a_follow_up_is_found() -> None:
    doses = rows()[1:]

    assert breaches(calm(doses)) == [(["reservation#r-1"], "the visit is over, but no follow-up was planned")]


@pytest.mark.parametrize(
    ("start", "status", "is_found"),
    [
        ("2026-12-02", "active", True),
        ("2026-12-02T08:00", "active", True),
        ("2026-12-01", "active", False),  # in some zone it may be over
        ("2026-12-02", "stopped", False),
        ("mañana", "active", False),
    ],
)
def test_a_prescription_that_lies_ahead_and_has_no_dose_is_found(
    start: str, status: str, is_found: bool
) -> None:
    evidence = calm(rows()[:1])
    created = event("prescription/created", VISIT, "e-2", prescriptionId="p-1", startDate=start)
    run = run_of("e-2", VISIT, "prescription/created", prescription_id="p-1")
    (prescription,) = evidence.prescriptions
    evidence = replace(
        evidence,
        publications=[*evidence.publications, created],
        executions=[*evidence.executions, run],
        prescriptions=[prescription.model_copy(update={"status": status})],
    )

    found = [(["prescription#p-1"], "its run ended well, but no dose was planned")]
    assert breaches(evidence) == (found if is_found else [])


def test_a_follow_up_before_its_hour_is_found_even_if_the_ledger_calls_it_due() -> None:
    early = sent(FOLLOW_UP, VISIT + 23 * HOUR)

    assert breaches(calm([early, *rows()[1:]])) == [
        ([FOLLOW_UP], "sent 2026-12-01T15:00:00Z, before its hour (2026-12-01T16:00:00Z)")
    ]


def test_a_dose_before_the_hour_in_its_name_is_found() -> None:
    early = sent(DOSES[0], FIRST_DOSE - HOUR)

    assert breaches(calm([rows()[0], early, rows()[2]])) == [
        ([DOSES[0]], "sent 2026-12-01T13:00:00Z, before its hour (2026-12-01T14:00:00Z)")
    ]


def test_a_dose_that_was_of_no_more_use_is_found() -> None:
    late = rows()[1].model_copy(update={"sent_at": FIRST_DOSE + HOUR})

    assert breaches(calm([rows()[0], late, rows()[2]])) == [
        ([DOSES[0]], "sent 2026-12-01T15:00:00Z, when it was of no more use (2026-12-01T15:00:00Z)")
    ]


@pytest.mark.parametrize("kind", ["follow_up_3h", "dose_tomorrow"])
def test_a_kind_that_nobody_specified_is_found(kind: str) -> None:
    name = f"reservation#r-1#v000001#{kind}"
    odd = sent(name, VISIT + 24 * HOUR)

    assert ([name], f"{kind!r} is no kind of follow-up or dose") in breaches(calm([*rows(), odd]))


@pytest.mark.parametrize(
    ("zone", "hours", "clock"), [("America/Mexico_City", 35, "21:00:00"), ("Asia/Tokyo", 24, "01:00:00")]
)
def test_a_follow_up_in_the_recipients_night_is_found(zone: str, hours: int, clock: str) -> None:
    at = VISIT + hours * HOUR
    evidence = calm([sent(FOLLOW_UP, at), *rows()[1:]])
    (reservation,) = evidence.reservations
    moved = replace(evidence, reservations=[reservation.model_copy(update={"time_zone": zone})])

    assert breaches(moved) == [([FOLLOW_UP], f"sent at {clock} on the recipient's clock")]


def test_a_follow_up_one_second_before_the_night_and_a_dose_in_it_hold() -> None:
    evening = sent(FOLLOW_UP, VISIT + 35 * HOUR - SECOND)
    night = sent("prescription#p-1#v000001#dose_20261202T0600Z", VISIT + 38 * HOUR)

    assert breaches(calm([evening, *rows()[1:], night])) == []


@pytest.mark.parametrize("name", [FOLLOW_UP, DOSES[0]])
def test_the_same_again_in_another_version_is_found(name: str) -> None:
    (first,) = (row for row in rows() if row.intent_id == name)
    again = sent(name.replace("v000001", "v000002"), first.due_at + SECOND, created_at=VISIT + HOUR * 40)

    found = breaches(calm([*rows(), again]))

    assert found == [([name, again.intent_id], "the same question or dose again, in another version")]


@pytest.mark.parametrize("name", [FOLLOW_UP, DOSES[1]])
def test_one_of_a_version_that_was_corrected_or_changed_before_is_found(name: str) -> None:
    (first,) = (row for row in rows() if row.intent_id == name)
    newer = sent(
        name.replace("v000001", "v000002"),
        first.due_at,
        status="skipped",
        sent_at=None,
        delivered_at=None,
        created_at=first.due_at - HOUR,
    )

    ((ids, detail),) = breaches(calm([*rows(), newer]))

    assert ids == [name]
    assert "after a newer version took its place" in detail


def test_a_dose_after_the_prescription_was_stopped_is_found() -> None:
    stop = event("prescription/stopped", FIRST_DOSE + HOUR, "e-2", prescriptionId="p-1")
    run = run_of("e-2", FIRST_DOSE + HOUR, "prescription/stopped", prescription_id="p-1")
    evidence = calm()
    evidence = calm(publications=[*evidence.publications, stop], executions=[*evidence.executions, run])

    assert breaches(evidence) == [
        ([DOSES[1]], "sent 2026-12-01T22:00:00Z, after the stop was dealt with (2026-12-01T15:00:00Z)")
    ]


def test_a_dose_of_a_prescription_that_was_taken_up_again_holds() -> None:
    calm_one, at = calm(), FIRST_DOSE + HOUR
    stop = event("prescription/stopped", at, "e-2", prescriptionId="p-1")
    again = event("prescription/created", at + HOUR, "e-3", prescriptionId="p-1")
    runs = [run_of("e-2", at, "prescription/stopped"), run_of("e-3", at + HOUR, "prescription/created")]
    evidence = calm(
        publications=[*calm_one.publications, stop, again], executions=[*calm_one.executions, *runs]
    )

    assert breaches(evidence) == []


def test_a_stop_that_nobody_has_dealt_with_is_no_ones_breach_yet() -> None:
    calm_one, at = calm(), FIRST_DOSE + HOUR
    stop = event("prescription/stopped", at, "e-2", prescriptionId="p-1")
    failed = run_of("e-2", at, "prescription/stopped", status="FAILED")
    evidence = calm(publications=[*calm_one.publications, stop], executions=[*calm_one.executions, failed])

    assert breaches(evidence) == []


def test_a_follow_up_after_a_no_show_is_found() -> None:
    calm_one, at = calm(), VISIT + 2 * HOUR
    no_show = event("appointment/no-show", at, "e-2", reservationId="r-1")
    run = run_of("e-2", at, "appointment/no-show", reservation_id="r-1")
    evidence = calm(publications=[*calm_one.publications, no_show], executions=[*calm_one.executions, run])

    assert breaches(evidence) == [
        ([FOLLOW_UP], "sent 2026-12-01T16:00:00Z, after the no-show was dealt with (2026-11-30T18:00:00Z)")
    ]


def test_of_a_no_show_and_a_completion_of_one_second_either_may_stand() -> None:
    calm_one, at = calm(), VISIT + 2 * HOUR
    no_show = event("appointment/no-show", at, "e-2", reservationId="r-1")
    completed = event("appointment/completed", at, "e-3", reservationId="r-1")
    run = run_of("e-2", at, "appointment/no-show", reservation_id="r-1")
    publications = [*calm_one.publications, no_show, completed]
    evidence = calm(publications=publications, executions=[*calm_one.executions, run])

    assert breaches(evidence) == []


def test_a_dose_sent_twice_is_found() -> None:
    evidence = calm()
    twice = [*evidence.deliveries, delivery(rows()[1], message_id="wamid.again")]

    assert breaches(calm(deliveries=twice)) == [([DOSES[0]], "sent 2 times")]
