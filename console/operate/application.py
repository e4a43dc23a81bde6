"""The use cases of a deployed stage, run here with the operator's own rights."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clinic.contracts.workflows import WORKFLOW_HEALTH
from clinic.domain.errors import CitasError, ConfigurationError
from console.operate.stage import Stage
from console.terminal.errors import StageError

if TYPE_CHECKING:
    from clinic.bootstrap.application import Application


@contextmanager
def application_of(stage: Stage) -> Iterator["Application"]:
    """The stage's use cases. They know the stage by what its health check's function is told of it.

    Raises:
        StageError: inside, too: the stage is not there, or something of it did not answer.
    """
    variables = _function_variables(stage)
    with _environment(_of_operator(stage)):
        from clinic.bootstrap.application import bootstrap
        from clinic.contracts.settings import Settings

        try:
            with stage.asking():
                yield bootstrap(Settings.from_environment(variables))
        except ConfigurationError as error:
            raise StageError(f"{stage.name}: another version of Citas is deployed there: {error}") from error
        except CitasError as error:
            raise StageError(f"{stage.name}: {type(error).__name__}: {error}") from error


def _function_variables(stage: Stage) -> Mapping[str, str]:
    client = stage.client("lambda")
    with stage.asking():
        found = client.get_function_configuration(FunctionName=stage.named(WORKFLOW_HEALTH.name))
    variables: Mapping[str, str] = found.get("Environment", {}).get("Variables", {})
    return variables


def _of_operator(stage: Stage) -> dict[str, str]:
    """What leads botocore to the stage; the adapters make their own sessions and take it from there."""
    choice, own = stage.choice, stage.of_own_dev
    chosen = {
        "AWS_ACCESS_KEY_ID": own.get("AWS_ACCESS_KEY_ID"),
        "AWS_SECRET_ACCESS_KEY": own.get("AWS_SECRET_ACCESS_KEY"),
        "AWS_PROFILE": choice.profile,
        "AWS_REGION": choice.region or own.get("AWS_DEFAULT_REGION"),
        "AWS_DEFAULT_REGION": choice.region or own.get("AWS_DEFAULT_REGION"),
        "AWS_ENDPOINT_URL": choice.endpoint_url,
    }
    return {name: value for name, value in chosen.items() if value is not None}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
