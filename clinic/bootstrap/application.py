"""The only place where use cases meet their adapters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.adapters.dynamodb.directory.clinics import DynamoDirectory
from clinic.adapters.dynamodb.messages.ledger import DynamoLedger
from clinic.bootstrap.operations import Operations, open_meter, open_schedules
from clinic.contracts.environment import Env
from clinic.contracts.settings import Settings
from clinic.domain.errors import ConfigurationError
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.slots.doctors import Directory, Doctors
from clinic.services.unit_of_work import BookingStore

if TYPE_CHECKING:
    from pynamodb.connection import Connection

    from clinic.adapters.secrets import WebhookSecret
    from clinic.services.appointments.announcements import ConflictNotices
    from clinic.services.appointments.cancellation import ReservationCancelling
    from clinic.services.appointments.completion import CancellationCompletion, ReschedulingCompletion
    from clinic.services.appointments.follow_ups import FollowUpPlanning
    from clinic.services.appointments.parking import ParkedVisits
    from clinic.services.appointments.refunding import Payments, Refunding
    from clinic.services.appointments.rescheduling import AppointmentRescheduling
    from clinic.services.appointments.visit_placing import VisitPlacing
    from clinic.services.messages.delivery import Ledger, MessageDelivery, Messenger
    from clinic.services.messages.notifications import Consents, NotificationTaking
    from clinic.services.messages.receipts import ReceiptTaking
    from clinic.services.ports import EventPublisher, Runs, Statistics
    from clinic.services.prescriptions.ports import Prescriptions
    from clinic.services.prescriptions.prescribing import Prescribing
    from clinic.services.prescriptions.prescription_runs import PrescriptionRuns
    from clinic.services.requests.decisions import RequestDecisions
    from clinic.services.requests.expiration import RequestExpiration
    from clinic.services.requests.keeping import RequestKeeping
    from clinic.services.requests.slot_cleanup import SlotCleanup
    from clinic.services.slots.generation import SlotGeneration
    from clinic.services.slots.nightly import NightlyFanOut


_LONGEST_WAIT_DAYS = 300


@dataclass(frozen=True)
class Application(Operations):
    """The use cases and what they stand on, each made when it is first asked for."""

    stored: DynamoLedger
    appointments: AppointmentReader
    make_delivery: Callable[[], "MessageDelivery"]

    @cached_property
    def planning(self) -> ReminderPlanning:
        """Plans reminders."""
        # A run lives a year at most, and waits for the visit once its first reminder is near.
        horizon = timedelta(days=min(self.settings.booking_horizon_days, _LONGEST_WAIT_DAYS))
        return ReminderPlanning(self.booking_store, self.appointments, horizon)

    @cached_property
    def delivery(self) -> "MessageDelivery":
        """Sends messages."""
        return self.make_delivery()

    @cached_property
    def consents(self) -> "Consents":
        """Who wants which messages."""
        from clinic.adapters.dynamodb.consents import DynamoConsents

        return DynamoConsents.open(self.connection, self.settings.consents_table)

    @cached_property
    def receipts(self) -> "ReceiptTaking":
        """Takes WhatsApp's word on what became of messages."""
        from clinic.adapters.dynamodb.messages.receipts import DynamoSentMessages
        from clinic.adapters.dynamodb.messages.waiting_receipts import DynamoWaitingReceipts
        from clinic.services.messages.receipts import ReceiptTaking

        return ReceiptTaking(
            DynamoSentMessages.open(self.stored, self.settings.messages_table, self.settings.channel_table),
            DynamoWaitingReceipts.open(self.connection, self.settings.channel_table),
            self.meter,
        )

    @cached_property
    def notifications(self) -> "NotificationTaking":
        """Takes what WhatsApp's webhook is sent."""
        from clinic.services.messages.notifications import NotificationTaking

        return NotificationTaking(self.receipts, self.consents)

    @cached_property
    def webhook_secret(self) -> "WebhookSecret":
        """What WhatsApp's webhook is verified and signed with."""
        from clinic.adapters.secrets import WebhookSecret

        return WebhookSecret(self.settings.whatsapp_webhook_secret_name)

    @cached_property
    def events(self) -> "EventPublisher":
        """Citas' own event bus."""
        from clinic.adapters.events import EventBridgePublisher

        return EventBridgePublisher.open(self.settings.event_bus_name)

    @cached_property
    def runs(self) -> "Runs":
        """The state machines' runs."""
        from clinic.adapters.runs import StepFunctionsRuns

        return StepFunctionsRuns.open()

    @cached_property
    def statistics(self) -> "Statistics":
        """Records of what was done."""
        from clinic.adapters.dynamodb.statistics import DynamoStatistics

        return DynamoStatistics.open(self.connection, self.settings.statistics_table)

    @cached_property
    def payments(self) -> "Payments":
        """Gives money back."""
        from clinic.adapters.payments.stripe import StripePayments
        from clinic.adapters.secrets import PaymentsSecret

        secret = PaymentsSecret(self.settings.payments_secret_name)
        url = f"{self.settings.payments_api_url}/v1"
        return StripePayments(url, secret.secret_key, secret_key_anew=secret.secret_key_anew)

    @cached_property
    def conflict_telling(self) -> "ConflictNotices":
        """Tells of visits that take time which was taken."""
        from clinic.services.appointments.announcements import ConflictNotices

        return ConflictNotices(self.booking_store, self.events, self.meter)

    @cached_property
    def visit_placing(self) -> "VisitPlacing":
        """Places visits that were booked before their doctor was kept here."""
        from clinic.adapters.dynamodb.reservations import DynamoUnsettledVisits
        from clinic.services.appointments.visit_placing import VisitPlacing

        return VisitPlacing(
            self.booking_store,
            DynamoUnsettledVisits.open(self.connection, self.settings.reservations_table),
            self.appointments.doctors,
            self.conflict_telling,
        )

    @cached_property
    def rescheduling(self) -> "AppointmentRescheduling":
        """The use case that moves visits."""
        from clinic.services.appointments.rescheduling import AppointmentRescheduling

        return AppointmentRescheduling(self.booking_store, self.appointments)

    @cached_property
    def rescheduling_completion(self) -> "ReschedulingCompletion":
        """What follows once a visit has moved."""
        from clinic.services.appointments.completion import ReschedulingCompletion

        return ReschedulingCompletion(self.booking_store, self.events, self.runs, self.statistics)

    @cached_property
    def cancelling(self) -> "ReservationCancelling":
        """Cancels reservations."""
        from clinic.services.appointments.cancellation import ReservationCancelling

        return ReservationCancelling(self.booking_store, self.appointments, self.settings.currency)

    @cached_property
    def refunding(self) -> "Refunding":
        """Refunds cancelled reservations."""
        from clinic.services.appointments.refunding import Refunding

        return Refunding(self.booking_store, self.payments, self.settings.currency)

    @cached_property
    def cancellation_completion(self) -> "CancellationCompletion":
        """Stops a cancelled reservation's runs and counts it."""
        from clinic.services.appointments.completion import CancellationCompletion

        return CancellationCompletion(self.booking_store, self.runs, self.statistics)

    @cached_property
    def follow_ups(self) -> "FollowUpPlanning":
        """Closes reservations whose visit is over, and plans follow-ups."""
        from clinic.services.appointments.follow_ups import FollowUpPlanning

        return FollowUpPlanning(self.booking_store, self.appointments, self.settings.quiet_hours)

    @cached_property
    def requests(self) -> "RequestKeeping":
        """Takes requests for slots."""
        from clinic.services.requests.keeping import RequestKeeping

        return RequestKeeping(self.booking_store, self.appointments, self.events)

    @cached_property
    def request_decisions(self) -> "RequestDecisions":
        """Applies the doctors' answers to requests."""
        from clinic.services.requests.decisions import RequestDecisions

        return RequestDecisions(self.booking_store, self.appointments, self.events, self.runs)

    @cached_property
    def request_expiration(self) -> "RequestExpiration":
        """Ends the requests that nobody answered."""
        from clinic.services.requests.expiration import RequestExpiration

        return RequestExpiration(self.booking_store, self.statistics, self.meter)

    @cached_property
    def slot_cleanup(self) -> "SlotCleanup":
        """Frees the slots of requests that ran out unnoticed."""
        from clinic.services.requests.slot_cleanup import SlotCleanup

        return SlotCleanup(
            self.booking_store, self.appointments, self.request_expiration, self.events, self.statistics
        )

    @cached_property
    def slot_generation(self) -> "SlotGeneration":
        """Makes slots, and takes away those that are over."""
        from clinic.adapters.dynamodb.slots import DynamoSlotStore
        from clinic.services.slots.generation import SlotGeneration

        return SlotGeneration(
            self._schedules, DynamoSlotStore.open(self.connection, self.settings.slots_table)
        )

    @cached_property
    def nightly(self) -> "NightlyFanOut":
        """Puts the night's events on the bus."""
        from clinic.domain.slots.nightly import NightlyJob
        from clinic.services.slots.nightly import NightlyFanOut

        clocks = {
            NightlyJob.SLOT_GENERATION: self.settings.slot_generation_at,
            NightlyJob.SLOT_CLEANUP: self.settings.slot_cleanup_at,
        }
        return NightlyFanOut(self._schedules, self.events, clocks, self.settings.booking_horizon_days)

    @cached_property
    def parked_visits(self) -> "ParkedVisits":
        """Has the visits taken up whose reminders have come near."""
        from clinic.adapters.dynamodb.reservations import DynamoParkedStore
        from clinic.services.appointments.parking import ParkedVisits

        store = DynamoParkedStore.open(self.connection, self.settings.reservations_table)
        return ParkedVisits(store, self.events, self.settings.reminder_offsets)

    @cached_property
    def prescribing(self) -> "Prescribing":
        """Keeps prescriptions and plans their doses."""
        from clinic.domain.prescriptions.doses import WakingHours
        from clinic.services.prescriptions.prescribing import Prescribing
        from clinic.services.prescriptions.regimens import RegimenReader

        try:
            waking = WakingHours(*self.settings.waking_hours)
        except ValueError as error:
            raise ConfigurationError(f"{Env.WAKING_HOURS}: {error}") from None
        regimens = RegimenReader(
            self.appointments.doctors, self.settings.default_time_zone, waking, self.settings.language
        )
        return Prescribing(self._prescriptions, regimens)

    @cached_property
    def prescription_runs(self) -> "PrescriptionRuns":
        """Hands prescriptions on from run to run."""
        from clinic.services.prescriptions.prescription_runs import PrescriptionRuns

        return PrescriptionRuns(self._prescriptions, self.events, self.runs)

    @cached_property
    def _prescriptions(self) -> "Prescriptions":
        from clinic.adapters.dynamodb.prescription_store import DynamoPrescriptions

        return DynamoPrescriptions.open(self.connection, self.stored, self.settings.prescriptions_table)


