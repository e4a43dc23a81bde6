"""What is known of who wants which messages. A module of its own: planning starts sooner without it."""

from collections.abc import Collection
from typing import Protocol

from clinic.domain.consents import Category, Choice, Consent


class Consents(Protocol):
    """People's choices. Both methods may raise `StoreUnavailableError`.

    A ``person`` is the canonical form of a phone number, see `clinic.domain.phone.person_of`.
    """

    def of(self, person: str) -> Consent:
        """What this person has said up to now (a consistent read); nothing, of somebody unknown."""

    def apply(self, person: str, categories: Collection[Category], choice: Choice) -> None:
        """Note a choice in each of these categories, unless another one there outweighs it.

        Again, late or in any order: the same end. What was noted before an error stays noted.
        """
