"""What the WhatsApp simulator says of its account: the sending number and the registered templates."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from local.simulators.http import Answer, Request
from local.simulators.whatsapp_rules import RefusedError

# The account's id, made up as the number's.
BUSINESS_ACCOUNT_ID = "200000000000002"
_NODE = re.compile(r"/v\d+\.\d+/(?P<id>\d+)(?P<edge>/message_templates)?")


def account_answer(request: Request, phone_number_id: str, templates: Sequence[Mapping[str, Any]]) -> Answer:
    """Answer a GET.

    Raises:
        RefusedError: there is nothing of that id, as Meta says it.
    """
    node = _NODE.fullmatch(request.path)
    if node is not None and node["id"] == phone_number_id and node["edge"] is None:
        return Answer.of_json(
            200,
            {
                "id": phone_number_id,
                "display_phone_number": "+52 55 0000 0000",
                "verified_name": "Citas",
                "quality_rating": "GREEN",
                "code_verification_status": "VERIFIED",
            },
        )
    if node is not None and node["id"] == BUSINESS_ACCOUNT_ID and node["edge"] is not None:
        approved = [{"status": "APPROVED", **template} for template in templates]
        return Answer.of_json(200, {"data": approved, "paging": {"cursors": {"after": "MAZDZD"}}})
    raise RefusedError(100, "Unsupported get request: no such object")
