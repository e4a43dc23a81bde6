"""The WhatsApp simulator refuses what Meta refuses."""

import copy
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
import requests

from local.faults.plan import FaultPlan
from local.simulators.whatsapp import WhatsAppSimulator
from local.simulators.whatsapp_rules import Template, TemplateRejectedError
from tests.local.sample import START, TEMPLATES

GOOD: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "to": "+52 55 0000 0001",
    "type": "template",
    "template": {
        "name": "reminder",
        "language": {"code": "es_MX"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": "patient_name", "text": "José Ñandú 😀"},
                    {"type": "text", "parameter_name": "date", "text": "lunes"},
                ],
            }
        ],
    },
    "biz_opaque_callback_data": "intent-1",
}
PARAMETERS = ("template", "components", 0, "parameters")


def _changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(GOOD)
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return body


def _simulator(**faults: Any) -> WhatsAppSimulator:
    return WhatsAppSimulator(
        now=lambda: START,
        templates=TEMPLATES,
        access_token="token",
        phone_number_id="123",
        faults=FaultPlan.parse(faults),
    )


@pytest.fixture(name="simulator")
def simulator_fixture() -> Iterator[WhatsAppSimulator]:
    simulator = _simulator()
    yield simulator
    simulator.close()


def _post(simulator: WhatsAppSimulator, body: Any = None, **how: Any) -> requests.Response:
    with requests.Session() as session:
        return session.request(
            how.get("method", "POST"),
            simulator.url + how.get("path", "/v23.0/123/messages"),
            headers={"Authorization": how.get("authorization", "Bearer token")},
            json=GOOD if body is None else body,
            timeout=120,
        )


def test_a_good_request_is_accepted_and_rendered(simulator: WhatsAppSimulator) -> None:
    answer = _post(simulator)
    assert answer.status_code == 200
    (message,) = simulator.sent
    assert answer.json() == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+52 55 0000 0001", "wa_id": "525500000001"}],
        "messages": [{"id": message.message_id, "message_status": "accepted"}],
    }
    assert message.message_id.startswith("wamid.")
    assert message.text == "Hola, José Ñandú 😀. Su cita es el lunes. Gracias."
    assert (message.intent_id, message.at, message.template) == ("intent-1", START, "reminder")
    assert message.parameters == {"patient_name": "José Ñandú 😀", "date": "lunes"}
    assert [(call.status, call.code, call.intent_id) for call in simulator.calls] == [(200, None, "intent-1")]


@pytest.mark.parametrize(
    ("path", "value", "status", "code"),
    [
        (("messaging_product",), None, 400, 100),
        (("to",), None, 400, 100),
        (("to",), "doctor", 400, 131009),
        (("to",), "12", 400, 131009),
        (("type",), "text", 400, 131047),
        (("colour",), "blue", 400, 100),
        (("biz_opaque_callback_data",), "x" * 513, 400, 100),
        (("template",), {}, 400, 131008),
        (("template", "language"), {}, 400, 131008),
        (("template", "name"), "other", 404, 132001),
        (("template", "language", "code"), "es", 404, 132001),
        (("template", "components"), [], 400, 132000),
        (("template", "components", 0, "type"), "header", 400, 132012),
        ((*PARAMETERS, 1), None, 400, 132000),
        ((*PARAMETERS, 1, "parameter_name"), "day", 400, 132012),
        ((*PARAMETERS, 1, "parameter_name"), None, 400, 100),
        ((*PARAMETERS, 1, "type"), "currency", 400, 132012),
        ((*PARAMETERS, 1, "text"), "", 400, 131008),
        ((*PARAMETERS, 1, "text"), "  ", 400, 131008),
        ((*PARAMETERS, 1, "text"), "a\nb", 400, 132018),
        ((*PARAMETERS, 1, "text"), "a\tb", 400, 132018),
        ((*PARAMETERS, 1, "text"), "a     b", 400, 132018),
        ((*PARAMETERS, 1, "text"), "x" * 32768, 400, 132005),
    ],
)
def test_a_request_meta_refuses_is_refused_with_metas_code(
    simulator: WhatsAppSimulator, path: tuple[Any, ...], value: Any, status: int, code: int
) -> None:
    answer = _post(simulator, _changed(path, value))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert set(error) == {"message", "type", "code", "error_data", "fbtrace_id"}
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert simulator.sent == []
    assert [(call.status, call.code) for call in simulator.calls] == [(status, code)]


