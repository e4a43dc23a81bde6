"""A message is never longer than WhatsApp takes, whatever was written into it."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clinic.templates.appointment_parameters import parameters_for
from clinic.templates.filling import Free, fill
from local.simulators import whatsapp_rules as simulator
from tests.fakes.messages.texts import SPANISH
from tests.fakes.stores.rows import details, intent

REMINDERS = ("appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h")
LONGEST = 1024
TWO_HOURS = SPANISH["appointment_reminder_2h"]
names = st.text(st.sampled_from("aá ñ"), min_size=1, max_size=200)
words = st.lists(
    st.sampled_from(["ayuno", "de", "8", "horas,", "¿trae", "estudios?", "x" * 90]), max_size=400
)
texts = words.map(lambda each: " ".join(each)[:2000] or "–")


@settings(max_examples=40)
@given(
    st.sampled_from(REMINDERS),
    names,
    st.tuples(texts, texts, texts),
    st.sampled_from([None, "+525500000000"]),
)
@example("appointment_reminder_2h", "X" * 200, ("y " * 1000, "z" * 2000, "w " * 1000), "+525500000000")
@example("appointment_confirmed", "X" * 200, ("y " * 1000, "–", "–"), None)
def test_a_reminder_fits_and_nothing_but_free_text_is_cut(
    name: str, patient: str, free: tuple[str, str, str], phone: str | None
) -> None:
    address, preparation, way = free
    known = details(
        patient_name=patient,
        service_name=patient,
        clinic_address=address,
        preparation_instructions=preparation,
        parking_info=way,
        building_info=way,
        clinic_phone=phone,
    )
    values = parameters_for(intent(template=name), known)
    text = SPANISH[name].render(values)
    assert len(text) <= LONGEST
    assert text.count(patient) >= 2
    assert ("Teléfono: +52 55 0000 0000" in text) is (phone is not None)
    if "appointment_date" in values:
        assert values["appointment_date"] == "miércoles, 2 de diciembre de 2026"
    written = {"clinic_address": address, "preparation_instructions": preparation, "building_info": way}
    for parameter, whole in written.items():
        if (told := values.get(parameter)) is None:
            continue
        shown = told.removesuffix("Teléfono: +52 55 0000 0000").rstrip()
        kept = re.sub(r"(…\.?|\.)$", "", shown) if shown != whole else shown
        assert whole.startswith(kept.rstrip(". "))
    if sum(map(len, (address, preparation, way, way))) + 2 * len(patient) < 500:
        assert "…" not in text


def test_a_text_is_cut_at_a_word_and_says_so() -> None:
    free = Free("Ayuno de ocho horas, sin agua (ni café)", after="Teléfono: +52 55 0000 0000")
    assert free.cut_to(100) == "Ayuno de ocho horas, sin agua (ni café). Teléfono: +52 55 0000 0000"
    assert free.cut_to(22) == "Ayuno de ocho horas… Teléfono: +52 55 0000 0000"
    assert free.cut_to(31) == "Ayuno de ocho horas, sin agua… Teléfono: +52 55 0000 0000"


def test_short_texts_leave_their_room_to_the_long_ones() -> None:
    values = dict.fromkeys(TWO_HOURS.parameters, "–")
    filled = fill(TWO_HOURS, {**values, "clinic_address": Free("a " * 900), "building_info": Free("Piso 3")})
    assert filled["building_info"] == "Piso 3"
    assert LONGEST - 3 <= len(TWO_HOURS.render(filled)) <= LONGEST


def test_the_simulator_refuses_a_longer_text_as_meta_does_where_a_template_has_buttons() -> None:
    body = "Hola, {{name}}. Hasta pronto."
    examples = {"body_text_named_params": [{"param_name": "name", "example": "Ana"}]}
    template = simulator.Template.approve(
        {
            "name": "greeting",
            "language": "es_MX",
            "category": "UTILITY",
            "parameter_format": "NAMED",
            "components": [{"type": "BODY", "text": body, "example": examples}],
        }
    )
    room = LONGEST - len(body) + len("{{name}}")
    assert len(template.render({"name": "x" * room})) == LONGEST
    with pytest.raises(simulator.RefusedError) as raised:
        template.render({"name": "x" * (room + 1)})
    assert raised.value.code == 132005
