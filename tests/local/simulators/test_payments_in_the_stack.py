"""The payments simulator as a part of the stack: its address, its key, its charges, its faults."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.simulators.payments import Charge
from local.stack import LocalStack, StackOptions
from tests.local.sample import START, TABLE, definition, sample_stack, task, template

PAID = Charge("ch_1", 50000, "mxn", payment_intent="pi_1")
OTHER = Charge("ch_2", 20000, "mxn")
RETRY = {
    "ErrorEquals": ["HTTPError", "ConnectionError", "ReadTimeout", "Runtime.ExitError"],
    "IntervalSeconds": 1,
    "MaxAttempts": 2,
}
REFUND = definition({"Refund": task("Refund", Retry=[RETRY], End=True)})


def _run(folder: Path, faults: dict[str, Any] | None = None, charge: str = "ch_1") -> tuple[LocalStack, Any]:
    with sample_stack(folder, REFUND, faults=faults, charges=[PAID]) as stack:
        stack.payments.pay(OTHER)
        stack.publish("sample/created", {"id": "r-17", "charge": charge})
        stack.run_until_idle()
        return stack, stack.executions()[0]


def test_a_function_refunds_at_the_address_it_is_given(tmp_path: Path) -> None:
    stack, run = _run(tmp_path)
    assert run.status == "SUCCEEDED"
    (refund,) = stack.payments.refunds
    assert (refund.refund_id, refund.charge, refund.amount, refund.at) == (
        run.output["id"],
        PAID,
        50000,
        START,
    )
    assert refund.metadata == {"reservation_id": "r-17"}
    assert stack.payments.left_of(PAID) == 0


def test_charges_can_be_added_while_it_runs(tmp_path: Path) -> None:
    stack, run = _run(tmp_path, charge="ch_2")
    assert (run.status, stack.payments.refunds[0].charge) == ("SUCCEEDED", OTHER)


def test_the_key_is_put_where_the_template_says(tmp_path: Path) -> None:
    document = template(REFUND)
    document["Resources"]["Key"] = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"Name": "citas/dev/payments", "GenerateSecretString": {}},
    }
    document["Outputs"]["PaymentsSecretName"] = {"Value": "citas/dev/payments"}
    with LocalStack(
        StackOptions(start=START, template=document, root=tmp_path, payments_key="sk_x")
    ) as stack:
        value = stack.client("secretsmanager").get_secret_value(SecretId="citas/dev/payments")
        assert json.loads(value["SecretString"]) == {"secret_key": "sk_x"}


def test_a_template_without_payments_is_deployed_all_the_same(tmp_path: Path) -> None:
    document = template(REFUND)
    del document["Parameters"]["PaymentsApiUrl"]
    del document["Resources"]["Function"]["Properties"]["Environment"]["Variables"]["PAYMENTS_API_URL"]
    with LocalStack(StackOptions(start=START, template=document, root=tmp_path)) as stack:
        assert "PaymentsSecretName" not in stack.outputs


@pytest.mark.parametrize(
    ("fault", "statuses", "refunds"),
    [
        ({"call": 1, "status": 500}, [500, 200], 1),
        ({"charge": "ch_1", "status": 503, "times": 2}, [503, 503, 200], 1),
        ({"call": 1, "code": "rate_limit"}, [429, 200], 1),
        ({"call": 1, "code": "idempotency_key_in_use"}, [409, 200], 1),
        ({"call": 1, "cut": "before"}, [None, 200], 1),
        ({"call": 1, "cut": "after"}, [None, 200], 1),
        ({"call": 1, "timeout": "before"}, [None, 200], 1),
        ({"call": 1, "timeout": "after"}, [None, 200], 1),
        ({"charge": "ch_1", "status": 500}, [500, 500, 500], 0),
        ({"charge": "ch_2", "status": 500}, [200], 1),
        ({"rate": 1.0, "status": 500, "times": 1}, [500, 200], 1),
        # A refusal is kept with the key, so the same request meets it again.
        ({"call": 1, "code": "charge_disputed"}, [400, 400, 400], 0),
    ],
    ids=str,
)
def test_a_fault_meets_the_refund_it_names(
    tmp_path: Path, fault: dict[str, Any], statuses: list[int | None], refunds: int
) -> None:
    stack, run = _run(tmp_path, {"payments": [fault]})
    assert [call.status for call in stack.payments.calls] == statuses
    assert len(stack.payments.refunds) == refunds
    assert run.status == ("SUCCEEDED" if refunds else "FAILED")
    assert stack.unused_faults() == (["payments[0]"] if fault.get("charge") == "ch_2" else [])


def test_what_was_done_before_the_connection_was_cut_is_answered_to_the_same_key(tmp_path: Path) -> None:
    stack, _ = _run(tmp_path, {"payments": [{"call": 1, "cut": "after"}]})
    assert [call.replayed for call in stack.payments.calls] == [False, True]


@pytest.mark.parametrize(("status", "left"), [("pending", 0), ("failed", 50000), ("canceled", 50000)])
def test_a_refund_that_was_taken_may_not_stand(tmp_path: Path, status: str, left: int) -> None:
    stack, run = _run(tmp_path, {"payments": [{"charge": "ch_1", "refund": status}]})
    assert (run.status, run.output["status"]) == ("SUCCEEDED", status)
    assert stack.payments.left_of(PAID) == left


@pytest.mark.parametrize(
    ("dies", "replayed"), [("before_request", [False]), ("after_request", [False, True])]
)
def test_a_process_may_die_around_a_refund(tmp_path: Path, dies: str, replayed: list[bool]) -> None:
    faults = {"lambda": [{"workflow": "sample", "step": "Refund", "dies": dies}]}
    with sample_stack(tmp_path, REFUND, faults=faults, charges=[PAID]) as stack:
        stack.publish("sample/created", {"id": "r-17", "charge": "ch_1"})
        stack.run_until_idle()
        assert [call.status for call in stack.lambda_invocations] == ["died", "succeeded"]
        assert [call.replayed for call in stack.payments.calls] == replayed
        assert len(stack.payments.refunds) == 1
        notes = {item["id"]["S"] for item in stack.client("dynamodb").scan(TableName=TABLE)["Items"]}
        assert notes == {"before-r-17", "after-r-17"}
