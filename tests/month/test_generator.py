"""The random month: the same for one seed, and with everything in it that it promises."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from console.inputs.events import InboundMessage, InputEvent
from console.kpi.month_events import START, Month, month
from console.kpi.month_faults import month_faults
from console.kpi.month_hours import clinic_document, doctors_for, places
from local.faults.plan import FaultPlan

APPOINTMENTS, DAYS = 400, 14
DOCTORS = doctors_for(APPOINTMENTS, DAYS)


@pytest.fixture(name="made", scope="module")
def made_fixture() -> Month:
    return month(DOCTORS, appointments=APPOINTMENTS, days=DAYS, seed=1)


def events(made: Month) -> list[InputEvent]:
    return [line for line in made.lines() if isinstance(line, InputEvent)]


def test_one_seed_is_one_month_and_one_set_of_faults(made: Month) -> None:
    again = month(DOCTORS, appointments=APPOINTMENTS, days=DAYS, seed=1)
    other = month(DOCTORS, appointments=APPOINTMENTS, days=DAYS, seed=2)

    assert again.lines() == made.lines()
    assert other.lines() != made.lines()
    assert month_faults(again, again.lines(), 1) == month_faults(made, made.lines(), 1)


def test_a_month_has_something_of_every_kind(made: Month) -> None:
    kinds = Counter(event.detail_type for event in events(made))

    assert set(kinds) == {
        "appointment/completed",
        "appointment/created",
        "appointment/no-show",
        "appointment/rescheduled",
        "prescription/created",
        "prescription/stopped",
        "reservation/approved",
        "reservation/cancelled",
        "reservation/declined",
        "reservation/requested",
        "slot/generate-daily",
    }
    assert any(isinstance(line, InboundMessage) for line in made.lines())
    assert made.charges


def test_each_appointment_is_booked_or_asked_for_once(made: Month) -> None:
    booked = [
        event.detail.get("reservationId") or event.detail["requestId"]
        for event in events(made)
        if event.detail_type in {"appointment/created", "reservation/requested"}
    ]
    own = [name for name in booked if name.startswith("r-")]

    assert len(own) == len(set(own)) == APPOINTMENTS


def test_everything_happens_within_the_days(made: Month) -> None:
    assert min(line.at for line in made.lines()) == START
    assert max(line.at for line in made.lines()) < START + timedelta(days=DAYS)


def test_one_morning_many_visits_are_cancelled_in_one_second(made: Month) -> None:
    cancelled = Counter(event.at for event in events(made) if event.detail_type == "reservation/cancelled")

    assert max(cancelled.values()) > 5  # as many steps of its function may run at once


def test_nobody_s_place_is_given_away_twice(made: Month) -> None:
    free = places(DOCTORS, DAYS, made.chance)
    room = Counter(place.slot_id for of_day in free.values() for place in of_day)
    held: dict[str, str] = {}
    for event in events(made):
        detail: dict[str, Any] = event.detail
        name = detail.get("requestId") or detail.get("reservationId") or detail.get("oldReservationId", "")
        slot = detail.get("newSlotId") or detail.get("slotId")
        if slot and name.startswith("r-"):
            held[name] = slot

    assert all(many <= room[slot] for slot, many in Counter(held.values()).items())


def test_the_faults_are_a_plan_with_each_kind(made: Month) -> None:
    plan = FaultPlan.parse(month_faults(made, made.lines(), 1))

    assert all((plan.whatsapp, plan.webhooks, plan.payments, plan.functions))
    assert {fault.dies for fault in plan.functions} == {"before", "after", "before_request", "after_request"}
    assert any(fault.late for fault in plan.events)
    assert any(fault.delivered > 1 for fault in plan.events)


def test_everybody_is_made_up(made: Month) -> None:
    document = clinic_document(DOCTORS, made.charges)

    assert all(number.startswith("+52551000") for number in made.numbers)
    assert all(clinic["phone"].startswith("+5255000090") for clinic in document["clinics"])


@pytest.mark.parametrize(
    ("appointments", "days"), [(1, 3), (40, 3), (2, 4), (100, 3), (300, 5), (50, 8), (1, 60), (2000, 3)]
)
@pytest.mark.parametrize("seed", [0, 1, -1, 10**20])
def test_a_short_month_has_a_place_for_each_patient(appointments: int, days: int, seed: int) -> None:
    doctors = doctors_for(appointments, days)
    made = month(doctors, appointments=appointments, days=days, seed=seed)
    assert len(made.numbers) == len(set(made.numbers)) == appointments
    assert FaultPlan.parse(month_faults(made, made.lines(), seed)).webhooks
    phones = [profile["phone"] for profile in clinic_document(doctors, made.charges)["profiles"]]
    assert {len(phone) for phone in phones} == {13}
    assert len(set(phones)) == len(doctors)


def test_the_month_of_the_documentation_has_its_doctors() -> None:
    assert len(doctors_for(2000, 30)) == 9
