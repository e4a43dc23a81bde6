"""Defect 18: releasing one place of a group slot frees nobody else's."""

from functools import partial

from tests.workflows.cancelling import AN_HOUR_LATER, DONE, CancellingStack


def test_the_others_place_stays(cancelling: CancellingStack) -> None:
    cancelling.book()
    cancelling.book(reservationId="r-18", patientPhone="+52 55 0000 0002")
    cancelling.at(AN_HOUR_LATER, cancelling.cancel)
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == [DONE]
    assert cancelling.holders() == {"r-18"}
    assert cancelling.intents("r-18") == {
        "v1 confirmation": "sent",
        "v1 reminder_24h": "sent",
        "v1 reminder_2h": "sent",
    }


def test_a_place_that_somebody_took_since_stays_theirs(cancelling: CancellingStack) -> None:
    cancelling.book()
    cancelling.at(AN_HOUR_LATER, cancelling.cancel)
    for number, reservation_id in enumerate(("r-18", "r-19")):
        phone = f"+52 55 0000 001{number}"
        cancelling.at(
            AN_HOUR_LATER.replace(minute=10 + number),
            partial(cancelling.book, reservationId=reservation_id, patientPhone=phone),
        )
    cancelling.at(AN_HOUR_LATER.replace(minute=30), cancelling.cancel)
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == [DONE, {**DONE, "outcome": "already_cancelled"}]
    assert cancelling.holders() == {"r-18", "r-19"}
