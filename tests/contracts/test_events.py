"""``appointment/created`` as publishers send it: what is read, and how a wrong field is named."""

from datetime import UTC, datetime
from typing import Any

import pytest

from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.domain.errors import InvalidEventError
from tests.fakes.examples import detail, envelope

REQUIRED = ["reservationId", "patientName", "patientPhone", "appointmentTime", "serviceName"]
OPTIONAL_TEXTS = [
    "doctorName",
    "clinicName",
    "clinicAddress",
    "preparationInstructions",
    "parkingInfo",
    "buildingInfo",
    "officeNumber",
]
OPTIONAL_IDS = ["profileId", "clinicId", "serviceId", "chargeId"]
TEXTS = ["patientName", "serviceName", *OPTIONAL_TEXTS]
LONG_TEXTS = ["clinicAddress", "preparationInstructions", "parkingInfo", "buildingInfo"]
EVERY_FIELD = [*REQUIRED, *OPTIONAL_TEXTS, *OPTIONAL_IDS, "slotId", "timezone", "language", "reminderOffsets"]
PRIVATE = "Paciente-Privado-5500000001"
LONGEST_MESSAGE = 1000


def parsed(**changes: Any) -> Any:
    return ReceivedAppointmentCreated.parse(envelope(**changes)).detail


def refusal(field: str, value: Any) -> str:
    """The message that refuses a value; of this field alone, short, and without the value."""
    event = envelope()
    event["detail"][field] = value
    with pytest.raises(InvalidEventError) as raised:
        ReceivedAppointmentCreated.parse(event)
    message = str(raised.value)
    assert message.startswith(f"appointment/created is not valid: {field}")
    assert len(message) < LONGEST_MESSAGE
    assert PRIVATE not in message
    return message


def test_the_list_of_fields_is_the_contracts() -> None:
    names = [field.alias for field in type(parsed()).model_fields.values()]
    assert sorted([*EVERY_FIELD, "durationMinutes", "isAnnouncement", "isImport"]) == sorted(map(str, names))


def test_only_citas_itself_announces() -> None:
    assert not parsed().is_announcement
    assert parsed(isAnnouncement=True).is_announcement
    assert "expected" in refusal("isAnnouncement", PRIVATE)


def test_an_event_with_every_field_is_read() -> None:
    event = parsed(
        preparationInstructions="Ayuno de 8 horas",
        parkingInfo="Sótano",
        buildingInfo="Torre B",
        officeNumber="301",
        profileId="dr-1",
        clinicId="main",
        serviceId="s-1",
        chargeId="ch_1",
        slotId="slot@2026-12-02",
        timezone="America/Tijuana",
        reminderOffsets=["24h", "2h"],
    )
    assert [offset.label for offset in event.reminder_offsets] == ["24h", "2h"]
    assert (event.patient_phone, event.slot_id) == ("+525500000001", "slot@2026-12-02")


@pytest.mark.parametrize("minutes", [90, 90.0])
def test_whole_minutes_may_be_written_with_a_fraction_of_zero(minutes: float) -> None:
    read = parsed(durationMinutes=minutes).duration_minutes
    assert (read, type(read)) == (90, int)


@pytest.mark.parametrize("minutes", [0, 0.0, 0.5, 90.5, 1441.0, "90", True])
def test_what_is_no_number_of_minutes_is_refused(minutes: Any) -> None:
    assert "expected whole minutes, 1 to 1440" in refusal("durationMinutes", minutes)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_is_named_as_the_publisher_writes_it(field: str) -> None:
    event = envelope()
    del event["detail"][field]
    with pytest.raises(InvalidEventError, match=f"^appointment/created is not valid: {field}: is missing$"):
        ReceivedAppointmentCreated.parse(event)


def test_all_missing_fields_are_named_at_once() -> None:
    with pytest.raises(InvalidEventError) as raised:
        ReceivedAppointmentCreated.parse({**envelope(), "detail": {}})
    named = str(raised.value).partition("not valid: ")[2].split("; ")
    assert sorted(named) == sorted(f"{field}: is missing" for field in REQUIRED)


@pytest.mark.parametrize("field", EVERY_FIELD)
@pytest.mark.parametrize("value", [17, 1.5, True, {"text": PRIVATE}], ids=["int", "float", "bool", "object"])
def test_what_is_not_text_is_refused(field: str, value: Any) -> None:
    assert "expected" in refusal(field, value)


