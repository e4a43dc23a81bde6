"""The request, held against what the client library ``pywa`` sends for the same message."""

import json
from typing import Any

import httpx
import pytest
from pywa.client import WhatsApp
from pywa.types.templates import BodyText, TemplateLanguage

from clinic.adapters.whatsapp.messenger import WhatsAppMessenger
from clinic.services.ports import Message
from tests.adapters.conftest import PHONE_NUMBER_ID
from tests.fakes.messages.messages import RECIPIENT, outbound
from tests.fakes.messages.texts import SPANISH
from tests.fakes.messages.whatsapp_stub import WhatsAppStub

AWKWARD = 'José "Pepe" O\'Neil Ñandú 😀 \\ {{x}} <b>'


def sent_by_pywa(message: Message) -> httpx.Request:
    """What pywa sends, caught before it leaves."""
    caught: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        caught.append(request)
        number = RECIPIENT.removeprefix("+")
        contacts = [{"input": number, "wa_id": number}]
        return httpx.Response(200, json={"contacts": contacts, "messages": [{"id": "wamid.1"}]})

    with httpx.Client(transport=httpx.MockTransport(answer)) as session:
        WhatsApp(PHONE_NUMBER_ID, "token-1", session=session).send_template(
            to=RECIPIENT.removeprefix("+"),
            name=message.name,
            language=TemplateLanguage(message.language),
            params=[BodyText.params(**message.values)],
            tracker=message.intent_id,
        )
    (request,) = caught
    return request


def in_any_case(payload: dict[str, Any]) -> dict[str, Any]:
    """Meta takes a component's type in either case."""
    template = payload["template"]
    components = [{**part, "type": part["type"].lower()} for part in template["components"]]
    return {**payload, "template": {**template, "components": components}}


@pytest.mark.parametrize(
    "message",
    [*(outbound(name) for name in SPANISH), outbound(values={"patient_name": AWKWARD})],
    ids=[*SPANISH, "an awkward name"],
)
def test_a_message_leaves_as_pywa_would_send_it(
    message: Message, messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    assert messenger.send(message, RECIPIENT, attempt=1) == "wamid.1"
    theirs = sent_by_pywa(message)
    (ours,) = whatsapp.received
    assert in_any_case(ours.body) == in_any_case(json.loads(theirs.content))
    assert ours.authorization == theirs.headers["Authorization"]
    assert ours.path.partition("/v23.0")[2] == f"/{PHONE_NUMBER_ID}/messages"
    assert theirs.url.path.endswith(f"/{PHONE_NUMBER_ID}/messages")


def test_parameters_leave_in_the_order_of_the_body(
    messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    message = outbound("appointment_reminder_2h")
    messenger.send(message, RECIPIENT, attempt=1)
    (component,) = whatsapp.received[0].body["template"]["components"]
    assert [p["parameter_name"] for p in component["parameters"]] == list(message.values)


def test_the_token_is_asked_for_at_each_message(whatsapp: WhatsAppStub) -> None:
    tokens = iter(["old", "new"])
    messenger = WhatsAppMessenger(whatsapp.url, PHONE_NUMBER_ID, lambda: next(tokens))
    messenger.send(outbound(), RECIPIENT, attempt=1)
    messenger.send(outbound(), RECIPIENT, attempt=1)
    messenger.session.close()
    assert [request.authorization for request in whatsapp.received] == ["Bearer old", "Bearer new"]
