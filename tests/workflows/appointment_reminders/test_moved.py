"""A newer event with another time: the old messages are superseded, new ones sent."""

from datetime import timedelta
from functools import partial

from clinic.domain.instants import to_text
from tests.fakes.examples import IN_NINE_DAYS, NOW, detail
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

LATER = IN_NINE_DAYS + timedelta(days=2)


def test_the_old_reminders_are_superseded_and_the_new_ones_sent(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.at(NOW + timedelta(days=1), lambda: clinic.publish(appointmentTime=to_text(LATER)))
    clinic.stack.run_until_idle()
    assert clinic.intents() == {
        "v1 confirmation": "sent",
        "v1 reminder_24h": "superseded",
        "v1 reminder_2h": "superseded",
        "v2 confirmation": "sent",
        "v2 reminder_24h": "sent",
        "v2 reminder_2h": "sent",
    }
    assert clinic.sent() == [
        ("appointment_confirmed", NOW),
        ("appointment_confirmed", NOW + timedelta(days=1)),
        ("appointment_reminder_24h", LATER - timedelta(hours=24)),
        ("appointment_reminder_2h", LATER - timedelta(hours=2)),
    ]
    assert clinic.statuses() == ["SUCCEEDED", "SUCCEEDED"]


def test_moved_to_an_earlier_time(clinic: ClinicStack) -> None:
    sooner = NOW + timedelta(days=3)
    clinic.publish()
    clinic.at(NOW + timedelta(days=1), lambda: clinic.publish(appointmentTime=to_text(sooner)))
    clinic.stack.run_until_idle()
    assert [at for _, at in clinic.sent()] == [
        NOW,
        NOW + timedelta(days=1),
        sooner - timedelta(hours=24),
        sooner - timedelta(hours=2),
    ]


def test_an_older_event_that_comes_late_changes_nothing() -> None:
    with clinic_stack(faults={"events": [{"line": 1, "late": "3h"}]}) as clinic:
        publish = partial(clinic.stack.publish, "appointment/created")
        publish(detail(), line=1)
        clinic.at(
            NOW + timedelta(hours=1),
            lambda: clinic.stack.publish(
                "appointment/created", detail(appointmentTime=to_text(LATER)), line=2
            ),
        )
        clinic.stack.run_until_idle()
        assert [at for _, at in clinic.sent()] == [
            NOW + timedelta(hours=1),
            LATER - timedelta(hours=24),
            LATER - timedelta(hours=2),
        ]
        outcomes = {run.output["outcome"] for run in clinic.stack.executions()}
        assert outcomes == {"planned", "stale_event"}
