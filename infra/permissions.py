"""What each workflow's and endpoint's function may do, beyond writing its logs."""

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
from infra.constructs.tables import ADD, DELETE, READ, UPDATE, WRITE, Tables


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a workflow's steps, or an endpoint, need.

    Attributes:
        updates: tables whose items they update, or put by an update, and read nothing of.
        writes: tables whose items they read, put and update.
        reads: tables whose items they read.
        searches: tables that they query by an index.
        searches_by: likewise, but by the index of this name alone.
        deletes: tables whose items they delete.
        adds: tables that they put items into, and read nothing of.
        secrets: what they call other APIs with.
        publishes: whether they put events on the bus.
        stops: the workflows whose runs they stop.
        asks_about: the workflows whose runs they ask Step Functions about.
        counts_dead_letters: whether they look how many events could not be handled.
    """

    updates: tuple[TableSpec, ...] = ()
    writes: tuple[TableSpec, ...] = ()
    reads: tuple[TableSpec, ...] = ()
    searches: tuple[TableSpec, ...] = ()
    searches_by: tuple[tuple[TableSpec, str], ...] = ()
    deletes: tuple[TableSpec, ...] = ()
    adds: tuple[TableSpec, ...] = ()
    secrets: tuple[SecretKind, ...] = ()
    publishes: bool = False
    stops: tuple[Workflow, ...] = ()
    asks_about: tuple[Workflow, ...] = ()
    counts_dead_letters: bool = False


# Whether a directory is kept at all: what an event that names an unknown id is asked.
_ANY_ENTRY = (DIRECTORY, "by-entry")

NEEDS: Mapping[Workflow | Endpoint | Listener, Needs] = {
    APPOINTMENT_REMINDERS: Needs(
        writes=(RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        searches_by=(_ANY_ENTRY,),
        secrets=(WHATSAPP,),
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
        adds=(STATISTICS,),
        secrets=(WHATSAPP,),
    ),
    APPOINTMENT_CANCELLATION: Needs(
        writes=(RESERVATIONS, REQUESTS, MESSAGES, SLOTS, CHANNEL),
        reads=(DIRECTORY, CONSENTS),
        adds=(STATISTICS,),
        secrets=(WHATSAPP, PAYMENTS),
        stops=(APPOINTMENT_REMINDERS,),
    ),
    APPOINTMENT_RESCHEDULING: Needs(
        writes=(RESERVATIONS, MESSAGES, SLOTS, CHANNEL),
        reads=(REQUESTS, DIRECTORY, CONSENTS),
        searches_by=(_ANY_ENTRY,),
        adds=(STATISTICS,),
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
        deletes=(SLOTS,),
        adds=(STATISTICS,),
    ),
    EXPIRED_SLOTS_CLEANUP: Needs(
        writes=(REQUESTS, RESERVATIONS, MESSAGES, SLOTS),
        reads=(DIRECTORY,),
        searches=(REQUESTS,),
        adds=(STATISTICS,),
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
        publishes=True,
    ),
    # The secret that WhatsApp signs with, and not the one that messages are sent with.
    WHATSAPP_WEBHOOK: Needs(
        writes=(RESERVATIONS, MESSAGES, CONSENTS, CHANNEL),
        searches_by=((MESSAGES, "by-message-id"),),
        deletes=(CHANNEL,),
        secrets=(WEBHOOK,),
    ),
    RUN_LEDGER: Needs(updates=(RUNS,)),
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
        updates=(RUNS,),
        deletes=(CHANNEL,),
        secrets=(WHATSAPP,),
        asks_about=WATCHED,
        counts_dead_letters=True,
    ),
    WORKFLOW_ANALYTICS: Needs(
        writes=(STATISTICS,),
        reads=(SLOTS, RESERVATIONS, REQUESTS, DIRECTORY),
        searches=(DIRECTORY, REQUESTS),
        searches_by=((RUNS, "by-end"), (MESSAGES, "by-due-day"), (SLOTS, "by-start")),
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
        for sid, actions, specs in (
            ("UpdateItems", UPDATE, needs.updates),
            ("WriteItems", WRITE, needs.writes),
            ("ReadItems", READ, needs.reads),
            ("DeleteItems", DELETE, needs.deletes),
            ("AddItems", ADD, needs.adds),
        ):
            if specs:
                yield self.tables.allow(sid, actions, specs)
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
