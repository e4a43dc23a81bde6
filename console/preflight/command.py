"""The command `citas preflight`: what a deployment needs, and what a deployed stage still lacks."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from clinic.contracts.endpoints import WHATSAPP_WEBHOOK
from console.operate.printing import print_json
from console.operate.stage import Stage, StageChoice, asked
from console.preflight.account import account_findings
from console.preflight.deployed import read_secrets, stage_findings
from console.preflight.findings import Finding, Level, unknown
from console.preflight.whatsapp import WhatsAppAccount
from console.terminal.exit_codes import ExitCode
from console.terminal.screen import standard_output
from console.terminal.text import count, printable

_MARKS = {
    Level.OK: ("✓", "green"),
    Level.WARNING: ("!", "yellow"),
    Level.FAILURE: ("✗", "red"),
    Level.UNKNOWN: ("?", "dim"),
}


def preflight_command(
    choice: StageChoice, business_account: str | None, *, reserves: bool, as_json: bool
) -> ExitCode:
    """Look, say what is to be done; exit status 1 if something has to be mended first."""
    with asked(choice) as stage:
        found: list[Finding] = []
        screen = standard_output(quiet=as_json)
        for finding in _findings(stage, business_account, reserves=reserves):
            found.append(finding)
            mark, style = _MARKS[finding.level]
            screen.print(
                f"{mark} {finding.check}: {printable(finding.text)}",
                style=style,
                markup=False,
                soft_wrap=True,
            )
            if finding.remedy:
                screen.print(f"    → {printable(finding.remedy)}", markup=False, soft_wrap=True)
        failures = sum(finding.level is Level.FAILURE for finding in found)
        if as_json:
            print_json({"ready": not failures, "findings": [asdict(finding) for finding in found]})
        else:
            screen.print(
                f"{count(failures, 'thing')} to mend first"
                if failures
                else f"{stage.name} is ready, as far as this can see.",
                markup=False,
            )
    return ExitCode.AUDIT_FAILED if failures else ExitCode.OK


def _findings(stage: Stage, business_account: str | None, *, reserves: bool) -> Iterator[Finding]:
    yield from account_findings(stage, reserves=reserves)
    variables = _variables(stage)
    if variables is None:
        yield unknown("stage", f"{stage.name} is not deployed yet", "deploy it, and look again")
        return
    secrets, wrong = read_secrets(stage, variables)
    yield from wrong
    yield from WhatsAppAccount(variables, secrets, _webhook_url(stage), business_account).findings()
    yield from stage_findings(stage)


def _variables(stage: Stage) -> Mapping[str, str] | None:
    """What the webhook's function is told of its stage; None: there is none."""
    client = stage.client("lambda")
    with stage.asking():
        try:
            found = client.get_function_configuration(FunctionName=stage.named(WHATSAPP_WEBHOOK.name))
        except client.exceptions.ResourceNotFoundException:
            return None
    variables: Mapping[str, str] = found.get("Environment", {}).get("Variables", {})
    return variables


def _webhook_url(stage: Stage) -> str | None:
    client: Any = stage.client("apigatewayv2")
    with stage.asking():
        apis = client.get_apis().get("Items", [])
    wanted = stage.named(WHATSAPP_WEBHOOK.name)
    api = next((it for it in apis if it["Name"] == wanted), None)
    if api is None:
        return None
    with stage.asking():
        routes = client.get_routes(ApiId=api["ApiId"]).get("Items", [])
    paths = (str(it["RouteKey"]).partition("POST ")[2] for it in routes)
    path = next((it for it in paths if it.startswith(WHATSAPP_WEBHOOK.path)), None)
    return f"{str(api['ApiEndpoint']).rstrip('/')}{path}" if path else None
