"""Webhooks late, twice, lost, forged and out of order; messages that fail later, and readers."""

from pathlib import Path
from typing import Any

import pytest

from local.faults.plan import FaultPlan, FaultPlanError
from tests.local.sample import START
from tests.local.simulators.webhook_sample import told, values, webhook_stack

CALM = [(1, "a", "sent"), (1, "b", "sent"), (4, "a", "delivered"), (4, "b", "delivered")]


def _told(folder: Path, **faults: Any) -> list[tuple[float, str, str]]:
    with webhook_stack(folder, faults=faults) as stack:
        for name in "ab":
            stack.publish("sample/created", {"id": name})
        stack.run_until_idle()
        assert stack.unused_faults() == []
        return told(stack)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"intent": "a", "status": "sent", "late": "10m"}, [*CALM[1:], (601, "a", "sent")]),
        ({"intent": "a", "late": "2s"}, [CALM[1], (3, "a", "sent"), CALM[3], (6, "a", "delivered")]),
        ({"status": "delivered", "delivered": 2}, [*CALM, (5, "a", "delivered")]),
        (
            {"status": "delivered", "call": 2, "delivered": 3},
            [*CALM, (5, "b", "delivered"), (6, "b", "delivered")],
        ),
        ({"to": "+52 55 0000-0001", "lost": True}, []),
        ({"intent": "b", "status": "delivered", "lost": True}, CALM[:3]),
        ({"lost": True, "times": 3}, CALM[3:]),
        ({"rate": 1.0, "status": "sent", "lost": True}, CALM[2:]),
        (
            {"intent": "a", "status": "delivered", "first": True},
            [CALM[1], *CALM[2:], (5, "a", "sent")],
        ),
    ],
)
def test_a_rule_acts_on_the_statuses_it_names(tmp_path: Path, rule: dict[str, Any], expected: Any) -> None:
    assert _told(tmp_path, webhooks=[rule]) == expected


def test_a_late_status_tells_when_it_was_true(tmp_path: Path) -> None:
    faults = {"webhooks": [{"status": "sent", "late": "10m"}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        stack.publish("sample/created", {"id": "a"})
        stack.run_until_idle()
        stamps = [
            int(value["statuses"][0]["timestamp"]) - int(START.timestamp()) for _, value in values(stack)
        ]
        assert stamps == [4, 1]


def test_a_forged_status_comes_with_a_wrong_signature_once_and_no_other(tmp_path: Path) -> None:
    faults = {"webhooks": [{"intent": "a", "status": "delivered", "forged": True}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        for name in "ab":
            stack.publish("sample/created", {"id": name})
        stack.run_until_idle()
        assert told(stack) == [CALM[0], CALM[1], CALM[3]]
        assert [(call.status, call.statuses, call.forged) for call in stack.simulator.webhooks] == [
            (200, 2, False),
            (401, 1, True),
            (200, 1, False),
        ]


def test_a_message_can_be_taken_and_fail_later(tmp_path: Path) -> None:
    faults = {"whatsapp": [{"intent": "a", "later": 131026}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        stack.publish("sample/created", {"id": "a"})
        stack.run_until_idle()
        assert stack.executions()[0].status == "SUCCEEDED", "the request was answered 200"
        assert told(stack) == [(2, "a", "failed")]
        ((_, value),) = values(stack)
        (status,) = value["statuses"]
        assert set(status) == {
            "id",
            "status",
            "timestamp",
            "recipient_id",
            "biz_opaque_callback_data",
            "errors",
        }
        (error,) = status["errors"]
        assert (error["code"], error["title"]) == (131026, "Message undeliverable")
        assert set(error) == {"code", "title", "message", "error_data", "href"}
        assert "contacts" not in value, "of somebody who is not on WhatsApp nothing is known"


def test_a_message_is_read_where_the_plan_says_so(tmp_path: Path) -> None:
    assert _told(tmp_path, whatsapp=[{"to": "+525500000001", "reads": "5m"}]) == [
        *CALM,
        (304, "a", "read"),
        (304, "b", "read"),
    ]


def test_a_rule_of_one_message_counts_by_itself(tmp_path: Path) -> None:
    rules = [{"call": 3, "late": "1m"}, {"call": 4, "lost": True}, {"intent": "b", "late": "2m"}]
    assert _told(tmp_path, webhooks=rules) == [CALM[0], CALM[2], (61, "b", "sent")]


def test_the_section_is_read_and_unused_rules_are_named() -> None:
    plan = FaultPlan.parse({"webhooks": [{"late": "1s"}, {"to": "+525500000009", "lost": True}]})
    assert plan.for_webhook("525500000001", None, "sent") is not None
    assert plan.unused() == ["webhooks[1]"]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"webhooks": [{"to": "+525500000001"}]}, r"webhooks\.0: .*say late, delivered \(2 or more\), lost"),
        ({"webhooks": [{"lost": True, "late": "1s"}]}, r"webhooks\.0: .*say lost alone"),
        ({"webhooks": [{"status": "seen", "lost": True}]}, r"webhooks\.0\.status: .*'sent', 'delivered'"),
        ({"webhooks": [{"late": "soon"}]}, r"webhooks\.0\.late: .*no length of time"),
        ({"webhooks": [{"delivered": 0}]}, r"webhooks\.0\.delivered"),
        ({"webhooks": [{"rate": 0, "lost": True}]}, r"webhooks\.0\.rate"),
        ({"webhooks": [{"lost": "yes"}]}, r"webhooks\.0\.lost"),
        ({"webhooks": [{"laat": "1s"}]}, r"webhooks\.0\.laat"),
        (
            {"whatsapp": [{"later": 131026, "code": 4}]},
            "exactly one of status, code, cut, timeout, later and reads",
        ),
        ({"whatsapp": [{"reads": True}]}, r"whatsapp\.0\.reads: .*no length of time"),
        ({"whatsapp": [{"later": "131026x"}]}, r"whatsapp\.0\.later"),
    ],
)
def test_a_wrong_rule_is_refused_by_the_fields_name(rule: dict[str, Any], problem: str) -> None:
    with pytest.raises(FaultPlanError, match=problem):
        FaultPlan.parse(rule)