@pytest.mark.parametrize("field", [field for field in EVERY_FIELD if field != "reminderOffsets"])
def test_a_list_is_no_text(field: str) -> None:
    assert "expected" in refusal(field, [PRIVATE])


@pytest.mark.parametrize("field", REQUIRED)
def test_null_is_refused_where_a_value_is_needed(field: str) -> None:
    assert "expected" in refusal(field, None)


@pytest.mark.parametrize(
    "field", [*OPTIONAL_TEXTS, *OPTIONAL_IDS, "slotId", "timezone", "language", "reminderOffsets"]
)
def test_null_counts_as_left_out_elsewhere(field: str) -> None:
    event = envelope()
    event["detail"][field] = None
    assert ReceivedAppointmentCreated.parse(event).detail == parsed(**{field: None})


@pytest.mark.parametrize("field", ["patientName", "serviceName"])
@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\x00", "\ud83d"])
def test_a_blank_text_is_refused_where_a_value_is_needed(field: str, blank: str) -> None:
    assert "expected text that is not blank" in refusal(field, blank)


@pytest.mark.parametrize("field", OPTIONAL_TEXTS)
@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\x00"])
def test_a_blank_text_counts_as_left_out_elsewhere(field: str, blank: str) -> None:
    """Publishers send ``""`` where there is nothing to say; the default takes its place."""
    assert parsed(**{field: blank}) == parsed(**{field: None})


@pytest.mark.parametrize("field", ["reservationId", *OPTIONAL_IDS])
@pytest.mark.parametrize("value", ["", " ", "r 17", "r#17", "r/17", "r-17\n", "ñ", "-r", "r" * 129])
def test_an_id_that_would_break_a_key_is_refused(field: str, value: str) -> None:
    assert "expected up to 128 letters, digits" in refusal(field, value)


@pytest.mark.parametrize("value", ["", " ", "s 1", "s#1", "s/1", "s-1\n", "ñ", ":s", "s" * 601])
def test_a_slot_id_that_would_break_a_key_is_refused(value: str) -> None:
    assert "expected a slot's id, such as dr-1:s-1:20261130T1600Z" in refusal("slotId", value)


def test_a_slot_id_has_room_for_the_ids_it_is_made_of() -> None:
    slot_id = f"{'p' * 128}:{'s' * 128}:20261130T1600Z"
    assert parsed(slotId=slot_id).slot_id == slot_id


@pytest.mark.parametrize("field", TEXTS)
def test_a_text_may_be_just_so_long(field: str) -> None:
    longest = 2000 if field in LONG_TEXTS else 200
    assert parsed(**{field: "x" * longest}) is not None
    assert f"expected at most {longest} characters" in refusal(field, "x" * (longest + 1))


def test_an_instruction_of_a_thousand_characters_with_lines_and_tabs_is_one_line() -> None:
    text = "Ayuno de 8 horas.\r\n\tTraiga    estudios.\n" * 25
    line = parsed(preparationInstructions=text).preparation_instructions
    assert line == " · ".join(["Ayuno de 8 horas.", "Traiga estudios."] * 25)


def test_any_name_is_kept_as_it_is_written() -> None:
    name = 'José "Pepe" O\'Neil Ñandú 😀'
    assert parsed(patientName=name).patient_name == name


@pytest.mark.parametrize(
    "time",
    [
        "2026-12-02T15:00:00Z",
        "2026-12-02T15:00:00.000Z",  # what JavaScript's toISOString writes
        "2026-12-02T09:00:00-06:00",
        "2026-12-02T15:00:00+00:00",
    ],
)
def test_an_instant_is_read_in_any_iso_form_with_an_offset(time: str) -> None:
    assert parsed(appointmentTime=time).appointment_time == datetime(2026, 12, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "time",
    [
        "2026-12-02T15:00:00",
        "2026-12-02",
        "2026-12-02T25:00:00Z",
        "mañana a las 10",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "+012026-12-02T15:00:00Z",
        "1796223600",
        "",
    ],
)
def test_what_is_no_instant_is_refused(time: str) -> None:
    assert "expected an ISO 8601 instant with its offset" in refusal("appointmentTime", time)


