"""The events of requests, cancellations, moved appointments and slots: what is read and what is refused."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clinic.contracts.events.appointment_changes import AppointmentRescheduled, ReservationCancelled
from clinic.contracts.events.base import BusEvent, receive
from clinic.contracts.events.requests import (
    RequestExpired,
    ReservationApproved,
    ReservationDeclined,
    ReservationRequested,
)
from clinic.contracts.events.slots import SlotCleanupExpired, SlotGenerateDaily
from clinic.domain.errors import InvalidEventError

PRIVATE = "Paciente-Privado-5500000001"
KINDS: dict[str, type[BusEvent]] = {
    "reservation/requested": ReservationRequested,
    "reservation/approved": ReservationApproved,
    "reservation/declined": ReservationDeclined,
    "reservation/request-expired": RequestExpired,
    "reservation/cancelled": ReservationCancelled,
    "appointment/rescheduled": AppointmentRescheduled,
    "slot/generate-daily": SlotGenerateDaily,
    "slot/cleanup-expired": SlotCleanupExpired,
}
# The smallest detail of each that is whole, and the fields it can't do without.
LEAST: dict[str, dict[str, Any]] = {
    "reservation/requested": {
        "requestId": "q-1",
        "profileId": "dr-1",
        "slotId": "a-slot-of-their-own",
        "patientName": "Paciente Ejemplo",
        "patientPhone": "+52 55 0000 0001",
        "serviceName": "Consulta general",
        "expiresAt": "2026-11-29T16:00:00Z",
    },
    "reservation/approved": {"requestId": "q-1"},
    "reservation/declined": {"requestId": "q-1"},
    "reservation/request-expired": {"requestId": "q-1"},
    "reservation/cancelled": {"reservationId": "r-1"},
    "appointment/rescheduled": {
        "oldReservationId": "r-1",
        "newAppointmentTime": "2026-12-01T10:00:00-06:00",
    },
    "slot/generate-daily": {"profileId": "dr-1", "targetDate": "2026-11-30"},
    "slot/cleanup-expired": {"profileId": "dr-1", "cleanupDate": "2026-11-30"},
}
EVERY_NEEDED_FIELD = [(name, field) for name, detail in LEAST.items() for field in detail]
every_event = pytest.mark.parametrize("name", KINDS)


def read(name: str, detail: Mapping[str, Any]) -> Any:
    envelope = {
        "id": "e-1",
        "time": "2026-11-23T15:00:00Z",
        "detail-type": name,
        "detail": detail,
    }
    return receive(envelope, KINDS[name]).detail


def changed(name: str, **changes: Any) -> Any:
    return read(name, {**LEAST[name], **changes})


def refusal(name: str, field: str, value: Any) -> str:
    """The message that refuses a value; of this field alone, and without the value."""
    with pytest.raises(InvalidEventError) as raised:
        changed(name, **{field: value})
    message = str(raised.value)
    assert message.startswith(f"{name} is not valid: {field}")
    assert PRIVATE not in message
    assert len(message) < 500
    return message


@every_event
def test_the_least_that_is_whole_is_read(name: str) -> None:
    assert isinstance(read(name, LEAST[name]), KINDS[name])


@every_event
def test_what_nobody_knows_is_ignored(name: str) -> None:
    assert changed(name, publisherVersion=PRIVATE) == read(name, LEAST[name])


@pytest.mark.parametrize(("name", "field"), EVERY_NEEDED_FIELD)
def test_a_missing_field_is_named(name: str, field: str) -> None:
    detail = {key: value for key, value in LEAST[name].items() if key != field}
    with pytest.raises(InvalidEventError, match=rf"^{name} is not valid: .*\b{field}: is missing"):
        read(name, detail)


@pytest.mark.parametrize(("name", "field"), EVERY_NEEDED_FIELD)
@pytest.mark.parametrize("value", [None, 17, True, [PRIVATE], {"text": PRIVATE}, ""])
def test_what_is_not_its_kind_of_text_is_refused(name: str, field: str, value: Any) -> None:
    assert "expected" in refusal(name, field, value)


@every_event
def test_another_kind_of_event_is_refused_by_its_name(name: str) -> None:
    envelope = {"id": "e-1", "time": "2026-11-23T15:00:00Z", "detail-type": "x/y", "detail": {}}
    with pytest.raises(InvalidEventError, match=f"detail-type: expected {name}"):
        receive(envelope, KINDS[name])


def test_a_request_is_its_reservation_unless_it_names_another() -> None:
    assert changed("reservation/requested").reservation_id == "q-1"
    assert changed("reservation/requested", reservationId="r-9").reservation_id == "r-9"
    assert changed("reservation/requested", reservationId=None).reservation_id == "q-1"


def test_a_moved_appointment_stays_the_same_reservation_unless_another_is_named() -> None:
    assert changed("appointment/rescheduled").new_reservation_id == "r-1"
    assert changed("appointment/rescheduled", newReservationId="r-2").new_reservation_id == "r-2"


def test_a_wrong_id_is_told_once_for_each_of_the_two_it_stands_for() -> None:
    with pytest.raises(InvalidEventError, match="requestId: expected up to 128 letters"):
        changed("reservation/requested", requestId="q#1")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("reservation/requested", "doctorName"),
        ("reservation/approved", "approvedBy"),
        ("reservation/declined", "declineReason"),
        ("reservation/request-expired", "patientName"),
        ("reservation/cancelled", "cancellationReason"),
        ("appointment/rescheduled", "reschedulingReason"),
    ],
)
def test_a_blank_text_counts_as_left_out(name: str, field: str) -> None:
    assert changed(name, **{field: " \n"}) == read(name, LEAST[name])
    assert PRIVATE in str(changed(name, **{field: f"  {PRIVATE}\n"}))


def test_instants_are_utc_in_whole_seconds() -> None:
    read_time = changed("appointment/rescheduled").new_appointment_time
    assert read_time == datetime(2026, 12, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize("odd", [-1, "a b c", ["MXN"], "5,00", float("nan")])
def test_what_is_said_of_a_refund_breaks_no_event(odd: Any) -> None:
    said = changed("reservation/cancelled", refundAmount=odd, currency=odd, chargeId=odd)
    assert (said.named_charge, said.has_odd_charge) == (None, True)
    paid = changed("reservation/cancelled", chargeId="ch_1")
    assert (paid.named_charge, paid.has_odd_charge) == ("ch_1", False)
    assert not changed("reservation/cancelled", chargeId="").has_odd_charge


@pytest.mark.parametrize("field", ["targetDate", "cleanupDate"])
@pytest.mark.parametrize(
    "written",
    ["2026-11-31", "2026-02-29", "20261130", "30-11-2026", "2026-11-30T00:00:00Z", "2026-W48-1", "hoy"],
)
def test_what_is_no_date_is_refused(field: str, written: str) -> None:
    name = "slot/generate-daily" if field == "targetDate" else "slot/cleanup-expired"
    assert "expected a date such as 2026-11-30" in refusal(name, field, written)


def test_a_date_is_read() -> None:
    assert changed("slot/cleanup-expired").cleanup_date == date(2026, 11, 30)
    assert changed("slot/generate-daily", targetDate="2028-02-29").target_date == date(2028, 2, 29)


def test_slots_are_generated_for_one_date_and_all_services_unless_told_otherwise() -> None:
    asked = changed("slot/generate-daily")
    assert (asked.horizon_days, asked.timezone, asked.generate_for_services) == (1, None, None)
    asked = changed("slot/generate-daily", horizonDays=30, generateForServices=["s-1"])
    assert (asked.horizon_days, asked.generate_for_services) == (30, ("s-1",))


@pytest.mark.parametrize("days", [7, 7.0])
def test_a_whole_number_may_be_written_with_a_fraction_of_zero(days: Any) -> None:
    asked = changed("slot/generate-daily", horizonDays=days)
    assert (asked.horizon_days, type(asked.horizon_days)) == (7, int)


@pytest.mark.parametrize("days", [0, -1, 100_000, 1.5, "7", "7.0", True, float("inf"), float("nan")])
def test_a_horizon_is_a_number_of_days(days: Any) -> None:
    refusal("slot/generate-daily", "horizonDays", days)


@pytest.mark.parametrize("value", ["", "s 1", "s#1", "dr-1/s-1", "ñ", ":s", "s" * 601])
@pytest.mark.parametrize(
    ("name", "field"), [("reservation/requested", "slotId"), ("appointment/rescheduled", "newSlotId")]
)
def test_what_is_no_slot_id_is_refused(name: str, field: str, value: str) -> None:
    assert "expected a slot's id" in refusal(name, field, value)
