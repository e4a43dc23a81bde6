"""Grants each workflow's and endpoint's function what it may do, beyond writing its logs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from clinic.contracts.endpoints import WHATSAPP_WEBHOOK, Endpoint
from clinic.contracts.listeners import RUN_LEDGER, Listener
from clinic.contracts.tables import (
    CHANNEL,
    CONSENTS,
    DIRECTORY,
    MESSAGES,
    PRESCRIPTIONS,
    REQUESTS,
    RESERVATIONS,
    RUNS,
    SLOTS,
    STATISTICS,
    TABLES,
    TableSpec,
)
from clinic.contracts.workflows import (
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING,
    DAILY_SLOT_GENERATION,
    EXPIRED_SLOTS_CLEANUP,
    MEDICATION_REMINDERS,
    NIGHTLY_FAN_OUT,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
    WATCHED,
    WORKFLOW_ANALYTICS,
    WORKFLOW_HEALTH,
    Workflow,
)
from infra.constructs.bus import Bus
from infra.constructs.key import DataKey
from infra.constructs.secret import PAYMENTS, WEBHOOK, WHATSAPP, ApiSecret, SecretKind
from infra.constructs.tables import CHECK, DELETE, GET, GET_MANY, PUT, QUERY, READS, UPDATE, WRITES, Tables


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a workflow's steps, or an endpoint, need.

    Attributes:
        writes: tables whose items they read and write as the stores usually do.
        reads: tables whose items they read as the stores usually do.
        also: what else they do with the items of a table.
        searches: tables that they query by an index.
        searches_by: likewise, but by the index of this name alone.
        secrets: what they call other APIs with.
        publishes: whether they put events on the bus.
        stops: the workflows whose runs they stop.
        asks_about: the workflows whose runs they ask Step Functions about.
        counts_dead_letters: whether they look how many events could not be handled.
    """

    writes: tuple[TableSpec, ...] = ()
    reads: tuple[TableSpec, ...] = ()
    searches: tuple[TableSpec, ...] = ()
    searches_by: tuple[tuple[TableSpec, str], ...] = ()
    also: tuple[tuple[TableSpec, tuple[str, ...]], ...] = ()
    secrets: tuple[SecretKind, ...] = ()
    publishes: bool = False
    stops: tuple[Workflow, ...] = ()
    asks_about: tuple[Workflow, ...] = ()
    counts_dead_letters: bool = False

    def of(self, spec: TableSpec) -> set[str]:
        """The actions that they need on the items of a table."""
        actions = {action for table, also in self.also if table is spec for action in also}
        if spec in (*self.reads, *self.writes):
            actions.update(READS[spec])
        if spec in self.writes:
            actions.update(WRITES[spec])
        return actions


# Whether a directory is kept at all: what an event that names an unknown id is asked.
_ANY_ENTRY = (DIRECTORY, "by-entry")

