"""Between requests and their rows, in both directions."""

from clinic.adapters.dynamodb.request_models import RequestModel
from clinic.adapters.dynamodb.rows import details_from_row, details_to_row
from clinic.domain.requests.request import RequestStatus, ReservationRequest


def request_to_row(model: type[RequestModel], request: ReservationRequest) -> RequestModel:
    """The row of a request; only a pending one is in the index of open ones."""
    return model(
        **details_to_row(request.details),
        request_id=request.request_id,
        status=request.status.value,
        expires_at=request.expires_at,
        open_profile=request.details.profile_id if request.is_pending else None,
        doctor_phone=request.doctor_phone,
        run=request.run,
        closed_because=request.closed_because,
        closed_by=request.closed_by,
        answer_id=request.answer_id,
        created_at=request.created_at,
        updated_at=request.updated_at,
    )


def request_from_row(row: RequestModel) -> ReservationRequest:
    """The request in a row."""
    return ReservationRequest(
        request_id=row.request_id,
        details=details_from_row(row),
        doctor_phone=row.doctor_phone,
        expires_at=row.expires_at,
        status=RequestStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        run=row.run,
        closed_because=row.closed_because,
        closed_by=row.closed_by,
        answer_id=row.answer_id,
    )
