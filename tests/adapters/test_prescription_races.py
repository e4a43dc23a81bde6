"""Writers that meet over a prescription: what DynamoDB's conditions must notice, on moto."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.adapters.dynamodb.prescription_shelf import DynamoPrescriptions
from clinic.contracts.tables import PRESCRIPTIONS
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.intents import Intent, IntentStatus
from clinic.domain.prescriptions import MOST_IN_A_BATCH, Prescription
from clinic.domain.reservations import EventOrder
from clinic.services.ports import Claim, Outcome
from clinic.services.prescribing import Prescribing
from clinic.services.prescriptions_port import PrescriptionChanges
from tests.fakes.dynamo import moto_records
from tests.fakes.examples import NOW
from tests.fakes.messages import outbound
from tests.fakes.prescriptions import continued, ended, prescribed, regimens

RUN = "arn:aws:states:us-east-1:123456789012:execution:citas-test-medication-reminders:e-1"
LATER = NOW + timedelta(hours=8)
CLAIM = Claim("claim-1", LATER, LATER + timedelta(seconds=60))
STOP = EventOrder(NOW + timedelta(hours=1), "e-2")


@pytest.fixture
def shelf() -> Iterator[DynamoPrescriptions]:
    with moto_records() as records:
        yield DynamoPrescriptions.open(records.connection, records.ledger, PRESCRIPTIONS.name)


@pytest.fixture
def prescribing(shelf: DynamoPrescriptions) -> Prescribing:
    """With one prescription of eight doses."""
    use_case = Prescribing(shelf, regimens())
    use_case.create(prescribed(), RUN, NOW)
    return use_case


def stored(shelf: DynamoPrescriptions) -> Prescription:
    found = shelf.prescription("p-17")
    assert found is not None
    return found


def first_dose(shelf: DynamoPrescriptions) -> Intent:
    return shelf.doses("p-17")[0]


def claim(shelf: DynamoPrescriptions, dose: Intent, prescription: Prescription) -> None:
    shelf.ledger.claim(dose, prescription, CLAIM, outbound("medication_reminder", intent_id=str(dose.id)))


def test_a_dose_and_its_prescription_are_read_together(
    shelf: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    dose = first_dose(shelf)
    assert shelf.ledger.intent_and_followed(dose.id) == (dose, stored(shelf))
    nobodys = replace(dose.id, subject="prescription#p-18")
    assert shelf.ledger.intent_and_followed(nobodys) == (None, None)


def test_a_dose_is_claimed_while_its_prescription_stands(
    shelf: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    claim(shelf, first_dose(shelf), stored(shelf))
    assert first_dose(shelf).status is IntentStatus.SENDING


@pytest.mark.parametrize("change", ["stopped", "changed"])
def test_a_claim_that_meets_the_prescriptions_end_is_refused(
    shelf: DynamoPrescriptions, prescribing: Prescribing, change: str
) -> None:
    seen, dose = stored(shelf), first_dose(shelf)
    assert seen.regimen is not None
    after = (
        seen.stopped(None, STOP, NOW)
        if change == "stopped"
        else seen.changed(replace(seen.regimen, dosage="2 tabletas"), STOP, NOW)
    )
    shelf.commit(PrescriptionChanges((seen, after)))
    with pytest.raises(ConcurrentChangeError):
        claim(shelf, dose, seen)
    assert first_dose(shelf) == dose


def test_two_that_change_it_do_not_overwrite_each_other(
    shelf: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    seen = stored(shelf)
    shelf.commit(PrescriptionChanges((seen, seen.watched_by("another", NOW + timedelta(seconds=1)))))
    with pytest.raises(ConcurrentChangeError):
        shelf.commit(PrescriptionChanges((seen, seen.stopped(None, STOP, NOW))))
    with pytest.raises(ConcurrentChangeError):
        shelf.commit(PrescriptionChanges((None, seen)))


def test_an_ending_that_meets_a_claim_writes_nothing(
    shelf: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    seen, dose = stored(shelf), first_dose(shelf)
    claim(shelf, dose, seen)
    skipped = Outcome(IntentStatus.SKIPPED, "prescription_stopped", NOW)
    with pytest.raises(ConcurrentChangeError):
        shelf.commit(PrescriptionChanges((seen, seen.stopped(None, STOP, NOW)), endings=((dose, skipped),)))
    assert stored(shelf) == seen


def test_the_largest_batch_is_one_transaction_and_so_is_its_end(shelf: DynamoPrescriptions) -> None:
    use_case = Prescribing(shelf, regimens())
    plan = use_case.create(prescribed(frequency="cada hora", duration=20), RUN, NOW)
    assert len(plan.open_doses) == MOST_IN_A_BATCH
    until = plan.prescription.planned_until
    assert until is not None
    following = use_case.go_on(continued(until), f"{RUN}-2", until)
    assert len(following.open_doses) == MOST_IN_A_BATCH
    assert len(shelf.doses_of("p-17", 1)) == 2 * MOST_IN_A_BATCH
    assert shelf.doses_of("p-17", 2) == []
    use_case.stop(ended(at=until), until)
    # Those of the first batch that nobody has sent are ended, too: more than one transaction takes.
    assert {dose.status for dose in shelf.doses("p-17")} == {IntentStatus.SKIPPED}
