"""Right instants and local texts in every zone, on the days clocks change, wherever the machine stands."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from clinic.domain.instants import from_text
from tests.workflows.clinic_stack import clinic_stack


@pytest.fixture(params=["UTC", "Asia/Kathmandu", "America/Tijuana"])
def _machine_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The machine's own zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("visit", "zone", "day", "clock"),
    [
        # Tijuana changes its clocks on 14 March and 7 November 2027 at 02:00, as the United States do.
        ("2027-03-14T17:00:00Z", "America/Tijuana", "domingo, 14 de marzo de 2027", "10:00 a.m."),
        ("2027-03-13T18:00:00Z", "America/Tijuana", "sábado, 13 de marzo de 2027", "10:00 a.m."),
        ("2027-11-07T18:00:00Z", "America/Tijuana", "domingo, 7 de noviembre de 2027", "10:00 a.m."),
        ("2027-11-06T17:00:00Z", "America/Tijuana", "sábado, 6 de noviembre de 2027", "10:00 a.m."),
        ("2026-12-01T02:00:00Z", "America/Mexico_City", "lunes, 30 de noviembre de 2026", "8:00 p.m."),
        ("2026-12-01T02:00:00Z", "Asia/Kathmandu", "martes, 1 de diciembre de 2026", "7:45 a.m."),
    ],
)
def test_instants_are_elapsed_time_and_texts_are_local(visit: str, zone: str, day: str, clock: str) -> None:
    begins = from_text(visit)
    booked = begins - timedelta(days=3)
    with clinic_stack(booked) as clinic:
        clinic.publish(appointmentTime=visit, timezone=zone)
        clinic.stack.run_until_idle()
        assert [at for _, at in clinic.sent()] == [
            booked,
            begins - timedelta(hours=24),
            begins - timedelta(hours=2),
        ]
        for message in clinic.messages:
            assert message.parameters["appointment_time"] == clock
            assert message.parameters.get("appointment_date", day) == day


@pytest.mark.usefixtures("_machine_zone")
def test_the_machines_zone_makes_no_difference() -> None:
    visit = datetime(2027, 3, 14, 17, tzinfo=UTC)
    with clinic_stack(visit - timedelta(days=2)) as clinic:
        clinic.publish(appointmentTime="2027-03-14T10:00:00-07:00", timezone="America/Tijuana")
        clinic.stack.run_until_idle()
        assert [at for _, at in clinic.sent()][1:] == [
            visit - timedelta(hours=24),
            visit - timedelta(hours=2),
        ]
        assert clinic.messages[0].parameters["appointment_time"] == "10:00 a.m."
        assert clinic.messages[0].parameters["appointment_date"] == "domingo, 14 de marzo de 2027"
