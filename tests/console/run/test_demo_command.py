"""`citas demo`: each message as it is sent, then words, then the audit."""

import json
from typing import Any

from clinic.domain.instants import from_text
from local.simulators.whatsapp import Call
from tests.console.conftest import Citas
from tests.console.fake_stack import FakeStack


def test_messages_are_shown_as_they_are_sent_and_then_in_words(citas: Citas) -> None:
    result = citas("demo")

    assert result.exit_code == 0, result.output
    order = [
        "books a visit in Tijuana",
        "appointment/created for r-ana",
        "r-ana confirmation → +525500000101",
        "│ Hola, Ana Ficticia López.",
        "r-ana 2h reminder → +525500000101",
        "What became of each message",
        "24h reminder: sent 2026-11-30T16:20:00Z",
        "The audit holds.",
    ]
    places = [result.stdout.index(text) for text in order]
    assert places == sorted(places)


def test_an_answer_of_whatsapps_that_is_no_yes_is_shown(citas: Citas) -> None:
    class Refusing(FakeStack):
        def send(self, intent: dict[str, Any], detail: dict[str, Any]) -> None:
            intent_id = f"{intent['subject']}#{intent['intent']}"
            for status, code in ((500, None), (None, None), (400, 131026)):
                self.simulator.calls.append(Call(from_text(intent["due_at"]), status, code, intent_id))
            super().send(intent, detail)

    result = citas("demo", stack=Refusing)

    assert "r-ana 2h reminder: WhatsApp answers 500\n" in result.stdout
    assert "r-ana 2h reminder: WhatsApp answers nothing\n" in result.stdout
    assert "r-ana 2h reminder: WhatsApp answers 400, code 131026\n" in result.stdout


def test_json_to_standard_output_is_all_there_is_on_it(citas: Citas) -> None:
    result = citas("demo", "--json", "-")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["events_published"] == 14


def test_a_result_that_can_not_be_written_is_found_before_the_run(
    citas: Citas, stacks: list[FakeStack]
) -> None:
    result = citas("demo", "--json", "/nowhere/out.json")

    assert (result.exit_code, result.stdout, stacks) == (2, "", [])
