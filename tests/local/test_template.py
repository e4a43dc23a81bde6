"""Deployment: what the local stack does not know is an error, never left out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.stack import ROOT
from local.synthesis import SynthesisError, fingerprint, template_of
from local.template import DeploymentError, UnknownResourceError
from tests.local.sample import definition, sample_stack, task

WORK: dict[str, Any] = definition({"Work": task("Work")})


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


ODD = _resource("AWS::SQS::Queue", QueueName={"Fn::GetAtt": ["Dead", "Colour"]})


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        (_resource("AWS::Quantum::Computer"), r"Extra \(AWS::Quantum::Computer\): this type"),
        (_resource("AWS::RDS::DBInstance"), r"Extra \(AWS::RDS::DBInstance\): this type"),
        (_resource("Custom::LogRetention"), r"Extra \(Custom::LogRetention\): this type"),
        (_resource("AWS::Events::Rule", ScheduleExpression="rate(1 minutes)"), "rate says 1 minute"),
        (_resource("AWS::Events::Rule", ScheduleExpression="cron(0 0 L * ? *)"), "day: L is not known"),
        (
            _resource("AWS::Events::Rule", ScheduleExpression="rate(5 minutes)", EventBusName={"Ref": "Bus"}),
            "only on the default bus",
        ),
        (_resource("AWS::Scheduler::Schedule", ScheduleExpression="rate(5 minutes)"), "this type"),
        (
            _resource("AWS::StepFunctions::StateMachine", DefinitionS3Location={"Bucket": "b", "Key": "k"}),
            "DefinitionS3Location",
        ),
        (_resource("AWS::Lambda::EventSourceMapping", FilterCriteria={}), "FilterCriteria: not known"),
        (
            _resource(
                "AWS::Lambda::EventSourceMapping", EventSourceArn="arn:aws:kinesis:us-east-1:1:stream/x"
            ),
            "EventSourceArn: only of a queue",
        ),
        (
            _resource("AWS::StepFunctions::StateMachine", DefinitionString=json.dumps({"TimeoutSeconds": 5})),
            "TimeoutSeconds of the whole",
        ),
        (_resource("AWS::Lambda::Function", Layers=["x"]), "Layers"),
    ],
)
def test_what_the_stack_does_not_know_is_named_before_anything_is_deployed(
    tmp_path: Path, resource: dict[str, Any], problem: str
) -> None:
    stack = sample_stack(tmp_path, WORK, changes={"Extra": resource})
    with pytest.raises(UnknownResourceError, match=problem), stack:
        pass


def test_all_that_is_unknown_is_named_at_once(tmp_path: Path) -> None:
    changes = {"One": _resource("AWS::A::B"), "Two": _resource("AWS::C::D")}
    named = r"(?s)One \(AWS::A::B\).*Two \(AWS::C::D\)"
    with pytest.raises(UnknownResourceError, match=named), sample_stack(tmp_path, WORK, changes=changes):
        pass


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        (_resource("AWS::ApiGatewayV2::Api", ProtocolType="WEBSOCKET"), "ProtocolType: only HTTP"),
        (_resource("AWS::ApiGatewayV2::Api", CorsConfiguration={"AllowOrigins": ["*"]}), "CorsConfiguration"),
        (_resource("AWS::ApiGatewayV2::Integration", IntegrationType="HTTP_PROXY"), "only AWS_PROXY"),
        (_resource("AWS::ApiGatewayV2::Integration", PayloadFormatVersion="1.0"), "only 2"),
        (_resource("AWS::ApiGatewayV2::Route", AuthorizationType="JWT"), "AuthorizationType: only NONE"),
        (
            _resource("AWS::ApiGatewayV2::Route", AuthorizationType="AWS_IAM", Target="integrations/x"),
            "AuthorizationType: only NONE",
        ),
        (_resource("AWS::ApiGatewayV2::Authorizer"), "this type of resource"),
        (_resource("AWS::ApiGatewayV2::DomainName"), "this type of resource"),
        (_resource("AWS::ApiGateway::RestApi"), "this type of resource"),
    ],
)
def test_of_http_apis_only_what_is_held_to_aws_is_known(
    tmp_path: Path, resource: dict[str, Any], problem: str
) -> None:
    changes = {"Odd": resource}
    with pytest.raises(UnknownResourceError, match=problem), sample_stack(tmp_path, WORK, changes=changes):
        pass


def test_a_template_that_does_not_deploy_says_why(tmp_path: Path) -> None:
    changes = {"Odd": ODD}
    with pytest.raises(DeploymentError, match="Odd"), sample_stack(tmp_path, WORK, changes=changes):
        pass


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "Nowhere"},
        {"Fn::GetAtt": ["Nowhere", "Arn"]},
        {"Fn::Join": ["", [{"Fn::Sub": "x${Nowhere.Arn}"}]]},
    ],
)
def test_a_reference_to_nothing_is_named(tmp_path: Path, reference: dict[str, Any]) -> None:
    changes = {"Odd": _resource("AWS::SQS::Queue", QueueName=reference)}
    with (
        pytest.raises(UnknownResourceError, match="Odd: a reference to Nowhere"),
        sample_stack(tmp_path, WORK, changes=changes),
    ):
        pass


def test_a_failed_start_leaves_the_process_free_for_another(tmp_path: Path) -> None:
    broken = sample_stack(tmp_path, WORK, changes={"Odd": ODD})
    with pytest.raises(DeploymentError), broken:
        pass
    with sample_stack(tmp_path, WORK) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert stack.executions()[0].status == "SUCCEEDED"


def _app(folder: Path, text: str) -> None:
    (folder / "app.py").write_text(text)


def test_a_synthesised_template_is_kept_by_the_content_it_is_made_from(tmp_path: Path) -> None:
    made = (
        "import json, os, pathlib\n"
        "stage = json.loads(os.environ['CDK_CONTEXT_JSON'])['stage']\n"
        "pathlib.Path('runs').open('a').write('x')\n"
        "out = pathlib.Path(os.environ['CDK_OUTDIR']) / f'citas-{stage}.template.json'\n"
        "out.write_text(json.dumps({'Resources': {}, 'Description': stage}))\n"
    )
    _app(tmp_path, made)
    assert template_of(tmp_path, "dev")["Description"] == "dev"
    assert template_of(tmp_path, "dev")["Description"] == "dev"
    assert (tmp_path / "runs").read_text() == "x", "made once"
    assert template_of(tmp_path, "prod")["Description"] == "prod"
    before = fingerprint(tmp_path, "dev")
    (tmp_path / "state_machines").mkdir()
    (tmp_path / "state_machines" / "x.asl.json").write_text("{}")
    assert fingerprint(tmp_path, "dev") != before
    template_of(tmp_path, "dev")
    assert (tmp_path / "runs").read_text() == "xxx"


def test_an_app_that_fails_is_quoted(tmp_path: Path) -> None:
    _app(tmp_path, "raise SystemExit('no such stage')")
    with pytest.raises(SynthesisError, match="no such stage"):
        template_of(tmp_path, "dev")
    _app(tmp_path, "pass")
    with pytest.raises(SynthesisError, match=r"wrote no citas-dev\.template\.json"):
        template_of(tmp_path, "dev")


@pytest.mark.parametrize("damage", ["", '{"Resources": {', "{}", "[]"], ids=["empty", "cut", "{}", "[]"])
def test_a_damaged_template_in_the_cache_is_made_anew(tmp_path: Path, damage: str) -> None:
    _app(
        tmp_path,
        "import os, pathlib\n"
        "out = pathlib.Path(os.environ['CDK_OUTDIR']) / 'citas-dev.template.json'\n"
        """out.write_text('{"Resources": {"Bus": {}}}')\n""",
    )
    whole = template_of(tmp_path, "dev")
    (kept,) = tmp_path.glob(".cache/synth/*/citas-dev.template.json")
    kept.write_text(damage)
    assert template_of(tmp_path, "dev") == whole


def test_a_proxy_of_the_machine_is_not_asked_for_loopback(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    other = _in_another_process(tmp_path, {"HTTP_PROXY": nobody, "http_proxy": nobody, "ALL_PROXY": nobody})
    assert (other.stdout, other.stderr) == ("SUCCEEDED 1\n", "")


def test_two_stacks_run_side_by_side_in_two_processes(tmp_path: Path) -> None:
    with sample_stack(tmp_path, definition({"Send": task("Send")})) as stack:
        stack.publish("sample/created", {"id": "here"})
        other = _in_another_process(tmp_path, {})
        assert (other.stdout, other.stderr) == ("SUCCEEDED 1\n", "")
        stack.run_until_idle()
        assert [message.intent_id for message in stack.simulator.sent] == ["here"]


def _in_another_process(tmp_path: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "other.py"
    script.write_text(
        "import sys, pathlib\n"
        "from tests.local.sample import sample_stack, definition, task\n"
        "folder = pathlib.Path(sys.argv[1]); folder.mkdir()\n"
        "with sample_stack(folder, definition({'Send': task('Send')})) as stack:\n"
        "    stack.publish('sample/created', {'id': 'x'}); stack.run_until_idle()\n"
        "    print(stack.executions()[0].status, len(stack.simulator.sent))\n"
    )
    return subprocess.run(
        [sys.executable, str(script), str(tmp_path / "other")],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