def bootstrap(
    settings: Settings,
    *,
    ledger: "Ledger | None" = None,
    booking_store: BookingStore | None = None,
    directory: Directory | None = None,
    messenger: "Messenger | None" = None,
) -> Application:
    """Build the use cases for a deployment; what is passed in takes the place of an adapter."""
    connection = connect()
    stored = DynamoLedger.open(
        connection, settings.reservations_table, settings.messages_table, settings.prescriptions_table
    )
    return Application(
        settings=settings,
        connection=connection,
        stored=stored,
        booking_store=booking_store
        or DynamoBookingStore(connection, stored, settings.slots_table, settings.requests_table),
        appointments=AppointmentReader(
            Doctors(
                directory or DynamoDirectory.open(connection, settings.directory_table),
                cache(partial(open_schedules, connection, settings)),
            ),
            settings.reminder_offsets,
            settings.default_time_zone,
            settings.quiet_hours if settings.quiet_hours_for_reminders else None,
            settings.language,
        ),
        make_delivery=partial(_delivery, settings, connection, ledger or stored, messenger),
    )


def _delivery(
    settings: Settings, connection: "Connection", ledger: "Ledger", messenger: "Messenger | None"
) -> "MessageDelivery":
    # Imported here: planning, which meets most cold starts, needs neither requests nor a second AWS client.
    from clinic.adapters.alerts import LoggedAlerts
    from clinic.adapters.dynamodb.channel import DynamoChannel
    from clinic.adapters.secrets import WhatsAppSecret
    from clinic.adapters.whatsapp.messenger import WhatsAppMessenger
    from clinic.domain.messages.limits import Limit
    from clinic.services.messages.delivery import MessageDelivery
    from clinic.services.messages.gate import Gate

    channel = DynamoChannel.open(
        connection,
        settings.channel_table,
        settings.consents_table,
        Limit.per_second(settings.messages_per_second),
    )
    secret = WhatsAppSecret(settings.whatsapp_secret_name)
    return MessageDelivery(
        ledger,
        messenger
        or WhatsAppMessenger(
            settings.whatsapp_api_url,
            settings.whatsapp_phone_number_id,
            secret.access_token,
            access_token_anew=secret.access_token_anew,
        ),
        Gate(channel, LoggedAlerts(partial(open_meter, settings)), settings.quiet_hours),
        open_meter(settings),
        settings.currency,
    )
