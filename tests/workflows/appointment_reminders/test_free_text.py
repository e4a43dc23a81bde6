"""Whatever a name or an instruction holds is delivered in a form WhatsApp accepts."""

from tests.workflows.clinic_stack import ClinicStack


def test_quotes_accents_and_emoji_arrive_as_they_are(clinic: ClinicStack) -> None:
    name = """José "Pepe" O'Neil Ñandú 😀"""
    clinic.publish(patientName=name)
    clinic.stack.run_until_idle()
    assert [message.parameters["patient_name"] for message in clinic.messages] == [name] * 3


def test_a_thousand_characters_of_instructions_are_cut_at_a_word_so_that_whatsapp_takes_the_text(
    clinic: ClinicStack,
) -> None:
    instructions = ("Ayuno de ocho horas. " * 48)[:1000].strip()
    clinic.publish(preparationInstructions=instructions)
    clinic.stack.run_until_idle()
    sent = clinic.messages[1].parameters["preparation_instructions"]
    assert instructions.startswith(sent.removesuffix("…"))
    assert (len(sent) > 600, sent.endswith(("Ayuno…", "de…", "ocho…", "horas…"))) == (True, True)
    assert 1000 < len(clinic.messages[1].text) <= 1024


def test_tabs_and_new_lines_become_one_line(clinic: ClinicStack) -> None:
    clinic.publish(
        preparationInstructions="Ayuno\tde 8 horas\r\n\n  Traer estudios      previos\n",
        patientName="Paciente\nEjemplo",
    )
    clinic.stack.run_until_idle()
    sent = clinic.messages[1].parameters
    assert sent["preparation_instructions"] == "Ayuno de 8 horas · Traer estudios previos"
    assert sent["patient_name"] == "Paciente · Ejemplo"
    assert len(clinic.messages) == 3


def test_without_instructions_the_default_is_sent(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.run_until_idle()
    assert (
        clinic.messages[1].parameters["preparation_instructions"]
        == "Traiga su identificación y seguro médico"
    )