@pytest.mark.parametrize(
    "zone",
    [
        "Mexico City",
        "america/mexico_city",
        "CDMX",
        "UTC-6",
        "-06:00",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",  # whatever this machine's is
        "posixrules",
        "right/America/Mexico_City",
        "posix/America/Mexico_City",
        "America/Mexico_City\x00",
        "America",
        "tzdata.zi",
        "",
    ],
)
def test_an_unknown_zone_is_refused(zone: str) -> None:
    assert "expected an IANA time zone, such as America/Mexico_City" in refusal("timezone", zone)


@pytest.mark.parametrize("zone", ["America/Tijuana", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
def test_any_iana_zone_is_accepted(zone: str) -> None:
    assert parsed(timezone=zone).timezone == zone


@pytest.mark.parametrize("number", ["525500000041.0", "+52 55 0000 0042 (2)", "1 55 0000 0048"])
def test_a_phone_number_that_can_not_be_is_refused_by_its_fields_name(number: str) -> None:
    assert "patientPhone: expected a phone number" in refusal("patientPhone", number)


def test_what_is_dialled_within_a_country_alone_is_not_kept() -> None:
    assert parsed(patientPhone="+44 (0)20 0000 0021").patient_phone == "+442000000021"
    assert parsed(patientPhone="+52 (01) 55 0000 0020").patient_phone == "+525500000020"


@pytest.mark.parametrize("field", ["patientName", "serviceName"])
@pytest.mark.parametrize("unseen", ["\u200b", "\u202e\u202c", "\u2800\u3164", "\ufe0f", "\U000e0061\u200d"])
def test_a_name_of_which_nothing_can_be_seen_is_refused_by_its_fields_name(field: str, unseen: str) -> None:
    assert f"{field}: expected text that is not blank" in refusal(field, unseen)


def test_marks_of_direction_are_no_part_of_a_name() -> None:
    assert parsed(patientName="Zoë \u202ePérez\u2069").patient_name == "Zoë Pérez"


def test_a_phone_number_is_refused_without_a_digit_of_it() -> None:
    message = refusal("patientPhone", "55 0000 0001")
    assert not any(character.isdigit() for character in message)


@pytest.mark.parametrize(
    ("offsets", "place"), [("24h", ": expected a list"), (["24h", "soon"], ".1: expected an offset")]
)
def test_offsets_are_a_list_and_a_wrong_one_is_named_by_its_place(offsets: Any, place: str) -> None:
    assert f"reminderOffsets{place}" in refusal("reminderOffsets", offsets)


def test_an_empty_list_of_offsets_is_a_wish_of_its_own() -> None:
    assert parsed(reminderOffsets=[]).reminder_offsets == ()


def test_fields_nobody_knows_are_ignored() -> None:
    assert parsed(tenant="x", nested={"a": [1]}, patient_name="y") == parsed()


@pytest.mark.parametrize("field", EVERY_FIELD)
def test_three_hundred_kilobytes_of_junk_get_a_short_answer(field: str) -> None:
    refusal(field, PRIVATE + "x" * 300_000 + "#")


def test_a_thousand_wrong_entries_get_a_short_answer() -> None:
    message = refusal("reminderOffsets", [PRIVATE] * 1000)
    assert message.endswith("and 990 more")


@pytest.mark.parametrize(
    "payload", [None, [], "text", 17, "x" * 300_000], ids=["null", "list", "text", "int", "long"]
)
def test_what_is_no_object_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidEventError, match=r"^the event's envelope is not valid: expected an object$"):
        ReceivedAppointmentCreated.parse(payload)


@pytest.mark.parametrize("value", [None, [], "text"], ids=["null", "list", "text"])
def test_a_detail_that_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(InvalidEventError, match="envelope is not valid: detail: expected an object"):
        ReceivedAppointmentCreated.parse({**envelope(), "detail": value})


@pytest.mark.parametrize("field", ["id", "time", "detail"])
def test_the_envelope_is_checked_first(field: str) -> None:
    event = envelope()
    del event[field]
    with pytest.raises(InvalidEventError, match=f"^the event's envelope is not valid: {field}: is missing$"):
        ReceivedAppointmentCreated.parse(event)


def test_the_examples_of_the_tests_are_valid_events() -> None:
    assert ReceivedAppointmentCreated.parse(envelope()).detail.reservation_id == detail()["reservationId"]
