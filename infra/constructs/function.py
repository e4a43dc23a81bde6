"""A Lambda function with a role and a log group of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from clinic.contracts.endpoints import Endpoint
from clinic.contracts.environment import Env
from clinic.contracts.listeners import Listener
from clinic.contracts.workflows import Workflow
from infra.config import PYTHONS, Architecture, BuildOptions
from infra.constructs.bus import Bus
from infra.constructs.key import DataKey
from infra.constructs.logs import log_group
from infra.nag import accept, accept_inline_policy

TIMEOUT = Duration.seconds(30)
_ARCHITECTURES = {
    Architecture.ARM64: lambda_.Architecture.ARM_64,
    Architecture.X86_64: lambda_.Architecture.X86_64,
}


@dataclass(frozen=True)
class FunctionDefaults:
    """What all functions of a stage share."""

    options: BuildOptions
    code: lambda_.Code
    key: DataKey
    bus: Bus
    environment: Mapping[Env, str]


@dataclass(frozen=True)
class Purpose:
    """What a function is for, in words.

    Attributes:
        role: what its role is for.
        function: what it does.
        no_dead_letters: why it needs no dead-letter queue: who calls it and waits for the answer. None: it
            has one.
    """

    role: str
    function: str
    no_dead_letters: str | None


@dataclass(frozen=True)
class OwnFunction:
    """A function and the role that it alone has."""

    function: lambda_.Function
    role: iam.Role


def own_function(
    scope: Construct,
    *,
    serves: Workflow | Endpoint | Listener,
    purpose: Purpose,
    within: FunctionDefaults,
    permissions: Sequence[iam.PolicyStatement],
    dead_letters: sqs.IQueue | None = None,
) -> OwnFunction:
    """A function whose role allows just what it is given, and to write its logs.

    Args:
        serves: what calls it; names the function, its handler and its concurrency.
        purpose: what it is for.
        within: what it shares with the others.
        permissions: what it may do beyond writing its logs.
        dead_letters: where an event goes that it could not handle; for one that nobody waits for.
    """
    options = within.options
    name = options.config.named(serves)
    role = iam.Role(
        scope,
        "FunctionRole",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=f"{name}: {purpose.role}",
    )
    logs = log_group(
        scope,
        "FunctionLogs",
        name=f"/aws/lambda/{name}",
        config=options.config,
        key=within.key.key,
    )
    logs.grant_write(role)
    for permission in permissions:
        role.add_to_policy(permission)
    function = lambda_.Function(
        scope,
        "Function",
        function_name=name,
        description=f"{serves.title}: {purpose.function}",
        handler=serves.handler,
        code=within.code,
        runtime=lambda_.Runtime(f"python{options.python}", lambda_.RuntimeFamily.PYTHON),
        architecture=_ARCHITECTURES[options.architecture],
        memory_size=512,
        timeout=TIMEOUT,
        role=role,
        log_group=logs,
        reserved_concurrent_executions=serves.concurrency if options.reserves_concurrency else None,
        dead_letter_queue=dead_letters,
        environment={
            **{str(variable): value for variable, value in within.environment.items()},
            Env.SERVICE_NAME: serves.name,
        },
    )
    _accept(function, role, purpose, options)
    return OwnFunction(function, role)


def _accept(function: lambda_.Function, role: iam.Role, purpose: Purpose, options: BuildOptions) -> None:
    accept_inline_policy(role)
    if options.python != PYTHONS[-1]:
        accept(
            function,
            "AwsSolutions-L1",
            "The runtime is a Python that the tests run on and Lambda supports, though not its newest.",
        )
    if purpose.no_dead_letters is not None:
        accept(
            function,
            "HIPAA.Security-LambdaDLQ",
            f"{purpose.no_dead_letters} A dead-letter queue is for asynchronous calls.",
        )
    accept(
        function,
        "HIPAA.Security-LambdaInsideVPC",
        "It talks to public endpoints, of AWS and of others, and to nothing inside a network. A VPC "
        "would add a NAT gateway between it and the internet and protect nothing.",
    )
    if not options.reserves_concurrency:
        accept(
            function,
            "HIPAA.Security-LambdaConcurrency",
            "Switched off on purpose, for accounts whose limit leaves nothing to reserve.",
        )
