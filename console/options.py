"""Options that several commands share; nothing that takes long to load."""

from typing import Annotated, Literal, TypeAlias

import typer

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
