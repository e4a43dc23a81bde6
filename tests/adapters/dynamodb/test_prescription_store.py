"""Writers that meet over a prescription: what DynamoDB's conditions must notice, on moto."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.adapters.dynamodb.prescription_store import DynamoPrescriptions
from clinic.contracts.tables import PRESCRIPTIONS
from clinic.domain.appointments.reservation import EventOrder
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.intent import Intent, IntentStatus
from clinic.domain.prescriptions.prescription import MOST_IN_A_BATCH, Prescription
from clinic.services.ports import Claim, Outcome
from clinic.services.prescriptions.ports import PrescriptionChanges
from clinic.services.prescriptions.prescribing import Prescribing
from tests.fakes.examples import NOW
from tests.fakes.messages.messages import RECIPIENT, outbound
from tests.fakes.prescriptions.prescriptions import continued, ended, prescribed, regimens
from tests.fakes.stores.dynamo import moto_booking_store

RUN = "arn:aws:states:us-east-1:123456789012:execution:citas-test-medication-reminders:e-1"
LATER = NOW + timedelta(hours=8)
CLAIM = Claim("claim-1", LATER, LATER + timedelta(seconds=60))
STOP = EventOrder(NOW + timedelta(hours=1), "e-2")


@pytest.fixture
def store() -> Iterator[DynamoPrescriptions]:
    with moto_booking_store() as booking_store:
        yield DynamoPrescriptions.open(booking_store.connection, booking_store.ledger, PRESCRIPTIONS.name)


@pytest.fixture
def prescribing(store: DynamoPrescriptions) -> Prescribing:
    """With one prescription of eight doses."""
    use_case = Prescribing(store, regimens())
    use_case.create(prescribed(), RUN, NOW)
    return use_case


def stored(store: DynamoPrescriptions) -> Prescription:
    found = store.prescription("p-17")
    assert found is not None
    return found


def first_dose(store: DynamoPrescriptions) -> Intent:
    return store.doses("p-17")[0]


def claim(store: DynamoPrescriptions, dose: Intent, prescription: Prescription) -> None:
    store.ledger.claim(
        dose, prescription, CLAIM, outbound("medication_reminder", intent_id=str(dose.id)), RECIPIENT
    )


def test_a_dose_and_its_prescription_are_read_together(
    store: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    dose = first_dose(store)
    assert store.ledger.intent_and_followed(dose.id) == (dose, stored(store))
    nobodys = replace(dose.id, subject="prescription#p-18")
    assert store.ledger.intent_and_followed(nobodys) == (None, None)


def test_a_dose_is_claimed_while_its_prescription_stands(
    store: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    claim(store, first_dose(store), stored(store))
    assert first_dose(store).status is IntentStatus.SENDING


@pytest.mark.parametrize("change", ["stopped", "changed"])
def test_a_claim_that_meets_the_prescriptions_end_is_refused(
    store: DynamoPrescriptions, prescribing: Prescribing, change: str
) -> None:
    seen, dose = stored(store), first_dose(store)
    assert seen.regimen is not None
    after = (
        seen.stopped(None, STOP, NOW)
        if change == "stopped"
        else seen.changed(replace(seen.regimen, dosage="2 tabletas"), STOP, NOW)
    )
    store.commit(PrescriptionChanges((seen, after)))
    with pytest.raises(ConcurrentChangeError):
        claim(store, dose, seen)
    assert first_dose(store) == dose


def test_two_that_change_it_do_not_overwrite_each_other(
    store: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    seen = stored(store)
    store.commit(PrescriptionChanges((seen, seen.watched_by("another", NOW + timedelta(seconds=1)))))
    with pytest.raises(ConcurrentChangeError):
        store.commit(PrescriptionChanges((seen, seen.stopped(None, STOP, NOW))))
    with pytest.raises(ConcurrentChangeError):
        store.commit(PrescriptionChanges((None, seen)))


def test_an_ending_that_meets_a_claim_writes_nothing(
    store: DynamoPrescriptions, prescribing: Prescribing
) -> None:
    seen, dose = stored(store), first_dose(store)
    claim(store, dose, seen)
    skipped = Outcome(IntentStatus.SKIPPED, "prescription_stopped", NOW)
    with pytest.raises(ConcurrentChangeError):
        store.commit(PrescriptionChanges((seen, seen.stopped(None, STOP, NOW)), endings=((dose, skipped),)))
    assert stored(store) == seen


def test_the_largest_batch_is_one_transaction_and_so_is_its_end(store: DynamoPrescriptions) -> None:
    use_case = Prescribing(store, regimens())
    plan = use_case.create(prescribed(frequency="cada hora", duration=20), RUN, NOW)
    assert len(plan.open_doses) == MOST_IN_A_BATCH
    until = plan.prescription.planned_until
    assert until is not None
    following = use_case.go_on(continued(until), f"{RUN}-2", until)
    assert len(following.open_doses) == MOST_IN_A_BATCH
    assert len(store.doses_of("p-17", 1)) == 2 * MOST_IN_A_BATCH
    assert store.doses_of("p-17", 2) == []
    use_case.stop(ended(at=until), until)
    # Those of the first batch that nobody has sent are ended, too: more than one transaction takes.
    assert {dose.status for dose in store.doses("p-17")} == {IntentStatus.SKIPPED}
