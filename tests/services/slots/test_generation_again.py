"""A call of slot generation that runs again for its event says what was made, and writes nothing."""

import pytest

from clinic.domain.errors import StoreUnavailableError
from clinic.services.slots.generation import Written
from tests.services.slots.test_generation import Clinic, rule


@pytest.mark.parametrize("batches", range(7))
def test_a_call_that_runs_again_says_what_the_event_has_made_however_far_the_first_came(
    batches: int,
) -> None:
    clinic = Clinic()
    clinic.schedule(rules=(rule(begin=0, end=0, slot_duration=5),))
    clinic.store.meanwhile = [*[lambda: None] * batches, dies]
    if batches < 6:
        with pytest.raises(StoreUnavailableError):
            clinic.generate(event_id="e-1")
    else:
        clinic.generate(event_id="e-1")
    assert clinic.generate(event_id="e-1") == Written(added=288)
    assert clinic.generate(event_id="e-1") == Written(added=288)
    assert clinic.generate(event_id="e-2") == clinic.generate() == Written(kept=288)


def dies() -> None:
    raise StoreUnavailableError("no answer")


def test_what_the_event_has_given_another_shape_is_said_again_also_when_booked() -> None:
    clinic = Clinic()
    clinic.generate(event_id="e-1")
    clinic.schedule(rules=(rule(slot_duration=20, buffer_time=10),))
    first = clinic.generate(event_id="e-2")
    clinic.store.take(clinic.store.slots[0].slot_id)
    assert clinic.generate(event_id="e-2") == first == Written(changed=10)
    assert clinic.generate(event_id="e-1") == Written(added=10), "a late repetition of the one before"


def test_of_two_at_once_for_one_event_each_says_what_it_has_made() -> None:
    clinic = Clinic()
    clinic.store.meanwhile = [lambda: (clinic.generate(event_id="e-1"), None)[1]]
    assert clinic.generate(event_id="e-1") == Written(added=10)
    assert len(clinic.store.rows) == 10
