"""Who wants which messages, in DynamoDB: each category of a person is a choice of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.people.consents import Category, Choice, Consent

_WHOSE = "a person's consent"  # in errors, instead of the key: it is a phone number


class ConsentModel(Model):
    """A row of the consents table; ``<category>`` and ``<category>_at`` belong together."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "consents"

    person = UnicodeAttribute(hash_key=True)
    appointments = BooleanAttribute(null=True)
    appointments_at = InstantAttribute(null=True)
    follow_ups = BooleanAttribute(null=True)
    follow_ups_at = InstantAttribute(null=True)
    medication = BooleanAttribute(null=True)
    medication_at = InstantAttribute(null=True)


@dataclass(frozen=True)
class DynamoConsents:
    """Fulfils `clinic.services.messages.notifications.Consents`."""

    rows: type[ConsentModel]

    @classmethod
    def open(cls, connection: Connection, consents_table: str) -> Self:
        """The consents in this table."""
        return cls(bind(ConsentModel, consents_table, connection))

    def of(self, person: str) -> Consent:
        """What this person has said up to now."""
        with store_errors(_WHOSE):
            try:
                row = self.rows.get(person, consistent_read=True)
            except DoesNotExist:
                return Consent(person)
        return consent_from_row(row)

    def apply(self, person: str, categories: Collection[Category], choice: Choice) -> None:
        """Note a choice in each of these categories, unless another one there outweighs it."""
        for category in categories:
            try:
                with store_errors(_WHOSE):
                    self._note(person, category, choice)
            except ConcurrentChangeError:
                continue  # the condition: what is there outweighs it, or is the same

    def _note(self, person: str, category: Category, choice: Choice) -> None:
        # The condition is `Choice.outweighs`: nothing has to be read first, and writers can't overtake it.
        is_wanted: Any = getattr(self.rows, category.value)
        at: Any = getattr(self.rows, _at(category))
        outweighs: Condition = at.does_not_exist() | (at < choice.at)
        if not choice.is_wanted:
            outweighs = outweighs | ((at == choice.at) & (is_wanted != choice.is_wanted))
        self.rows(person).update([is_wanted.set(choice.is_wanted), at.set(choice.at)], condition=outweighs)


def wanted(rows: type[ConsentModel], category: Category) -> Condition:
    """The condition that a person has refused no messages of this category: `Consent.allows`."""
    is_wanted: Any = getattr(rows, category.value)
    at: Any = getattr(rows, _at(category))
    allows: Condition = is_wanted.does_not_exist() | at.does_not_exist() | is_wanted.is_in(True)
    return allows


def consent_from_row(row: ConsentModel) -> Consent:
    """What a row says of its person."""
    return Consent(
        row.person,
        {
            category: Choice(is_wanted, at)
            for category in Category
            if (is_wanted := getattr(row, category.value)) is not None
            and (at := getattr(row, _at(category))) is not None
        },
    )


def _at(category: Category) -> str:
    return f"{category.value}_at"
