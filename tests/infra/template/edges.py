"""Every place in a synthesised template where a service comes at another, and what has to let it through.

The edges are read from the template alone: whoever adds a queue, a rule or an alarm adds its edges. A type of
resource that is not known here is an error, so that none goes unwalked.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.contracts.events.base import OWN_SOURCE
from infra.config import Stage
from tests.infra.template.policies import Policies, PolicyId, Request, Statement, policies_of
from tests.infra.template.resolved import ACCOUNT, REGION, Resolved
from tests.infra.template.synthesised import Synthesised, listed

# What comes at nothing by itself, or is looked at from the other end.
_WITHOUT_EDGES = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",  # its encryption is used by whoever reads it
    "AWS::Events::EventBusPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::SecretsManager::Secret",  # likewise
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
# From AWS's user guides, for a state machine with a role, a log group and a key of the customer's.
_LOG_DELIVERY = (
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
    "logs:DescribeLogGroups",
)
_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
_SAMPLING = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
_OF_LOGS = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")
_TO_PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey")
_TO_POLL = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# By which service a function comes at what is encrypted with the key.
_READ_THROUGH = {"AWS::DynamoDB::Table": "dynamodb", "AWS::SecretsManager::Secret": "secretsmanager"}


@dataclass(frozen=True)
class Check:
    """One policy's part in an edge.

    Attributes:
        edge: what comes at what, in words.
        policy: whose policy is asked.
        request: what has to be let through.
        has_to_allow: whether it has to be allowed there; otherwise it must not be denied.
    """

    edge: str
    policy: PolicyId
    request: Request
    has_to_allow: bool = True

    def holds(self, policies: Policies) -> bool:
        """Whether the policy lets it through."""
        decision = policies.decision(self.policy, self.request)
        return decision == "Allow" if self.has_to_allow else decision != "Deny"

    def __str__(self) -> str:
        what = f"{self.request.by} may not {self.request.action} on {self.request.on}"
        return f"{self.edge}: {what}, says the {self.policy.kind} policy of {self.policy.logical_id}"


@dataclass(frozen=True)
class Walked:
    """A stage's policies, and what each of them has to let through."""

    stage: Stage
    template: Resolved
    policies: Policies
    checks: Mapping[PolicyId, list[Check]]

    @classmethod
    def of(cls, stack: Synthesised) -> "Walked":
        """Walk a template."""
        template = Resolved(stack.template)
        policies = policies_of(template)
        checks: dict[PolicyId, list[Check]] = {}
        for check in checks_of(template, policies):
            checks.setdefault(check.policy, []).append(check)
        return cls(stack.stage, template, policies, checks)

    def misses(self, changed: PolicyId, place: int, statement: Statement | None) -> bool:
        """Whether every edge still holds with another statement, or none, in a policy's place."""
        policies = self.policies.with_statement(changed, place, statement)
        return all(check.holds(policies) for check in self.checks.get(changed, []))


def checks_of(template: Resolved, policies: Policies) -> list[Check]:
    """Everything that the policies of a template have to let through."""
    return list(_Walk(template, policies).all())


