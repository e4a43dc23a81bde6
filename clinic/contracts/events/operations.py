"""The event that Step Functions puts on the account's default bus when a run's status changes.

The shape is AWS's ("Step Functions Execution Status Change"): instants are milliseconds since 1970, and of a
run whose data is too long, or encrypted with a customer's key, input, error and cause may be left out.
"""

from typing import Any, ClassVar, Self

from pydantic import Field

from clinic.contracts.events.base import BusEvent, EventModel
from clinic.contracts.validation import parse_event
from clinic.domain.errors import InvalidEventError
from clinic.domain.operations.runs import RunStatus

SOURCE = "aws.states"


class ExecutionStatusChange(BusEvent):
    """The detail of such an event, as far as it is of use.

    Attributes:
        start_date, stop_date: in milliseconds since 1970.
        input: JSON text. It may hold a patient's data, as `cause` may.
    """

    detail_type: ClassVar[str] = "Step Functions Execution Status Change"

    execution_arn: str
    state_machine_arn: str
    name: str
    status: RunStatus
    start_date: int
    stop_date: int | None = None
    input: str | None = None
    error: str | None = None
    cause: str | None = None
    redrive_count: int | None = None

    @classmethod
    def parse(cls, payload: Any) -> Self:
        """Read the event as EventBridge hands it to a function.

        Raises:
            InvalidEventError: a field is missing or wrong; the message names it.
        """
        event = parse_event(_Event, payload, "the status change")
        if event.detail_type != cls.detail_type:
            raise InvalidEventError(
                f"the status change is not valid: detail-type: expected {cls.detail_type}"
            )
        return parse_event(cls, event.detail, cls.detail_type)


class _Event(EventModel):
    detail_type: str = Field(alias="detail-type")
    detail: dict[str, Any]
