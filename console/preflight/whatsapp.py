"""WhatsApp's side: the sending number and its token, the registered templates, the webhook's answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.domain.languages import LANGUAGES
from console.preflight.deployed import Secrets
from console.preflight.findings import Finding, failure, fine, unknown, warning

_SECONDS = 10
_NUMBER_FIELDS = "display_phone_number,verified_name,quality_rating,code_verification_status"
_TEMPLATE_FIELDS = "name,language,status,category,components"
_CHALLENGE = "1158201444"
_OK, _UNAUTHORISED, _FORBIDDEN = 200, 401, 403
_MOST_NAMES = 5


class _NoAnswerError(Exception):
    """Nobody answered, or nobody who speaks JSON."""


@dataclass(frozen=True)
class WhatsAppAccount:
    """Meta's Graph API, read with the stage's own token.

    Attributes:
        variables: the environment of the stage's functions.
        webhook_url: where the stage listens; None: not known.
        business_account: the id of the account that the templates are registered with; None: not told.
    """

    variables: Mapping[str, str]
    secrets: Secrets
    webhook_url: str | None
    business_account: str | None

    def findings(self) -> Iterator[Finding]:
        """Look at number, templates and webhook; nothing is sent, nothing is changed."""
        if self.secrets.access_token is None:
            yield unknown("whatsapp-number", "not asked: there is no token to ask with")
        else:
            for check, look in (("whatsapp-number", self._number), ("templates", self._templates)):
                try:
                    yield from look()
                except _NoAnswerError as error:
                    yield unknown(check, f"WhatsApp did not answer: {error}", "try again later")
        try:
            yield self._webhook()
        except _NoAnswerError as error:
            yield failure("webhook", f"it does not answer: {error}", "look at its function's log")

    def _number(self) -> Iterator[Finding]:
        number = self.variables["WHATSAPP_PHONE_NUMBER_ID"]
        status, answer = self._ask(number, {"fields": _NUMBER_FIELDS})
        code = _code(answer)
        if status in (_UNAUTHORISED, _FORBIDDEN) or code == 190:
            yield failure(
                "whatsapp-token",
                f"WhatsApp refuses the token (code {code})",
                "put a valid one into the secret",
            )
            return
        if status != _OK:
            yield failure(
                "whatsapp-number",
                f"WhatsApp knows no phone number id {number} for this token (code {code})",
                "deploy with --parameters WhatsAppPhoneNumberId=…; give the system user the number",
            )
            return
        yield fine("whatsapp-number", f"phone number id {number} sends, and the token may use it")
        if str(answer.get("quality_rating", "")).upper() == "RED":
            yield warning(
                "whatsapp-number", "its quality rating is red", "see WhatsApp Manager, phone numbers"
            )

    def _templates(self) -> Iterator[Finding]:
        if self.business_account is None:
            yield unknown("templates", "not looked at", "say --business-account ID (Meta, business settings)")
            return
        path, parameters = (
            f"{self.business_account}/message_templates",
            {"fields": _TEMPLATE_FIELDS, "limit": "100"},
        )
        registered: dict[tuple[str, str], Any] = {}
        while True:
            status, answer = self._ask(path, parameters)
            if status != _OK:
                yield failure(
                    "templates",
                    f"WhatsApp lists no templates of {self.business_account} (code {_code(answer)})",
                    "is it the WhatsApp business account's id? The token needs whatsapp_business_management",
                )
                return
            registered |= {(it.get("name"), it.get("language")): it for it in answer.get("data", ())}
            after = answer.get("paging", {}).get("cursors", {}).get("after")
            if not after or not answer.get("paging", {}).get("next"):
                break
            parameters = {**parameters, "after": after}
        yield from self._compared(registered)

    def _compared(self, registered: Mapping[tuple[str, str], Any]) -> Iterator[Finding]:
        for language in LANGUAGES:
            yield from self._in_language(registered, language)

    def _in_language(self, registered: Mapping[tuple[str, str], Any], language: str) -> Iterator[Finding]:
        # What is missing in another language than the stage's matters once somebody reads it.
        note = failure if language == self.variables["LANGUAGE"] else warning
        ours = [it for it in export_catalogue() if it["language"] == language]
        problems: dict[str, list[str]] = {}
        for template in ours:
            known = registered.get((template["name"], language))
            if known is None:
                problems.setdefault("not registered", []).append(template["name"])
            elif known.get("status") != "APPROVED":
                problems.setdefault(str(known.get("status", "")).lower() or "without status", []).append(
                    template["name"]
                )
            elif _body(known) != _body(template):
                problems.setdefault("of another text", []).append(template["name"])
            elif known.get("category") != template["category"]:
                problems.setdefault(f"of category {known.get('category')}", []).append(template["name"])
        for what, names in sorted(problems.items()):
            shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
            yield note(
                "templates",
                f"{len(names)} of {len(ours)} in {language} are {what}: {shown}",
                "citas templates export has their texts",
            )
        if not problems:
            yield fine("templates", f"all {len(ours)} are registered and approved in {language}")

    def _webhook(self) -> Finding:
        token = self.secrets.verify_token
        if self.webhook_url is None or token is None:
            return unknown("webhook", "not called: its address or its verify token is not known")
        asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": _CHALLENGE}
        response = self._get(self.webhook_url, asked, {})
        if response.status_code == _OK and response.text == _CHALLENGE:
            return fine("webhook", "it answers to its verify token, as Meta asks it")
        return failure(
            "webhook",
            f"it answers HTTP {response.status_code} to its own verify token",
            "after a new secret wait 15 minutes; look at its function's log",
        )

    def _ask(self, path: str, parameters: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.secrets.access_token}"}
        response = self._get(f"{self.variables['WHATSAPP_API_URL']}/{path}", parameters, headers)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise _NoAnswerError(f"HTTP {response.status_code} without JSON")
        return response.status_code, answer

    @staticmethod
    def _get(url: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        import requests  # only this command asks anybody but AWS

        with requests.Session() as session:
            session.trust_env = False  # no .netrc may put other credentials in the token's place
            try:
                return session.get(
                    url,
                    params=dict(parameters),
                    headers=dict(headers),
                    timeout=_SECONDS,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                raise _NoAnswerError(type(error).__name__) from None


def _code(answer: Mapping[str, Any]) -> object:
    error = answer.get("error")
    return error.get("code") if isinstance(error, dict) else None


def _body(template: Mapping[str, Any]) -> str | None:
    bodies = [it for it in template.get("components", ()) if str(it.get("type")).upper() == "BODY"]
    return str(bodies[0].get("text")) if bodies else None
