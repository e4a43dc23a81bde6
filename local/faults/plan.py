"""The fault plan: what goes wrong in a run, and when. docs/faults.md shows it by example."""

import json
import random
from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr, ValidationError

from local.faults.rules import (
    Counted,
    EventFault,
    LambdaFault,
    PaymentsFault,
    Strict,
    WebhookFault,
    WhatsAppFault,
)


class FaultPlanError(ValueError):
    """The fault plan is not valid; the message names the field."""


class FaultPlan(Strict):
    """All faults of a run. Reads as JSON; an unknown field is an error."""

    whatsapp: tuple[WhatsAppFault, ...] = ()
    webhooks: tuple[WebhookFault, ...] = ()
    payments: tuple[PaymentsFault, ...] = ()
    functions: tuple[LambdaFault, ...] = Field(default=(), alias="lambda")
    events: tuple[EventFault, ...] = ()
    seed: int = 0

    _chance: random.Random = PrivateAttr(default_factory=random.Random)
    _lines_met: set[int | None] = PrivateAttr(default_factory=set)

    def model_post_init(self, _context: object) -> None:
        """Seed the chance the rates draw from."""
        self._chance = random.Random(self.seed)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The plan in a JSON file. Raises FaultPlanError, naming the field."""
        try:
            return cls.parse(json.loads(path.read_text(encoding="utf-8")))
        except json.JSONDecodeError as error:
            raise FaultPlanError(f"{path}: line {error.lineno} is not JSON: {error.msg}") from error

    @classmethod
    def parse(cls, document: object) -> Self:
        """The plan in a decoded JSON document. Raises FaultPlanError, naming the field."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'the plan'}: {problem['msg']}"
                for problem in error.errors()
            )
            raise FaultPlanError(problems) from error

    def fresh(self) -> Self:
        """The same plan with nothing counted yet."""
        return type(self).model_validate(self.model_dump())

    def for_message(self, to: str, intent: str | None) -> WhatsAppFault | None:
        """The fault that meets a message, if any. Every rule counts it."""
        hits = [fault for fault in self.whatsapp if fault.applies(to, intent, self._chance)]
        return hits[0] if hits else None

    def for_webhook(self, to: str, intent: str | None, status: str) -> WebhookFault | None:
        """The fault that meets a status on its way, if any. Every rule counts it."""
        hits = [fault for fault in self.webhooks if fault.applies(to, intent, status, self._chance)]
        return hits[0] if hits else None

    def for_refund(self, charge: str) -> PaymentsFault | None:
        """The fault that meets a refund of a charge, if any. Every rule counts it."""
        hits = [fault for fault in self.payments if fault.applies(charge, self._chance)]
        return hits[0] if hits else None

    def for_invocation(self, function: str, step: str | None) -> LambdaFault | None:
        """The death before or after the handler that meets an invocation, if any. Every rule counts it."""
        return self._death(function, step, {"before", "after"})

    def for_request(self, function: str, step: str | None) -> LambdaFault | None:
        """The death around a request to another service that meets this one, if any. Every rule counts it."""
        return self._death(function, step, {"before_request", "after_request"})

    def for_event(self, line: int | None) -> EventFault | None:
        """The fault that meets the event of a line, if any."""
        self._lines_met.add(line)
        return next((fault for fault in self.events if fault.line == line), None)

    def unused(self) -> list[str]:
        """The rules that have never acted, by their places in the file: ``whatsapp[0]``."""
        counted: dict[str, tuple[Counted, ...]] = {
            "whatsapp": self.whatsapp,
            "webhooks": self.webhooks,
            "payments": self.payments,
            "lambda": self.functions,
        }
        idle = [
            f"{kind}[{place}]"
            for kind, rules in counted.items()
            for place, rule in enumerate(rules)
            if not rule.has_acted
        ]
        lines = enumerate(fault.line for fault in self.events)
        return idle + [f"events[{place}]" for place, line in lines if line not in self._lines_met]

    def _death(self, function: str, step: str | None, moments: set[str]) -> LambdaFault | None:
        rules = [fault for fault in self.functions if fault.dies in moments]
        hits = [fault for fault in rules if fault.applies(function, step, self._chance)]
        return hits[0] if hits else None