NEEDS: Mapping[Workflow | Endpoint | Listener, Needs] = {
    APPOINTMENT_REMINDERS: Needs(
        writes=(RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        searches_by=(_ANY_ENTRY,),
        secrets=(WHATSAPP,),
        publishes=True,
    ),
    # A request may meet a reservation that is already there: cancelled without particulars, or booked.
    RESERVATION_REQUESTS: Needs(
        writes=(REQUESTS, RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        searches_by=(_ANY_ENTRY,),
        secrets=(WHATSAPP,),
        publishes=True,
    ),
    REQUEST_DECISIONS: Needs(
        writes=(REQUESTS, RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        secrets=(WHATSAPP,),
        publishes=True,
        stops=(RESERVATION_REQUESTS,),
    ),
    REQUEST_EXPIRATION: Needs(
        writes=(REQUESTS, RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(CONSENTS,),
        also=((STATISTICS, (PUT,)),),
        secrets=(WHATSAPP,),
    ),
    APPOINTMENT_CANCELLATION: Needs(
        writes=(RESERVATIONS, REQUESTS, MESSAGES, SLOTS, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        also=((STATISTICS, (PUT,)),),
        secrets=(WHATSAPP, PAYMENTS),
        stops=(APPOINTMENT_REMINDERS,),
    ),
    APPOINTMENT_RESCHEDULING: Needs(
        writes=(RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(REQUESTS, DIRECTORY, CONSENTS),
        searches_by=(_ANY_ENTRY,),
        also=((STATISTICS, (PUT,)),),
        secrets=(WHATSAPP,),
        publishes=True,
        stops=(APPOINTMENT_REMINDERS,),
    ),
    APPOINTMENT_FOLLOW_UP: Needs(
        writes=(RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        searches_by=(_ANY_ENTRY,),
        secrets=(WHATSAPP,),
    ),
    DAILY_SLOT_GENERATION: Needs(
        writes=(SLOTS,),
        reads=(DIRECTORY,),
        searches=(SLOTS,),
        searches_by=((RESERVATIONS, "unsettled-by-time"),),
        also=((SLOTS, (GET_MANY, DELETE)), (RESERVATIONS, (GET, PUT)), (STATISTICS, (PUT,))),
        publishes=True,
    ),
    EXPIRED_SLOTS_CLEANUP: Needs(
        writes=(REQUESTS, RESERVATIONS, MESSAGES, SLOTS),
        reads=(DIRECTORY,),
        searches=(REQUESTS,),
        also=((STATISTICS, (PUT,)),),
        publishes=True,
    ),
    MEDICATION_REMINDERS: Needs(
        writes=(PRESCRIPTIONS, MESSAGES, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        searches_by=(_ANY_ENTRY,),
        secrets=(WHATSAPP,),
        publishes=True,
        stops=(MEDICATION_REMINDERS,),
    ),
    NIGHTLY_FAN_OUT: Needs(
        reads=(DIRECTORY,),
        searches=(DIRECTORY,),
        searches_by=((RESERVATIONS, "parked-by-time"),),
        publishes=True,
    ),
    # The secret that WhatsApp signs with, and not the one that messages are sent with.
    WHATSAPP_WEBHOOK: Needs(
        reads=(RESERVATIONS, MESSAGES, CHANNEL),
        searches_by=((MESSAGES, "by-message-id"),),
        also=(
            (RESERVATIONS, (UPDATE,)),
            (MESSAGES, (GET_MANY, UPDATE)),
            (CONSENTS, (UPDATE,)),
            (CHANNEL, (GET, UPDATE, DELETE)),
        ),
        secrets=(WEBHOOK,),
    ),
    RUN_LEDGER: Needs(also=((RUNS, (GET, UPDATE)),)),
    WORKFLOW_HEALTH: Needs(
        writes=(RESERVATIONS, MESSAGES, CHANNEL),
        reads=(PRESCRIPTIONS, CONSENTS),
        searches_by=(
            (MESSAGES, "open-by-due"),
            (MESSAGES, "by-message-id"),
            (CHANNEL, "waiting-by-time"),
            (RUNS, "open-by-start"),
            (RUNS, "by-end"),
        ),
        also=(
            (MESSAGES, (GET_MANY,)),
            (PRESCRIPTIONS, (CHECK,)),
            (CHANNEL, (GET, DELETE)),
            (RUNS, (GET, UPDATE)),
        ),
        secrets=(WHATSAPP,),
        asks_about=WATCHED,
        counts_dead_letters=True,
    ),
    WORKFLOW_ANALYTICS: Needs(
        writes=(STATISTICS,),
        reads=(SLOTS, REQUESTS, DIRECTORY),
        also=((SLOTS, (QUERY, GET_MANY)), (RESERVATIONS, (GET_MANY,))),
        searches=(DIRECTORY, REQUESTS),
        searches_by=(
            (RUNS, "by-end"),
            (MESSAGES, "by-due-day"),
            (SLOTS, "by-start"),
            (RESERVATIONS, "unsettled-by-time"),
        ),
    ),
}


@dataclass(frozen=True)
class Permissions:
    """Turns needs into statements about one stage's resources."""

    tables: Tables
    bus: Bus
    key: DataKey
    secrets: Mapping[SecretKind, ApiSecret]

    def of(self, needs: Needs) -> Iterator[iam.PolicyStatement]:
        """The statements for a role, but for stopping runs, which the workflow's construct allows itself."""
        for spec in TABLES:
            if actions := needs.of(spec):
                yield self.tables.allow(spec, actions)
        indexes = [(spec, index.name) for spec in needs.searches for index in spec.indexes]
        if indexes or needs.searches_by:
            yield self.tables.search("SearchItems", [*indexes, *needs.searches_by])
        for kind in needs.secrets:
            yield self.secrets[kind].read()
        if needs.publishes:
            yield self.bus.publish()
        if needs.counts_dead_letters:
            yield self.bus.count_dead_letters()
        yield self.key.use_through("dynamodb", *(["secretsmanager"] if needs.secrets else []))