def test_four_spaces_in_a_row_are_let_through(simulator: WhatsAppSimulator) -> None:
    assert _post(simulator, _changed((*PARAMETERS, 1, "text"), "a    b")).status_code == 200


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"authorization": "Bearer other"}, 401, 190),
        ({"authorization": "token"}, 401, 190),
        ({"path": "/v23.0/999/messages"}, 400, 100),
        ({"path": "/messages"}, 400, 100),
        ({"method": "GET"}, 400, 100),
        ({"body": ["no object"]}, 400, 100),
    ],
)
def test_who_asks_wrongly_is_refused(
    simulator: WhatsAppSimulator, how: dict[str, Any], status: int, code: int
) -> None:
    answer = _post(simulator, **how)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("code", "status"), [(190, 401), (131026, 400), (131016, 503), (131000, 500), (200, 403), (130429, 400)]
)
def test_an_injected_code_comes_with_metas_status(code: int, status: int) -> None:
    simulator = _simulator(whatsapp=[{"call": 1, "code": code}])
    answer = _post(simulator)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert _post(simulator).status_code == 200
    simulator.close()


def test_an_injected_status_has_no_code_of_metas() -> None:
    simulator = _simulator(whatsapp=[{"call": 2, "status": 500, "times": 2}])
    assert [_post(simulator).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert [call.status for call in simulator.calls] == [200, 500, 500, 200]
    simulator.close()


@pytest.mark.parametrize(("when", "sent"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("effect", ["cut", "timeout"])
def test_a_connection_that_ends_without_an_answer(effect: str, when: str, sent: int) -> None:
    simulator = _simulator(whatsapp=[{"call": 1, effect: when}])
    with pytest.raises(requests.ConnectionError):
        _post(simulator)
    assert len(simulator.sent) == sent
    assert [call.status for call in simulator.calls] == [None]
    assert simulator.take_withheld() is (effect == "timeout")
    assert simulator.take_withheld() is False
    simulator.close()


def test_a_fault_for_a_number_meets_every_message_to_it_and_no_other() -> None:
    simulator = _simulator(whatsapp=[{"to": "+525500000001", "code": 131026}])
    assert [_post(simulator).status_code for _ in range(3)] == [400, 400, 400]
    assert _post(simulator, _changed(("to",), "+525500000002")).status_code == 200
    simulator.close()


def test_a_connection_is_kept_alive(simulator: WhatsAppSimulator) -> None:
    host, port = simulator.url.removeprefix("http://").split(":")
    connection = HTTPConnection(host, int(port), timeout=120)
    connection.connect()
    socket = connection.sock
    for _ in range(3):
        connection.request("POST", "/v23.0/123/messages", json.dumps(GOOD), {"Authorization": "Bearer token"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    assert connection.sock is socket
    connection.close()


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("name",), "Con Mayúsculas", "template name"),
        (("language",), "Spanish", "language"),
        (("category",), "OTHER", "category"),
        (("parameter_format",), "POSITIONAL", "parameter_format"),
        (("components",), [], "BODY"),
        (("components", 0, "text"), "{{patient_name}} y {{date}} y más", "start or end"),
        (("components", 0, "text"), "A {{patient_name}} {{date}} B", "nothing between"),
        (("components", 0, "text"), "A {{Name}} B {{date}} C", "parameter name"),
        (
            ("components", 0, "text"),
            "A {{patient_name}} B {{date}} C {{other}} D",
            "no example for parameter other",
        ),
        (("components", 0, "text"), "A {{patient_name}} B", "unknown parameters"),
        (("components", 0, "text"), "x" * 32769, "32769 characters"),
    ],
)
def test_a_template_meta_would_not_approve_is_refused(
    path: tuple[Any, ...], value: Any, problem: str
) -> None:
    document = copy.deepcopy(TEMPLATES[0])
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(TemplateRejectedError, match=problem):
        Template.approve(document)
