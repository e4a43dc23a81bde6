"""A newer event with another schedule or particulars takes the place of what was planned."""

from datetime import datetime, timedelta

from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.workflows.prescribing import EIGHT_HOURLY, PrescriptionsStack, prescriptions_stack

A_DAY_LATER = NOW + timedelta(days=1)
BEFORE = [instant for instant in EIGHT_HOURLY if instant < A_DAY_LATER]
TWELVE_HOURLY = [
    datetime.fromisoformat(f"2026-11-{text}:00:00+00:00") for text in ("25T02", "25T14", "26T02")
]


def test_the_new_schedule_counts_from_then_on(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    prescribing.at(A_DAY_LATER, lambda: prescribing.prescribe(frequency="cada 12 horas"))
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == BEFORE + TWELVE_HOURLY
    doses, rows = prescribing.doses(), prescribing.dose_rows()
    assert list(doses.values()) == ["sent"] * 3 + ["superseded"] * 5 + ["sent"] * 3
    reasons = {rows[name]["reason"] for name, status in doses.items() if status == "superseded"}
    assert reasons == {"prescription_changed"}
    assert prescribing.outcomes() == ["ABORTED", "changed"]
    assert prescribing.dose_runs()[0].cause == "prescription p-17 has changed"
    assert prescribing.prescriptions() == [("active", 2)]


def test_a_corrected_number_is_where_the_next_dose_goes(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    prescribing.at(A_DAY_LATER, lambda: prescribing.prescribe(patientPhone="+52 55 0000 0002"))
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == EIGHT_HOURLY
    numbers = [message.to for message in prescribing.messages]
    assert numbers == ["525500000001"] * len(BEFORE) + ["525500000002"] * (len(EIGHT_HOURLY) - len(BEFORE))


def test_a_dose_that_was_sent_is_not_sent_again_for_its_instant(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    at = EIGHT_HOURLY[1]
    prescribing.at(at, lambda: prescribing.prescribe(dosage="2 tabletas de 500 mg"))
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == EIGHT_HOURLY


def test_an_older_word_changes_nothing() -> None:
    with prescriptions_stack(faults={"events": [{"line": 1, "late": "5h"}]}) as prescribing:
        prescribing.stack.publish("prescription/created", prescription_detail(frequency="cada hora"), line=1)
        prescribing.at(NOW + timedelta(minutes=1), prescribing.prescribe)
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == EIGHT_HOURLY
        assert prescribing.outcomes() == ["planned", "stale_event"]


def test_the_same_in_other_words_is_no_change(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    prescribing.at(A_DAY_LATER, lambda: prescribing.prescribe(frequency="every 8 hours", duration=3))
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == EIGHT_HOURLY
    assert prescribing.outcomes() == ["planned", "already_planned"]
    assert prescribing.prescriptions() == [("active", 1)]


def test_without_an_id_two_events_are_one_prescription(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe(prescriptionId=None)
    prescribing.at(
        NOW + timedelta(days=1),
        lambda: prescribing.prescribe(prescriptionId=None, patientPhone="+52 1 55 0000 0001"),
    )
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == EIGHT_HOURLY
    assert len(prescribing.prescriptions()) == 1
