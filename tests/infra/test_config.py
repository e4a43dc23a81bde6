"""A build can choose, and is told when it chooses wrongly."""

from dataclasses import replace

import pytest

from infra.config import STAGES, Architecture, BuildOptions, Bundle, Stage, UnknownOptionError


def test_without_context_dev_is_built_for_lambdas_arm_processors() -> None:
    assert BuildOptions.from_context({}) == BuildOptions(
        stage=Stage.DEV,
        bundle=Bundle.LAMBDA,
        architecture=Architecture.ARM64,
        python="3.13",
        reserved_concurrency=None,
    )


def test_context_chooses() -> None:
    options = BuildOptions.from_context(
        {
            "stage": "prod",
            "bundle": "none",
            "architecture": "x86_64",
            "python": "3.11",
            "reserved_concurrency": "off",
            "deletion_protection": "off",
            "schedules": "slot-generation=30 8 * * *;workflow-analytics=off",
        }
    )
    assert options.config == replace(
        STAGES[Stage.PROD],
        deletion_protection=False,
        schedules={"slot-generation": "30 8 * * *", "workflow-analytics": "off"},
    )
    assert options.bundle is Bundle.NONE
    assert options.architecture is Architecture.X86_64
    assert options.python == "3.11"
    assert not options.reserves_concurrency


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stage", "production"),
        ("bundle", "docker"),
        ("architecture", "arm"),
        ("python", "3.9"),
        ("python", 3.13),
        ("reserved_concurrency", "10"),
        ("deletion_protection", "no"),
        ("stage", ["dev"]),
    ],
)
def test_an_unknown_value_is_refused_with_the_allowed_ones(key: str, value: object) -> None:
    with pytest.raises(UnknownOptionError, match=f"context {key}=.* must be one of"):
        BuildOptions.from_context({key: value})


def test_every_stage_has_its_own_names() -> None:
    assert {config.stack_name for config in STAGES.values()} == {"citas-dev", "citas-prod"}
    secrets = {
        it
        for config in STAGES.values()
        for it in (
            config.whatsapp_secret_name,
            config.whatsapp_webhook_secret_name,
            config.payments_secret_name,
        )
    }
    assert len(secrets) == 3 * len(STAGES)
    assert all(stage is config.stage for stage, config in STAGES.items())


@pytest.mark.parametrize(
    ("times", "problem"),
    [
        ("nightly=off", "nightly is none of .*slot-generation"),
        ("slot-cleanup=3 in the morning", "slot-cleanup: .*five fields.* or off"),
        ("slot-cleanup=0 3 1 * 1", "slot-cleanup: .*days or weekdays"),
        ("slot-cleanup", "must be name=value"),
        ("slot-cleanup=", "must be name=value"),
    ],
)
def test_a_schedule_that_is_not_known_or_no_time_is_refused(times: str, problem: str) -> None:
    with pytest.raises(UnknownOptionError, match=problem):
        BuildOptions.from_context({"schedules": times}).config  # noqa: B018 - read for its error
