"""Each of WhatsApp's answers has its meaning, over real HTTP."""

from collections.abc import Callable, Iterable

import pytest
from pywa import errors as pywa_errors

from clinic.adapters.whatsapp.error_codes import pair_wait_seconds, upgrade_wait_seconds
from clinic.adapters.whatsapp.messenger import WhatsAppMessenger
from clinic.channels.channel import Meaning
from clinic.channels.whatsapp import WHATSAPP
from clinic.domain.errors import (
    CitasError,
    MessageNotDeliverableError,
    MessageRefusedError,
    MessengerAccountError,
    MessengerDeferredError,
    MessengerOutcomeUnknownError,
    MessengerThrottledError,
    MessengerUnavailableError,
    RecipientUnreachableError,
    TemplateRejectedError,
    TemplateSuspectedError,
)
from clinic.services.appointments.appointment_intents import LONGEST_OF_USE
from tests.adapters.conftest import PHONE_NUMBER_ID
from tests.fakes.messages.messages import INTENT_ID, PRIVATE, RECIPIENT, outbound
from tests.fakes.messages.whatsapp_stub import Answer, WhatsAppStub, error

# Written out from the project's fact sheet, as the specification.
SPECIFIED: list[tuple[Iterable[int], type[CitasError]]] = [
    ([4, 80007, 130429], MessengerThrottledError),
    ([131000, 131016], MessengerUnavailableError),
    ([131056, 131057, 131049], MessengerDeferredError),
    ([131026, 131047, 131050, 130472], RecipientUnreachableError),
    ([132001, 132007, 132015, 132016], TemplateRejectedError),
    ([132000], TemplateSuspectedError),
    ([190, 10, 200, 299, 368, 131031, 131042, 131048], MessengerAccountError),
    ([100, 132005, 132012, 131008, 131009, 999999], MessageRefusedError),
]
EACH_CODE = [(code, kind) for codes, kind in SPECIFIED for code in codes]


def refused(messenger: WhatsAppMessenger, attempt: int = 1) -> CitasError:
    with pytest.raises(CitasError) as raised:
        messenger.send(outbound(), RECIPIENT, attempt)
    return raised.value


