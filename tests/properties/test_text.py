"""Any text becomes what WhatsApp accepts, and nothing that can be read is lost."""

import json
import re
import unicodedata
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from clinic.contracts.events.appointments import AppointmentCreated, ReceivedAppointmentCreated
from clinic.domain.errors import InvalidEventError
from clinic.domain.messages.intent import IntentId
from clinic.domain.people.phone import to_e164
from clinic.domain.text import to_single_line
from clinic.templates import notices
from clinic.templates.appointment_parameters import parameters_for
from tests.fakes.examples import NOW, detail, envelope
from tests.fakes.messages.texts import PHRASES
from tests.fakes.stores.rows import details, intent

# Everything JSON can carry: halves of surrogate pairs too.
anything = st.text() | st.text(st.sampled_from("aé 😀\ud83d\ude00\udfff"), max_size=20)
blanks = st.text(st.sampled_from(" \t\n\r\v\f\x00\x1f\x85\u00a0\u2003\u2028\u3000x·"), max_size=60)
texts = anything | blanks
EACH_TEXT = ["patientName", "serviceName", "doctorName", "clinicAddress", "preparationInstructions"]

# Meta: "Param text cannot have new-line/tab characters or more than 4 consecutive spaces".
FORBIDDEN = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]|\s{5}")


# Fillers that Unicode calls letters or signs, and what stands for nothing itself.
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
UNSEEN = {"Cc", "Cs", "Cf", "Mn", "Me", "Cn"}


def visible(text: str) -> list[str]:
    """The characters that can be seen by themselves."""
    return [c for c in text if not c.isspace() and c not in FILLERS and unicodedata.category(c) not in UNSEEN]


@given(texts)
def test_a_single_line_is_one_whatsapp_accepts(text: str) -> None:
    line = to_single_line(text)
    assert FORBIDDEN.search(line) is None
    assert not any(unicodedata.category(c) == "Cc" for c in line)
    assert line == line.strip()
    assert len(line.splitlines()) <= 1
    line.encode()  # it can leave as UTF-8


@given(texts)
def test_a_single_line_stays_as_it_is(text: str) -> None:
    assert to_single_line(to_single_line(text)) == to_single_line(text)


@given(texts)
@example("a\x00b\nc")
def test_every_visible_character_is_kept_in_order(text: str) -> None:
    kept = iter(visible(to_single_line(text)))
    assert all(any(c == other for other in kept) for c in visible(text))


@given(
    st.text(
        st.sampled_from("aé\u05d0\u0301\u202e\u2067\u200e\u200b\u200c\u200d\ufe0f\u3164\u2800 \n\U000e0101"),
        max_size=12,
    )
)
def test_no_mark_of_direction_is_left_and_a_line_has_something_to_see(text: str) -> None:
    line = to_single_line(text)
    assert not any(
        unicodedata.bidirectional(c) in {"RLO", "LRO", "RLI", "LRI", "FSI", "PDI", "PDF"} for c in line
    )
    assert "\u200e" not in line
    assert bool(line) is bool(visible(text))
    assert to_single_line(line) == line


@given(st.lists(texts, max_size=5))
def test_nothing_is_added_but_the_sign_between_lines(lines: list[str]) -> None:
    text = "\n".join(lines)
    added = len(visible(to_single_line(text))) - len(visible(text))
    assert 0 <= added <= len(re.findall(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text))


def read(payload: Any) -> tuple[AppointmentCreated | None, str]:
    """The event, or the words that refuse it."""
    try:
        return ReceivedAppointmentCreated.parse(payload).detail, ""
    except InvalidEventError as error:
        return None, str(error)


@given(st.sampled_from(EACH_TEXT), texts)
def test_any_text_is_delivered_in_a_form_meta_accepts_or_refused_by_the_fields_name(
    field: str, text: str
) -> None:
    payload = json.loads(json.dumps({**envelope(), "detail": detail(**{field: text})}))
    event, refusal = read(payload)
    if event is None:
        assert refusal.startswith(f"appointment/created is not valid: {field}: expected text")
        return
    known = details(
        patient_name=event.patient_name,
        service_name=event.service_name,
        doctor_name=event.doctor_name or "Dra. Ficticia",
        clinic_address=event.clinic_address or "Calle Ficticia 123",
        preparation_instructions=event.preparation_instructions or "Traiga su identificación",
    )
    for name in ("appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h"):
        for value in parameters_for(intent(template=name), known).values():
            assert value
            assert FORBIDDEN.search(value) is None


@given(texts)
def test_any_reason_is_told_in_a_form_meta_accepts(text: str) -> None:
    drafts = [
        notices.cancelled(details(), reason=text, refund=PHRASES.no_refund),
        notices.cancelled_for_doctor(details(), to="+525500000090", language="es_MX", reason=text),
        notices.rescheduled(details(), old_time=NOW, reason=text),
        notices.request_declined(details(), reason=text, when=NOW),
    ]
    for value in (value for draft in drafts for value in draft.parameters.values()):
        assert value
        assert FORBIDDEN.search(value) is None


@given(st.from_regex(r"\+?[1-9][0-9() .\-\u00a0]{5,24}", fullmatch=True) | st.text(max_size=20))
def test_a_phone_number_is_e164_or_refused_and_stays_as_it_is(text: str) -> None:
    try:
        number = to_e164(text)
    except ValueError:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{7,14}", number)
    assert to_e164(number) == number
    assert re.sub(r"[^0-9]", "", text).endswith(number[-7:])


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", fullmatch=True), st.integers(1, 999_999))
def test_the_intents_of_any_reservation_have_ids_that_read_back(reservation_id: str, version: int) -> None:
    intent_id = IntentId(f"reservation#{reservation_id}", version, "reminder_24h")
    assert IntentId.parse(str(intent_id)) == intent_id


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9), st.lists, max_leaves=5
    )
)
def test_any_json_where_an_event_should_be_is_refused_and_never_a_fault(payload: Any) -> None:
    for event in (payload, {"detail": payload}, {**envelope(), "detail": payload}):
        accepted, refusal = read(event)
        assert accepted is None
        assert len(refusal) < 1000
