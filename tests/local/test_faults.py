"""The fault plan: what it accepts, and how its rules count."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.faults.plan import FaultPlan, FaultPlanError


def _hits(rule: dict[str, Any], count: int, to: str = "+525500000001", seed: int = 0) -> list[bool]:
    plan = FaultPlan.parse({"whatsapp": [rule], "seed": seed})
    return [plan.for_message(to, "intent") is not None for _ in range(count)]


def test_a_process_may_die_by_chance() -> None:
    plan = FaultPlan.parse({"lambda": [{"workflow": "sample", "dies": "before", "rate": 0.5}], "seed": 1})
    hits = [plan.for_invocation("citas-dev-sample", "Step") is not None for _ in range(200)]
    assert 70 < sum(hits) < 130


def test_the_documented_plan_is_read() -> None:
    plan = FaultPlan.parse(
        {
            "whatsapp": [
                {"call": 3, "status": 500},
                {"to": "+525500000001", "code": 131026},
                {"intent": "reservation#r-17#v000001#reminder_24h", "code": 131016, "times": 2},
                {"rate": 0.02, "code": 131016},
            ],
            "lambda": [
                {"workflow": "appointment-reminders", "step": "SendReminder", "call": 1, "dies": "after"}
            ],
            "events": [{"line": 2, "delivered": 2}, {"line": 3, "late": "3h"}],
            "seed": 7,
        }
    )
    assert len(plan.whatsapp) == 4
    assert plan.for_event(3) is not None
    assert plan.events[1].late == timedelta(hours=3)
    assert plan.for_event(1) is None
    assert plan.for_event(None) is None


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"whatsap": []}, "whatsap"),
        ({"whatsapp": [{"cal": 3, "status": 500}]}, r"whatsapp\.0\.cal"),
        ({"whatsapp": [{"call": 0, "status": 500}]}, r"whatsapp\.0\.call"),
        ({"whatsapp": [{"status": 200}]}, r"whatsapp\.0\.status"),
        ({"whatsapp": [{"rate": 1.5, "code": 1}]}, r"whatsapp\.0\.rate"),
        ({"whatsapp": [{"call": 1}]}, "exactly one of status, code, cut, timeout, later and reads"),
        ({"whatsapp": [{"code": 1, "cut": "before"}]}, "exactly one of"),
        ({"payments": [{"call": 1}]}, "exactly one of status, code, cut, timeout and refund"),
        ({"payments": [{"status": 500, "refund": "failed"}]}, "exactly one of"),
        ({"payments": [{"code": 131026}]}, r"payments\.0\.code"),
        ({"payments": [{"refund": "succeeded"}]}, r"payments\.0\.refund"),
        ({"payments": [{"to": "x", "status": 500}]}, r"payments\.0\.to"),
        ({"lambda": [{"workflow": "x", "dies": "slowly"}]}, r"lambda\.0\.dies"),
        ({"lambda": [{"dies": "before"}]}, r"lambda\.0\.workflow"),
        ({"events": [{"line": 1}]}, "delivered"),
        ({"events": [{"line": 1, "late": "soon"}]}, r"events\.0\.late.*no length of time"),
        ({"events": [{"line": 1, "late": -5}]}, r"events\.0\.late.*no length of time"),
        ({"events": [{"line": 1, "late": "367d"}]}, r"events\.0\.late.*at most 366 days"),
        ({"events": [{"line": 1, "late": "99999999999d"}]}, r"events\.0\.late.*at most 366 days"),
        ([], "the plan"),
    ],
)
def test_a_wrong_plan_is_refused_by_the_fields_name(plan: Any, field: str) -> None:
    with pytest.raises(FaultPlanError, match=field):
        FaultPlan.parse(plan)


def test_a_file_that_is_no_json_is_refused_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('{\n"whatsapp": [,]\n}')
    with pytest.raises(FaultPlanError, match="line 2 is not JSON"):
        FaultPlan.read(tmp_path / "faults.json")
    (tmp_path / "faults.json").write_text(json.dumps({"seed": 3}))
    assert FaultPlan.read(tmp_path / "faults.json").seed == 3


def test_a_rule_for_a_call_acts_once_from_that_call_on() -> None:
    assert _hits({"call": 3, "status": 500}, 5) == [False, False, True, False, False]
    assert _hits({"call": 2, "times": 2, "status": 500}, 5) == [False, True, True, False, False]
    assert _hits({"status": 500}, 3) == [True, False, False]


def test_a_rule_for_a_number_acts_on_every_message_to_it_however_it_is_written() -> None:
    assert _hits({"to": "+52 55 0000-0001", "code": 131026}, 3) == [True, True, True]
    assert _hits({"to": "+525500000002", "code": 131026}, 2) == [False, False]
    assert _hits({"to": "+525500000001", "code": 131026, "times": 1}, 3) == [True, False, False]


def test_a_rate_is_drawn_from_the_seed() -> None:
    hits = _hits({"rate": 0.5, "code": 131016}, 200, seed=1)
    assert hits == _hits({"rate": 0.5, "code": 131016}, 200, seed=1)
    assert hits != _hits({"rate": 0.5, "code": 131016}, 200, seed=2)
    assert 60 < sum(hits) < 140


def test_a_used_plan_can_be_had_fresh() -> None:
    plan = FaultPlan.parse({"whatsapp": [{"call": 1, "status": 500}], "seed": 4})
    assert plan.for_message("1", None) is not None
    assert plan.for_message("1", None) is None
    assert plan.fresh().for_message("1", None) is not None


def test_a_rule_for_a_charge_acts_on_every_refund_of_it() -> None:
    plan = FaultPlan.parse({"payments": [{"charge": "ch_1", "code": "charge_disputed"}]})
    assert [bool(plan.for_refund(charge)) for charge in ("ch_1", "ch_2", "ch_1")] == [True, False, True]


def test_a_functions_workflow_is_its_name_without_the_stage() -> None:
    plan = FaultPlan.parse({"lambda": [{"workflow": "sample", "dies": "before", "times": 9}]})
    assert plan.for_invocation("citas-dev-sample", "Any") is not None
    assert plan.for_invocation("sample", None) is not None
    assert plan.for_invocation("citas-dev-other", "Any") is None


def test_a_death_around_a_request_waits_for_a_call_that_makes_one() -> None:
    plan = FaultPlan.parse({"lambda": [{"workflow": "sample", "dies": "after_request"}]})
    assert plan.for_invocation("sample", "Plan") is None
    assert plan.for_request("sample", "Send") is not None
    assert plan.for_request("sample", "Send") is None


def test_rules_that_never_acted_are_named_by_their_places() -> None:
    plan = FaultPlan.parse(
        {
            "whatsapp": [{"code": 4}, {"to": "+525500000009", "code": 4}],
            "payments": [{"charge": "ch_1", "status": 500}],
            "lambda": [{"workflow": "sample", "dies": "after"}, {"workflow": "simple", "dies": "after"}],
            "events": [{"line": 1, "delivered": 2}, {"line": 9, "delivered": 2}],
        }
    )
    plan.for_message("+525500000001", None)
    plan.for_invocation("sample", "Any")
    plan.for_event(1)
    assert plan.unused() == ["whatsapp[1]", "payments[0]", "lambda[1]", "events[1]"]
