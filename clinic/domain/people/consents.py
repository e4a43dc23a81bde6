"""Who wants which messages. FHIR: Consent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self


class Category(StrEnum):
    """What a person may refuse, each by itself."""

    APPOINTMENTS = "appointments"
    FOLLOW_UPS = "follow_ups"
    MEDICATION = "medication"


@dataclass(frozen=True)
class Choice:
    """A person's word on a category; ``at``: when it was said, by the channel's clock (whole seconds)."""

    is_wanted: bool
    at: datetime

    def outweighs(self, other: "Choice | None") -> bool:
        """Whether it stands against another one: the newer does, and of one instant the refusal."""
        if other is None or self.at != other.at:
            return other is None or self.at > other.at
        return other.is_wanted and not self.is_wanted


@dataclass(frozen=True)
class Consent:
    """What a person has said; who has said nothing gets all messages.

    Attributes:
        person: the canonical form of the phone number, see `clinic.domain.people.phone.person_of`.
    """

    person: str
    choices: Mapping[Category, Choice] = field(default_factory=dict)

    def allows(self, category: Category) -> bool:
        """Whether messages of this category may be sent."""
        choice = self.choices.get(category)
        return choice is None or choice.is_wanted

    def with_choice(self, category: Category, choice: Choice) -> Self:
        """The consent once this has been said, too, whatever was said first."""
        if not choice.outweighs(self.choices.get(category)):
            return self
        return replace(self, choices={**self.choices, category: choice})
