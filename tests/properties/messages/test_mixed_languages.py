"""Whoever says what in which order: each person is sent texts of their own language alone."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.errors import PermanentError
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentStatus, reservation_subject
from clinic.templates.catalogue import CATALOGUE, phrases_in
from clinic.templates.language import Phrases
from tests.fakes.appointments.cancellations import CancellationBench, cancelled
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.stores.booking_store import MemoryBookingStore

PEOPLE = {f"r-{number}": f"+52550000000{number}" for number in (1, 2, 3)}
TAGS: Mapping[str | None, str | None] = {None: None, "": None, "es-MX": "es_MX", "EN_us": "en_US"}
GREETINGS = {"es_MX": "Hola, Paciente Ejemplo.", "en_US": "Hello, Paciente Ejemplo."}
# Whole sentences that only one language has.
PHRASES = {
    code: [
        text
        for row in fields(Phrases)
        if isinstance(text := getattr(phrases_in(code), row.name), str) and len(text) > 10 and "{" not in text
    ]
    for code in ("es_MX", "en_US")
}

steps = st.tuples(
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(["book", "correct", "move", "cancel"]),
    st.sampled_from(list(TAGS)),
)


@dataclass
class People:
    """The use cases on records in memory, and what each person has last been said to read."""

    clinics: str
    named: dict[str, str] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        store = MemoryBookingStore()
        self.bench = CancellationBench(store, store.ledger)
        reader = self.bench.planning.appointments
        self.bench.planning = replace(
            self.bench.planning, appointments=replace(reader, default_language=self.clinics)
        )

    def take(self, reservation_id: str, what: str, tag: str | None) -> None:
        number = next(self.numbers)
        at = NOW + timedelta(minutes=number)
        before = self.bench.booking_store.reservation(reservation_id)
        if what == "cancel":
            self.bench.cancelling.cancel(cancelled(f"c-{number}", at, reservationId=reservation_id), at)
            return
        changes = {
            "reservationId": reservation_id,
            "patientPhone": PEOPLE[reservation_id],
            "language": tag,
            "serviceName": "Ultrasonido" if what == "correct" else "Consulta general",
        }
        if what == "move":
            changes["appointmentTime"] = to_text(IN_NINE_DAYS + timedelta(hours=number))
        self.bench.planning.plan(event(f"e-{number}", at, **changes), RUN, at)
        language = TAGS[tag]
        if language is not None and (before is None or before.status.is_active or before.is_placeholder):
            self.named[reservation_id] = language

    def send(self, reservation_id: str, at: datetime) -> None:
        """Have all leave that are due."""
        for intent in self.bench.booking_store.intents(reservation_subject(reservation_id)):
            if intent.status is IntentStatus.PLANNED and intent.due_at <= at < intent.useful_until:
                self.bench.delivery.deliver(intent.id, at, f"{intent.id} {at}")
                (message,) = self.bench.messenger.accepted
                self.bench.messenger.accepted.clear()
                assert message.language == self.named.get(reservation_id, self.clinics)
                text = CATALOGUE[message.name, message.language].render(message.values)
                others = ({"es_MX", "en_US"} - {message.language}).pop()
                assert text.startswith(GREETINGS[message.language])
                assert not any(phrase in text for phrase in PHRASES[others])


@given(clinics=st.sampled_from(["es_MX", "en_US"]), said=st.lists(steps, max_size=12))
def test_each_person_is_sent_texts_of_their_language_alone(
    clinics: str, said: list[tuple[str, str, str | None]]
) -> None:
    people = People(clinics)
    for reservation_id, what, tag in said:
        with suppress(PermanentError):  # nobody has booked it, or it is over
            people.take(reservation_id, what, tag)
        people.send(reservation_id, NOW + timedelta(hours=1))
    for reservation_id in PEOPLE:
        found = people.bench.booking_store.intents(reservation_subject(reservation_id))
        for due_at in sorted({intent.due_at for intent in found}):
            people.send(reservation_id, due_at)
