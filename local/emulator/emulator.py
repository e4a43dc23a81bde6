"""The emulator as the rest of the local stack sees it."""

import functools
from collections.abc import Mapping
from typing import Any

from local.emulator import invoke, session, transport
from local.emulator import speedups as faster
from local.emulator.gate import OPEN, Credentials
from local.emulator.load import load
from local.emulator.server import Caller, Response, Server
from local.emulator.services import events, gateway, interpreter, polling, redrive, resources
from local.emulator.services import scheduled_rules as ticks
from local.emulator.session import Session
from local.schedules import ScheduledRule

_SERVICES = frozenset(
    {
        "AWS::ApiGatewayV2",
        "AWS::Budgets",
        "AWS::CloudWatch",
        "AWS::DynamoDB",
        "AWS::Events",
        "AWS::IAM",
        "AWS::KMS",
        "AWS::Lambda",
        "AWS::Logs",
        "AWS::S3",
        "AWS::SNS",
        "AWS::SQS",
        "AWS::SSM",
        "AWS::SecretsManager",
        "AWS::StepFunctions",
    }
)

# Of a known service, what this package does not hold MiniStack to.
_UNKNOWN = frozenset(
    {
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::DomainName",
    }
)


class Emulator:
    """MiniStack with its waiting, its functions and its dead letters replaced."""

    def __init__(self, port: int) -> None:
        ministack = load(port)
        interpreter.install(ministack)
        events.install(ministack)
        invoke.install(ministack)
        polling.install(ministack)
        gateway.install(ministack)
        redrive.install(ministack)
        resources.install(ministack)
        faster.install(ministack)
        transport.install(ministack)
        self._server: Server = Server(ministack)
        self._ministack = ministack

    @property
    def endpoint_url(self) -> str:
        """Where AWS clients find it."""
        return self._ministack.endpoint_url

    @property
    def log(self) -> list[str]:
        """The last warnings; they may quote events, so they are for a person who looks for a fault."""
        return [f"{record.name}: {record.getMessage()}" for record in self._ministack.log]

    def begin(self, running: Session, operator: Credentials = OPEN) -> None:
        """An empty emulator that serves ``running``, and over its port whoever has these credentials."""
        session.attach(running)
        self._server.reset()
        self._server.let_in(operator)
        self._ministack.app.AUTH = running.enforce_iam
        self._ministack.log.clear()

    def end(self) -> None:
        """Forget everything."""
        session.detach()
        self._server.reset()
        self._server.let_in(OPEN)

    def call(self, caller: Caller, service: str, target: str, body: bytes) -> Response:
        """Answer an operation of a JSON service in the calling thread, without a socket."""
        return self._server.call(caller, service, target, body)

    def local_url(self, url: str) -> str:
        """The address on this machine of an HTTP API's URL; any other text as it is."""
        return gateway.local_url(self._ministack, url)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Post to an HTTP API at its :meth:`local_url`, in the calling thread, without a socket."""
        return gateway.handle(self._server, "POST", url, headers, body)

    def scheduled_rules(self) -> list[ScheduledRule]:
        """Every enabled rule with a schedule."""

        def fire(arn: str) -> None:
            self._server.act(lambda: ticks.fire(self._ministack, arn))

        return [
            ScheduledRule(arn, expression, functools.partial(fire, arn))
            for arn, expression in ticks.scheduled(self._ministack)
        ]

    def knows_resource_type(self, name: str) -> bool:
        """Whether it makes resources of this type, of a service that is loaded."""
        service = "::".join(name.split("::")[:2])
        return (
            service in _SERVICES
            and name not in _UNKNOWN
            and name in self._ministack.provisioners._RESOURCE_HANDLERS
        )

    def role_credentials(self, config: dict[str, Any]) -> dict[str, str]:
        """Environment variables with the credentials of a function's role (the account's without IAM)."""
        credentials: dict[str, str] = self._ministack.execution_credentials(config)
        return {name: value for name, value in credentials.items() if value}

    def executions(self) -> list[dict[str, Any]]:
        """Every execution, in the order they were started."""
        return list(self._ministack.stepfunctions._executions._data.values())

    def items(self, table_name: str) -> list[dict[str, Any]]:
        """Every item of a table in DynamoDB's notation; what a Scan gives, in a hundredth of its time."""
        tables = self._ministack.dynamodb._tables._data.values()
        (table,) = (table for table in tables if table["TableName"] == table_name)
        return [dict(item) for partition in table["items"].values() for item in partition.values()]

    def item(self, table_name: str, key: dict[str, dict[str, str]]) -> dict[str, Any] | None:
        """The item of a table with this key, in DynamoDB's notation; None if there is none."""
        tables = self._ministack.dynamodb._tables._data.values()
        (table,) = (table for table in tables if table["TableName"] == table_name)
        (hashed,) = key[table["pk_name"]].values()
        (sorted_by,) = key[table["sk_name"]].values() if table["sk_name"] else ("__no_sort__",)
        item = table["items"].get(hashed, {}).get(sorted_by)
        return dict(item) if item is not None else None


# The process's one emulator, once there is one.
_emulators: list[Emulator] = []


def emulator(port: int = 0) -> Emulator:
    """The process's one emulator, on the port it was first asked for; 0: whichever it has, or a free one.

    Raises:
        PortUnavailableError: the port can't be had.
    """
    if not _emulators:
        _emulators.append(Emulator(port))
    load(port)  # refuses another port than its own
    return _emulators[0]
