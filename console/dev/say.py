"""The command `citas say`: somebody writes to the clinic's number on a running `citas dev`."""

import json
import secrets

from clinic.contracts.endpoints import WHATSAPP_WEBHOOK
from clinic.contracts.environment import Env
from console.operate.stage import Stage, StageChoice, now_on
from console.terminal.errors import InputError, StageError
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import printable

LONGEST_TEXT = 4096
_SECONDS = 60
_OK = 200


def say_command(sender: str, text: str, port: int) -> ExitCode:
    """Post a signed message to the stack's webhook, as Meta does."""
    with guarded(standard_error()):
        digits = sender.removeprefix("+")
        if not (sender.startswith("+") and digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15):
            raise InputError(["FROM: must be a phone number with + and country code, like +525500000101"])
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise InputError([f"TEXT: must be a text of 1 to {LONGEST_TEXT} characters"])
        stage = Stage(StageChoice("dev", endpoint_url=f"http://localhost:{port}"))
        _post(stage, digits, text)
        standard_output().print(f"{sender} wrote {printable(text)!r}: the webhook has taken it")
    return ExitCode.OK


def _post(stage: Stage, sender: str, text: str) -> None:
    # Only here is the stack's own kind of webhook needed, and something to post it with.
    import requests

    from local.simulators.webhook_bodies import Inbound, message_body, message_id, signed

    with stage.asking():
        function = stage.client("lambda").get_function_configuration(
            FunctionName=stage.named(WHATSAPP_WEBHOOK.name)
        )
        variables = function["Environment"]["Variables"]
        secret = stage.client("secretsmanager").get_secret_value(
            SecretId=variables[Env.WHATSAPP_WEBHOOK_SECRET_NAME]
        )
        (stack,) = stage.client("cloudformation").describe_stacks(StackName=stage.stack)["Stacks"]
    url = next(it["OutputValue"] for it in stack["Outputs"] if it["OutputKey"] == "WhatsAppWebhookUrl")
    message = Inbound(message_id(secrets.token_bytes(30)), sender, text, now_on(stage))
    body = message_body(variables[Env.WHATSAPP_PHONE_NUMBER_ID], message)
    headers = signed(body, json.loads(secret["SecretString"])["app_secret"])
    with requests.Session() as session:
        session.trust_env = False  # a proxy that the machine's environment names does not serve loopback
        try:
            answer = session.post(url, data=body, headers=headers, timeout=_SECONDS)
        except requests.RequestException as error:
            raise StageError(f"the webhook does not answer: {type(error).__name__}") from error
    if answer.status_code != _OK:
        raise StageError(f"the webhook answers HTTP {answer.status_code}")