class _Walk:
    def __init__(self, template: Resolved, policies: Policies) -> None:
        self._template = template
        self._policies = policies

    def all(self) -> Iterator[Check]:
        walks = {
            "AWS::ApiGatewayV2::Route": self._route,
            "AWS::ApiGatewayV2::Stage": self._stage,
            "AWS::Budgets::Budget": self._budget,
            "AWS::CloudWatch::Alarm": self._alarm,
            "AWS::Events::EventBus": self._bus,
            "AWS::Events::Rule": self._rule,
            "AWS::Lambda::EventSourceMapping": self._mapping,
            "AWS::Lambda::Function": self._function,
            "AWS::Logs::LogGroup": self._log_group,
            "AWS::SQS::Queue": self._queue,
            "AWS::StepFunctions::StateMachine": self._machine,
        }
        unknown = self._template.types - set(walks) - _WITHOUT_EDGES
        assert unknown == set(), f"nobody walks the edges of {unknown}"
        for kind, walk in walks.items():
            for logical_id, properties in self._template.of(kind):
                yield from walk(logical_id, properties)

    # Who tells somebody

    def _alarm(self, logical_id: str, alarm: dict[str, Any]) -> Iterator[Check]:
        for kind in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            for topic in alarm.get(kind, []):
                yield from self._publish(
                    f"{alarm['AlarmName']} tells the topic ({kind})",
                    "cloudwatch.amazonaws.com",
                    topic,
                    self._template.arn(logical_id),
                )

    def _budget(self, logical_id: str, budget: dict[str, Any]) -> Iterator[Check]:
        name = budget["Budget"]["BudgetName"]
        for notification in budget["NotificationsWithSubscribers"]:
            for subscriber in notification["Subscribers"]:
                if subscriber["SubscriptionType"] == "SNS":
                    yield from self._publish(
                        f"budget {name} tells the topic",
                        "budgets.amazonaws.com",
                        subscriber["Address"],
                        f"arn:aws:budgets::{ACCOUNT}:budget/{name}",
                    )

    def _publish(self, edge: str, service: str, topic: str, source: str) -> Iterator[Check]:
        context = _from(source)
        yield self._admits(edge, service, "sns:Publish", topic, context)
        key = self._template.properties(self._template.behind(topic)).get("KmsMasterKeyId")
        if key:
            yield from self._key_admits(edge, service, _TO_PUBLISH, key, context)

    # What starts something

    def _rule(self, logical_id: str, rule: dict[str, Any]) -> Iterator[Check]:
        arn = self._template.arn(logical_id)
        for target in rule["Targets"]:
            edge = f"rule {rule['Name']} → {target['Arn'].rpartition(':')[2]}"
            yield from self._target(edge, arn, target)
            dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
            if dead_letters:
                yield from self._send(f"{edge}: its dead letters", dead_letters, arn)

    def _target(self, edge: str, rule: str, target: dict[str, Any]) -> Iterator[Check]:
        service = "events.amazonaws.com"
        kind = self._template.type_of(self._template.behind(target["Arn"]))
        if kind == "AWS::StepFunctions::StateMachine":
            role = self._template.behind(target["RoleArn"])
            yield self._takes_on(edge, service, role)
            yield from self._may(edge, role, "states:StartExecution", target["Arn"])
        elif kind == "AWS::Lambda::Function":
            yield self._admits(edge, service, "lambda:InvokeFunction", target["Arn"], _from(rule))
        elif kind == "AWS::SQS::Queue":
            yield from self._send(edge, target["Arn"], rule)
        elif kind == "AWS::SNS::Topic":
            yield from self._publish(edge, service, target["Arn"], rule)
        else:
            raise AssertionError(f"{edge}: nobody walks to {kind}")

    def _send(self, edge: str, queue: str, source: str) -> Iterator[Check]:
        service = "events.amazonaws.com"
        yield self._admits(edge, service, "sqs:SendMessage", queue, _from(source))
        key = self._template.properties(self._template.behind(queue)).get("KmsMasterKeyId")
        if key:
            # EventBridge tells the key of no source.
            yield from self._key_admits(edge, service, _TO_PUBLISH, key, {})

    def _bus(self, logical_id: str, bus: dict[str, Any]) -> Iterator[Check]:
        edge, service, arn = f"bus {bus['Name']}", "events.amazonaws.com", self._template.arn(logical_id)
        dead_letters = bus.get("DeadLetterConfig", {}).get("Arn")
        if dead_letters:
            yield from self._send(f"{edge}: its dead letters", dead_letters, arn)
        key = bus.get("KmsKeyIdentifier")
        if key:
            context = {**_from(arn), "kms:EncryptionContext:aws:events:event-bus:arn": arn}
            yield from self._key_admits(edge, service, _TO_PUBLISH, key, context)
            yield from self._key_admits(edge, service, ("kms:DescribeKey",), key, {})

    def _route(self, _: str, route: dict[str, Any]) -> Iterator[Check]:
        if "Target" not in route:  # it comes at nothing: API Gateway answers
            return
        integration = self._template.properties(route["Target"].removeprefix("integrations/"))
        method, _, path = route["RouteKey"].partition(" ")
        for _, stage in self._template.of("AWS::ApiGatewayV2::Stage"):
            if stage["ApiId"] != route["ApiId"]:
                continue
            source = (
                f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{route['ApiId']}/{stage['StageName']}/{method}{path}"
            )
            yield self._admits(
                f"route {route['RouteKey']}",
                "apigateway.amazonaws.com",
                "lambda:InvokeFunction",
                integration["IntegrationUri"],
                _from(source),
            )

    def _stage(self, _: str, stage: dict[str, Any]) -> Iterator[Check]:
        # API Gateway sets log delivery up with the rights of who deploys; the log group is walked by itself.
        self._template.behind(stage["AccessLogSettings"]["DestinationArn"])
        yield from ()

    def _machine(self, logical_id: str, machine: dict[str, Any]) -> Iterator[Check]:
        name, arn = machine["StateMachineName"], self._template.arn(logical_id)
        role = self._template.behind(machine["RoleArn"])
        yield self._takes_on(f"machine {name}", "states.amazonaws.com", role)
        for function in _called_by(machine):
            yield from self._may(f"machine {name} → its function", role, "lambda:InvokeFunction", function)
        logging = machine.get("LoggingConfiguration", {})
        for destination in logging.get("Destinations", []):
            self._template.behind(destination["CloudWatchLogsLogGroup"]["LogGroupArn"])
            for action in _LOG_DELIVERY:
                yield from self._may(f"machine {name}: its log", role, action, "*")
        if machine.get("TracingConfiguration", {}).get("Enabled"):
            for action in (*_TRACES, *_SAMPLING):
                yield from self._may(f"machine {name}: its traces", role, action, "*")
        key = machine.get("EncryptionConfiguration", {}).get("KmsKeyId")
        if key:
            context = {"kms:EncryptionContext:aws:states:stateMachineArn": arn}
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                yield from self._may(f"machine {name}: its runs", role, action, key, context)
        if key and logging.get("Destinations"):
            edge = f"machine {name}: its encrypted log"
            context = {"kms:EncryptionContext:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}
            yield from self._may(edge, role, "kms:GenerateDataKey", key, context)
            yield from self._key_admits(edge, "delivery.logs.amazonaws.com", ("kms:Decrypt",), key, {})

    def _function(self, _: str, function: dict[str, Any]) -> Iterator[Check]:
        name = function["FunctionName"]
        role = self._template.behind(function["Role"])
        yield self._takes_on(f"function {name}", "lambda.amazonaws.com", role)
        group = self._template.arn(self._template.behind(function["LoggingConfig"]["LogGroup"]))
        stream = group.removesuffix("*") + "log-stream:2026/11/30/[$LATEST]0"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield from self._may(f"function {name}: its log", role, action, stream)
        if function.get("TracingConfig", {}).get("Mode") == "Active":
            for action in _TRACES:
                yield from self._may(f"function {name}: its traces", role, action, "*")
        dead_letters = function.get("DeadLetterConfig", {}).get("TargetArn")
        if dead_letters:
            yield from self._may(f"function {name}: its dead letters", role, "sqs:SendMessage", dead_letters)
        yield from self._reached(f"function {name}", role)

    def _reached(self, edge: str, role: str) -> Iterator[Check]:
        """Beyond what a function's role allows: the key of tables and secrets, a resource's own policy."""
        for action, on in self._policies.allowed_by(PolicyId("identity", role)):
            try:
                reached = self._template.behind(on.partition("/index/")[0])
            except KeyError:  # runs, log streams, every resource
                if action == "states:GetExecutionHistory":
                    yield from self._runs_read(f"{edge} reads runs", role)
                continue
            if self._template.type_of(reached) == "AWS::KMS::Key":
                continue  # a means, not an end
            context = {"events:source": OWN_SOURCE} if action == "events:PutEvents" else {}
            yield from self._may(f"{edge} → {reached}", role, action, on, context)
            through = _READ_THROUGH.get(self._template.type_of(reached))
            key = self._template.key_of(reached)
            if through and key:
                context = {"kms:ViaService": f"{through}.{REGION}.amazonaws.com"}
                yield from self._may(f"{edge} → encrypted {reached}", role, "kms:Decrypt", key, context)

    def _runs_read(self, edge: str, role: str) -> Iterator[Check]:
        """Who reads a history asks for what a run carries, too; who only stops runs asks for their status."""
        for _, machine in self._template.of("AWS::StepFunctions::StateMachine"):
            key = machine.get("EncryptionConfiguration", {}).get("KmsKeyId")
            if key:
                through = {"kms:ViaService": f"states.{REGION}.amazonaws.com"}
                yield from self._may(edge, role, "kms:Decrypt", key, through)

    def _mapping(self, _: str, mapping: dict[str, Any]) -> Iterator[Check]:
        function = self._template.properties(self._template.behind(mapping["FunctionName"]))
        source = mapping["EventSourceArn"]
        kind = self._template.type_of(self._template.behind(source))
        assert kind == "AWS::SQS::Queue", f"nobody walks from {kind}"
        for action in _TO_POLL:
            edge = f"function {function['FunctionName']} polls its queue"
            yield from self._may(edge, self._template.behind(function["Role"]), action, source)

    def _queue(self, logical_id: str, queue: dict[str, Any]) -> Iterator[Check]:
        # SQS moves dead letters itself, unless the queue they go to names who may send it any.
        target = queue.get("RedrivePolicy", {}).get("deadLetterTargetArn")
        if target:
            allowed = self._template.properties(self._template.behind(target)).get("RedriveAllowPolicy", {})
            assert allowed.get("redrivePermission", "allowAll") == "allowAll" or self._template.arn(
                logical_id
            ) in allowed.get("sourceQueueArns", []), f"{queue['QueueName']}: its dead letters"
        yield from ()

    def _log_group(self, logical_id: str, group: dict[str, Any]) -> Iterator[Check]:
        key = group.get("KmsKeyId")
        if key:
            arn = self._template.arn(logical_id).removesuffix(":*")
            context = {"kms:EncryptionContext:aws:logs:arn": arn}
            service = f"logs.{REGION}.amazonaws.com"
            yield from self._key_admits(f"log group {group['LogGroupName']}", service, _OF_LOGS, key, context)

    # What a policy has to say

    def _takes_on(self, edge: str, service: str, role: str) -> Check:
        request = Request(service, "sts:AssumeRole", "*", {"aws:SourceAccount": ACCOUNT})
        return Check(edge, PolicyId("trust", role), request)

    def _admits(
        self, edge: str, service: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Check:
        policy = PolicyId("resource", self._template.behind(resource))
        return Check(edge, policy, Request(service, action, resource, context))

    def _key_admits(
        self, edge: str, service: str, actions: tuple[str, ...], key: str, context: Mapping[str, str]
    ) -> Iterator[Check]:
        for action in actions:
            yield self._admits(edge, service, action, key, context)

    def _may(
        self, edge: str, role: str, action: str, on: str, context: Mapping[str, str] | None = None
    ) -> Iterator[Check]:
        """A role's own policy has to allow, a resource's must not deny, and a key's has to allow as well."""
        request = Request(self._template.arn(role), action, on, context or {})
        yield Check(edge, PolicyId("identity", role), request)
        try:
            resource = PolicyId("resource", self._template.behind(on))
        except KeyError:  # a log stream, an index, every resource
            return
        is_key = self._template.type_of(resource.logical_id) == "AWS::KMS::Key"
        if is_key or resource in self._policies:
            yield Check(edge, resource, request, has_to_allow=is_key)


def _from(source: str) -> dict[str, str]:
    return {"aws:SourceArn": source, "aws:SourceAccount": ACCOUNT}


def _called_by(machine: dict[str, Any]) -> set[str]:
    """The functions that a definition's tasks call; another kind of task is an error."""
    text = machine["DefinitionString"]
    for name, value in machine["DefinitionSubstitutions"].items():
        text = text.replace(f"${{{name}}}", value)
    return set(_functions(json.loads(text)["States"]))


def _functions(states: dict[str, Any]) -> Iterator[str]:
    for state in states.values():
        if state["Type"] == "Task":
            assert state["Resource"] == "arn:aws:states:::lambda:invoke", state["Resource"]
            yield state["Arguments"]["FunctionName"]
        for inner in [*listed(state.get("Branches", [])), *listed(state.get("ItemProcessor", []))]:
            yield from _functions(inner["States"])
