"""A channel by which messages go out, as the core knows it: its limits, and what its failures mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Meaning(Enum):
    """What a channel's failure means, and so what to do about it."""

    THROTTLED = "slow down and try again"
    TRANSIENT = "try again"
    PAIR_LIMIT = "too many messages to this person: wait, longer each time"
    UPGRADING = "the sending number is being upgraded: wait about a minute"
    HELD_BACK = "the channel limits what this person gets: not before 24 hours"
    RECIPIENT = "this person can't be reached, or doesn't want to be: give up"
    TEMPLATE = "the template is missing, paused, disabled or wrong: stop it, alert"
    ACCOUNT = "token, permission, lock, payment or spam limit: stop everything, page"
    SUSPECT = "this message's values don't fit the template: give up; on the second one stop the template"
    REFUSED = "this one message is wrong: give up"

    @property
    def is_passing(self) -> bool:
        """Whether the same message may go through later, by itself."""
        return self in _PASSING


_PASSING = frozenset(
    {Meaning.THROTTLED, Meaning.TRANSIENT, Meaning.PAIR_LIMIT, Meaning.UPGRADING, Meaning.HELD_BACK}
)


@dataclass(frozen=True)
class ChannelRules:
    """One channel.

    Attributes:
        name: what stands before its codes in the ledger: ``whatsapp:131026``.
        meanings: what its error codes mean; one that is not here says nothing of itself.
        nobody_there: its codes for a person whom nobody could have reached: no such account, or a refusal
            made there.
        person_interval, person_burst: one person gets so many messages at once, then one each interval
            (microseconds).
    """

    name: str
    meanings: Mapping[int, Meaning]
    nobody_there: frozenset[int]
    person_interval: int
    person_burst: int
