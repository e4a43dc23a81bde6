"""All that is kept comes back: domain object, row, DynamoDB's own form, and back again."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.models import Model

from clinic.adapters.dynamodb.directory.clinics import ClinicModel, ProfileModel
from clinic.adapters.dynamodb.messages.intents import IntentModel, intent_from_row, intent_to_row
from clinic.adapters.dynamodb.requests import RequestModel, request_from_row, request_to_row
from clinic.adapters.dynamodb.reservations import ReservationModel, reservation_from_row, reservation_to_row
from clinic.domain.appointments.cancellations import Cancellation, Refund, RefundProgress
from clinic.domain.appointments.conflict import Conflict
from clinic.domain.appointments.reservation import (
    AppointmentDetails,
    EventOrder,
    Reservation,
    ReservationStatus,
)
from clinic.domain.directory import Clinic, Profile
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.messages.kinds import NoticeKind, ReminderOffset
from clinic.domain.money import Money
from clinic.domain.requests.request import RequestStatus, ReservationRequest
from tests.fakes.examples import NOW
from tests.fakes.stores.rows import details, intent

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=80_000)).map(lambda elapsed: EPOCH + elapsed)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,20}", fullmatch=True)
labels = st.sampled_from(["24h", "2h", "90m"])
amounts = st.builds(Money.of_minor_units, st.integers(0, 10**11), st.sampled_from(["MXN", "JPY", "KWD"]))
refunds = st.builds(
    Refund, amounts, st.none() | ids, st.sampled_from(RefundProgress), st.none() | ids, st.none() | texts
)
cancellations = st.builds(Cancellation, instants, st.none() | texts, st.none() | texts, st.none() | refunds)
conflicts = st.builds(Conflict, instants, st.frozensets(ids), st.frozensets(ids), st.none() | instants)
OPTIONAL_IDS = ("profile_id", "clinic_id", "service_id", "slot_id", "charge_id")


@st.composite
def known_details(draw: st.DrawFn) -> AppointmentDetails:
    plain: dict[str, Any] = {field.name: draw(texts) for field in fields(AppointmentDetails)}
    optional = {name: draw(st.none() | ids) for name in OPTIONAL_IDS}
    offsets = draw(st.lists(st.integers(1, 43200).map(ReminderOffset), max_size=4, unique=True))
    times = {"appointment_time": draw(instants), "offsets": tuple(sorted(offsets, reverse=True))}
    lengths = {
        "takes_from": draw(st.none() | instants),
        "takes_until": draw(st.none() | instants),
        "visit_minutes": draw(st.none() | st.integers(1, 1440)),
    }
    return AppointmentDetails(**{**plain, **optional, **times, **lengths})


@st.composite
def reservations(draw: st.DrawFn) -> Reservation:
    order = draw(st.none() | st.builds(EventOrder, instants, ids))
    return Reservation(
        details=draw(known_details()),
        status=draw(st.sampled_from(ReservationStatus)),
        version=draw(st.integers(1, 999_999)),
        order=order,
        created_at=draw(instants),
        updated_at=draw(instants),
        reminders_sent=draw(st.dictionaries(labels, instants)),
        applied_with=draw(st.frozensets(ids)) if order else frozenset(),
        runs=draw(st.frozensets(ids)),
        cancellation=draw(st.none() | cancellations),
        rescheduled_to=draw(st.none() | ids),
        is_placeholder=draw(st.booleans()),
        parked_until=draw(st.none() | instants),
        conflict=draw(st.none() | conflicts),
        is_unplaced=draw(st.booleans()),
    )


requests = st.builds(
    ReservationRequest,
    request_id=ids,
    details=known_details(),
    doctor_phone=texts,
    expires_at=instants,
    status=st.sampled_from(RequestStatus),
    created_at=instants,
    updated_at=instants,
    run=st.none() | ids,
    closed_because=st.none() | texts,
    closed_by=st.none() | texts,
    answer_id=st.none() | ids,
)


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    kind = draw(
        st.sampled_from(["confirmation", "reminder_24h", "reminder_90m", "follow_up_1week", *NoticeKind])
    )
    return Intent(
        id=IntentId(f"reservation#{draw(ids)}", draw(st.integers(1, 999_999)), kind),
        record_id=draw(ids),
        template=draw(texts),
        language=draw(texts),
        happens_at=draw(instants),
        due_at=draw(instants),
        useful_until=draw(instants),
        status=draw(st.sampled_from(IntentStatus)),
        created_at=draw(instants),
        updated_at=draw(instants),
        reason=draw(st.none() | texts),
        attempts=draw(st.integers(0, 1000)),
        claim_id=draw(st.none() | texts),
        claimed_until=draw(st.none() | instants),
        message_id=draw(st.none() | texts),
        sent_at=draw(st.none() | instants),
        delivered_at=draw(st.none() | instants),
        read_at=draw(st.none() | instants),
        failed_tries=("2026-12-01T15:00:00Z whatsapp:131000",),
        failed_messages=("wamid.0",),
        retry_at=draw(st.none() | instants),
        time_zone=draw(st.none() | texts),
        to=draw(st.none() | texts),
        parameters=draw(st.dictionaries(texts, texts)),
    )


@given(reservations())
def test_a_reservation_comes_back_as_it_was(reservation: Reservation) -> None:
    kept = reservation_to_row(ReservationModel, reservation).serialize()
    assert reservation_from_row(ReservationModel.from_raw_data(kept)) == reservation


@given(requests)
def test_a_request_comes_back_as_it_was(request: ReservationRequest) -> None:
    kept = request_to_row(RequestModel, request).serialize()
    assert request_from_row(RequestModel.from_raw_data(kept)) == request


@given(intents())
def test_an_intent_comes_back_as_it_was(intent: Intent) -> None:
    kept = intent_to_row(IntentModel, intent).serialize()
    assert intent_from_row(IntentModel.from_raw_data(kept)) == intent


WHOLE_INTENT = intent(
    status=IntentStatus.UNKNOWN,
    reason="no_answer_after_request",
    attempts=2,
    claim_id="request-1",
    claimed_until=NOW + timedelta(seconds=60),
    message_id="wamid.1",
    sent_at=NOW,
    delivered_at=NOW,
    read_at=NOW,
    failed_tries=("2026-12-01T15:00:00Z whatsapp:131000",),
    failed_messages=("wamid.0",),
    retry_at=NOW,
    time_zone="America/Mexico_City",
    to="+525500000001",
    parameters={"patient_name": "Paciente Ejemplo"},
)
WHOLE_RESERVATION = Reservation(
    details=details(
        charge_id="ch_1",
        clinic_phone="+525500000099",
        reminder_gap=240,
        visit_minutes=45,
        takes_from=NOW,
        takes_until=NOW,
        language="en_US",
        clinic_language="en_US",
    ),
    status=ReservationStatus.CONFIRMED,
    version=2,
    order=EventOrder(NOW, "e-1"),
    created_at=NOW,
    updated_at=NOW,
    reminders_sent={"24h": NOW},
    applied_with=frozenset({"e-1", "e-2"}),
    runs=frozenset({"run-1"}),
    cancellation=Cancellation(
        at=NOW,
        reason="Viaje",
        cancelled_by="patient",
        refund=Refund(
            Money(Decimal("500.10"), "MXN"),
            "ch_1",
            RefundProgress.REFUSED,
            "re_1",
            "expired_card",
            explanation="the card has expired",
            attempt=2,
        ),
    ),
    rescheduled_to="r-18",
    is_placeholder=True,
    parked_until=NOW,
    conflict=Conflict(NOW, frozenset({"slot-1"}), frozenset({"r-1"}), NOW),
    is_unplaced=True,
)
WHOLE_REQUEST = ReservationRequest(
    request_id="q-1",
    details=details(
        charge_id="ch_1",
        clinic_phone="+525500000099",
        reminder_gap=240,
        visit_minutes=45,
        takes_from=NOW,
        takes_until=NOW,
        language="en_US",
        clinic_language="en_US",
    ),
    doctor_phone="+525500000090",
    expires_at=NOW,
    status=RequestStatus.PENDING,
    created_at=NOW,
    updated_at=NOW,
    run="run-1",
    closed_because="not_answered",
    closed_by="Dra. Ficticia",
    answer_id="e-1",
)


@pytest.mark.parametrize(
    "row",
    [
        intent_to_row(IntentModel, WHOLE_INTENT),
        reservation_to_row(ReservationModel, WHOLE_RESERVATION),
        request_to_row(RequestModel, WHOLE_REQUEST),
    ],
    ids=["intent", "reservation", "request"],
)
def test_every_attribute_of_a_model_is_written(row: Model) -> None:
    assert set(row.serialize()) == set(row.get_attributes())


def test_the_examples_above_leave_no_field_at_its_default() -> None:
    assert WHOLE_RESERVATION.cancellation is not None
    assert WHOLE_RESERVATION.cancellation.refund is not None
    whole: list[Any] = [WHOLE_INTENT, WHOLE_RESERVATION, WHOLE_RESERVATION.details, WHOLE_REQUEST]
    for example in [*whole, WHOLE_RESERVATION.cancellation, WHOLE_RESERVATION.cancellation.refund]:
        empty = [
            f.name for f in fields(example) if getattr(example, f.name) in (None, 0, {}, (), frozenset())
        ]
        assert empty == []


@pytest.mark.parametrize(("model", "domain"), [(ClinicModel, Clinic), (ProfileModel, Profile)])
def test_the_directorys_rows_hold_a_clinics_and_a_profiles_fields(
    model: type[Model], domain: type[Clinic | Profile]
) -> None:
    assert set(model.get_attributes()) - {"owner", "entry"} == {field.name for field in fields(domain)}


def test_what_is_kept_reads_as_the_glossary_says() -> None:
    refund = reservation_to_row(ReservationModel, WHOLE_RESERVATION).serialize()["cancellation"]["M"][
        "refund"
    ]
    assert refund["M"]["amount"] == {"S": "500.10"}
    kept = intent_to_row(IntentModel, WHOLE_INTENT).serialize()
    assert (kept["subject"], kept["intent"]) == ({"S": "reservation#r-17"}, {"S": "v000001#reminder_24h"})
    assert (kept["status"], kept["version"]) == ({"S": "unknown"}, {"N": "1"})
    assert kept["claimed_until"] == {"S": "2026-11-23T15:01:00.000000Z"}
