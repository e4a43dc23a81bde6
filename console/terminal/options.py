"""Options that several commands share; nothing that takes long to load."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

if TYPE_CHECKING:
    from console.operate.stage import StageChoice

StageName: TypeAlias = Literal["dev", "prod"]

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
StageOption = Annotated[StageName, typer.Option("--stage", help="The deployed stage to ask.")]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="A profile of the AWS configuration.")
]
RegionOption = Annotated[
    str | None, typer.Option("--region", metavar="REGION", help="The stage's AWS region; default: yours.")
]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint-url", metavar="URL", help="In place of AWS, such as a local stack's address."),
]


def _stage_options(
    *,
    stage: StageOption = "dev",
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
) -> "StageChoice":
    from console.operate.stage import StageChoice  # `citas --help` needs none of it

    return StageChoice(stage, profile, region, endpoint_url)


# The names of what chooses a stage, as a command's parameters.
STAGE_OPTIONS = tuple(inspect.signature(_stage_options).parameters)


def on_a_stage(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes a `StageChoice` as ``choice``, and on the command line what chooses it."""

    @functools.wraps(command)
    def with_options(**values: Any) -> None:
        chosen = {name: values.pop(name) for name in inspect.signature(_stage_options).parameters}
        command(choice=_stage_options(**chosen), **values)

    own = inspect.signature(command)
    options = inspect.signature(_stage_options).parameters.values()
    parameters = [parameter for parameter in own.parameters.values() if parameter.name != "choice"]
    # What typer reads a command's options from.
    signature = own.replace(parameters=[*parameters, *options])
    with_options.__signature__ = signature  # type: ignore[attr-defined]  # functions may have it, unknown to typeshed
    with_options.__annotations__ = {it.name: it.annotation for it in [*parameters, *options]}
    return with_options
