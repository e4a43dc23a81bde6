"""People's choices, in memory."""

from collections.abc import Collection
from dataclasses import dataclass, field

from clinic.domain.people.consents import Category, Choice, Consent


@dataclass
class MemoryConsents:
    """Fulfils `clinic.services.messages.notifications.Consents`."""

    rows: dict[str, Consent] = field(default_factory=dict)

    def of(self, person: str) -> Consent:
        return self.rows.get(person, Consent(person))

    def apply(self, person: str, categories: Collection[Category], choice: Choice) -> None:
        for category in categories:
            self.rows[person] = self.of(person).with_choice(category, choice)
