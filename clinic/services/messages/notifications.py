"""Use case: everything that one call of a channel's webhook says."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from clinic.domain.errors import StoreUnavailableError
from clinic.domain.instants import believable
from clinic.domain.messages.notifications import InboundMessage, Notification
from clinic.domain.messages.receipts import Receipt
from clinic.domain.people.consent_words import wish_in
from clinic.domain.people.consents import Category, Choice, Consent
from clinic.domain.people.phone import person_of
from clinic.services.messages.receipts import ReceiptTaking, Taken


class Consents(Protocol):
    """People's choices. Both methods may raise `StoreUnavailableError`.

    A ``person`` is the canonical form of a phone number, see `clinic.domain.people.phone.person_of`.
    """

    def of(self, person: str) -> Consent:
        """What this person has said up to now (a consistent read); nothing, of somebody unknown."""

    def apply(self, person: str, categories: Collection[Category], choice: Choice) -> None:
        """Note a choice in each of these categories, unless another one there outweighs it.

        Again, late or in any order: the same end. What was noted before an error stays noted.
        """


@dataclass(frozen=True)
class Tally:
    """How much of what came of a notification.

    Attributes:
        recorded, unchanged, waiting: receipts, by what they came to.
        choices: messages that said who wants which messages.
        passed_over: all the rest.
    """

    recorded: int
    unchanged: int
    waiting: int
    choices: int
    passed_over: int


@dataclass(frozen=True)
class NotificationTaking:
    """Takes notifications; the same one again comes to the same."""

    receipts: ReceiptTaking
    consents: Consents

    def take(self, notification: Notification, now: datetime) -> Tally:
        """Take each of its parts by itself: what goes wrong with one is raised once all have had their turn.

        Raises:
            StoreUnavailableError: a store did not answer; the rest was left. Take all of it again.
            ConcurrentChangeError: an intent kept changing. Take all of it again.
        """
        taken: Counter[Taken] = Counter()
        choices, failure = 0, None
        # People's words first: they are few, and nothing may be sent against them.
        parts: tuple[InboundMessage | Receipt, ...] = (*notification.messages, *notification.receipts)
        for part in parts:
            try:
                if isinstance(part, Receipt):
                    taken[self.receipts.take(replace(part, at=believable(part.at, now)), now)] += 1
                else:
                    choices += self._choose(replace(part, at=believable(part.at, now)))
            except StoreUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 - it is raised below, when the others have had their turn
                failure = failure or error
        if failure is not None:
            raise failure
        return Tally(
            recorded=taken[Taken.RECORDED],
            unchanged=taken[Taken.UNCHANGED],
            waiting=taken[Taken.WAITING],
            choices=choices,
            passed_over=notification.passed_over + len(notification.messages) - choices,
        )

    def _choose(self, message: InboundMessage) -> bool:
        wish = next((wish for text in message.texts if (wish := wish_in(text))), None)
        if wish is None:
            return False
        choice = Choice(wish.is_wanted, message.at)
        self.consents.apply(person_of(message.sender), sorted(wish.categories), choice)
        return True