@pytest.mark.parametrize(("code", "kind"), EACH_CODE)
def test_each_error_code_is_the_specified_error(
    code: int, kind: type[CitasError], messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    whatsapp.script = [error(code)]
    raised = refused(messenger)
    assert type(raised) is kind
    assert str(raised).startswith(f"{INTENT_ID}: WhatsApp answered HTTP 400, code {code}: ")
    if isinstance(raised, MessageNotDeliverableError | MessengerDeferredError):
        assert raised.code == code


@pytest.mark.parametrize(("code", "kind"), EACH_CODE)
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_a_known_code_outranks_the_http_status(
    code: int, kind: type[CitasError], status: int, messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    if code in WHATSAPP.meanings:
        whatsapp.script = [error(code, status)]
        assert type(refused(messenger)) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, MessengerUnavailableError),
        (502, MessengerUnavailableError),
        (503, MessengerUnavailableError),
        (429, MessengerThrottledError),
        (401, MessengerAccountError),
        (403, MessengerAccountError),
        (400, MessageRefusedError),
        (404, MessageRefusedError),
        (302, MessageRefusedError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        {},
        [],
        {"error": "x"},
        {"error": {"code": "x"}},
        {"error": {"code": None}},
        '{"error": {"code": 1e999}}',
    ],
    ids=str,
)
def test_without_a_code_the_http_status_decides(
    status: int, kind: type[CitasError], body: object, messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    whatsapp.script = [Answer(status, body)]
    assert type(refused(messenger)) is kind


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        {},
        [],
        {"messages": []},
        {"messages": None},
        {"messages": [{}]},
        {"messages": [{"id": None}]},
        {"messages": [{"id": ""}]},
    ],
    ids=str,
)
def test_an_acceptance_without_a_message_id_is_unknown(
    body: object, messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    whatsapp.script = [Answer(200, body)]
    assert type(refused(messenger)) is MessengerOutcomeUnknownError


@pytest.mark.parametrize(
    ("code", "attempt", "seconds"),
    [
        (131056, 1, 4),
        (131056, 2, 16),
        (131056, 3, 64),
        (131056, 20_000, 21_600),
        (131057, 1, 60),
        (131057, 2, 120),
        (131057, 20_000, 21_600),
        (131049, 1, 86400),
    ],
)
def test_a_deferral_says_how_long(
    code: int, attempt: int, seconds: int, messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    whatsapp.script = [error(code)]
    raised = refused(messenger, attempt)
    assert isinstance(raised, MessengerDeferredError)
    assert raised.seconds == seconds


@pytest.mark.parametrize("wait", [pair_wait_seconds, upgrade_wait_seconds])
def test_waiting_for_as_long_as_a_confirmation_is_useful_stays_within_a_runs_history(
    wait: Callable[[int], int],
) -> None:
    waited, attempt = 0, 0
    while waited < LONGEST_OF_USE.total_seconds():
        attempt += 1
        waited += wait(attempt)
    # A try: five events of the task, two of the choice, two of the wait.
    assert attempt * 9 < 25_000


@pytest.mark.parametrize(
    "answer",
    [
        error(190, 401),
        error(131026),
        error(131056),
        error(999999),
        error(131016, 500),
        Answer(200, {"to": "5500000001"}),
    ],
)
def test_no_error_tells_who_the_message_was_for(
    answer: Answer, messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    whatsapp.script = [answer]
    raised = refused(messenger)
    assert [text for text in PRIVATE if text in str(raised)] == []
    assert "token-1" not in str(raised)
    assert raised.__cause__ is None


def codes_of(family: type[pywa_errors.WhatsAppError], prefix: str = "") -> set[int]:
    kinds = [kind for kind in family.__subclasses__() if kind.__name__.startswith(prefix)]
    codes: list[Iterable[int] | None] = [kind.__error_codes__ for kind in kinds]
    return {code for some in codes for code in some or ()}


def test_what_pywa_calls_a_lack_of_authority_stops_everything() -> None:
    codes = codes_of(pywa_errors.AuthorizationError)
    assert codes
    assert {WHATSAPP.meanings.get(code) for code in codes} == {Meaning.ACCOUNT}


def test_what_pywa_knows_of_templates_stops_the_template() -> None:
    codes = codes_of(pywa_errors.SendMessageError, "Template")
    codes -= {132005, 132008, 132012}  # a value of this one message: the next one may be right
    assert WHATSAPP.meanings[132000] is Meaning.SUSPECT
    codes -= {132000}  # of this one message or of all: the next one tells
    assert {code: WHATSAPP.meanings.get(code) for code in codes} == dict.fromkeys(codes, Meaning.TEMPLATE)


def test_what_we_slow_down_for_pywa_calls_throttling() -> None:
    ours = {
        code
        for code, meaning in WHATSAPP.meanings.items()
        if meaning in {Meaning.THROTTLED, Meaning.PAIR_LIMIT}
    }
    assert ours <= codes_of(pywa_errors.ThrottlingError)


@pytest.mark.parametrize(("newer", "tried"), [("token-2", ["token-1", "token-2"]), ("token-1", ["token-1"])])
def test_a_refused_token_is_tried_again_only_with_one_that_was_put_since(
    whatsapp: WhatsAppStub, newer: str, tried: list[str]
) -> None:
    whatsapp.script = [error(190), error(190)]
    messenger = WhatsAppMessenger(
        whatsapp.url, PHONE_NUMBER_ID, lambda: "token-1", access_token_anew=lambda: newer
    )
    assert isinstance(refused(messenger), MessengerAccountError)
    assert [received.authorization for received in whatsapp.received] == [f"Bearer {it}" for it in tried]
    messenger.session.close()
