"""Every command that prints a table: ids are whole at any width, and no text from outside is markup."""

from contextlib import nullcontext
from datetime import date, datetime, timedelta

import pytest

from clinic.adapters.dynamodb.base import bind, connect
from clinic.adapters.dynamodb.messages.intents import IntentModel, intent_to_row
from clinic.domain.messages.intent import IntentId
from clinic.domain.operations.run_figures import RunFigures, figures_of
from clinic.domain.operations.runs import Run, RunStatus
from clinic.services.operations.analytics import Analytics, DayFigures
from clinic.services.operations.health import Health
from clinic.services.operations.run_retrying import RetryOutcome, RetryResult, Way
from tests.console.account import NOW, REGION, Account, put_slot
from tests.console.conftest import Citas
from tests.fakes.messages.texts import SPANISH
from tests.fakes.stores.rows import intent

RUN = "0b6f8f4e-5d0a-4b7e-9d53-1f0e2f6f9a01_5b0c"
MARKUP = "r-[/big]-of-a-clinic-with-long-ids"
LONGER = "r-0a1b2c3d4e5f-0a1b2c3d4e5f-0a1b2c3d4e5f-[red]-0a1b2c3d4e5f"
ERROR = "StoreUnavailableError"
SLOT = "dr-1:s-1:20261130T1600Z"
# What each prints whole, whatever the width.
PRINTED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("runs", "list"): (RUN, MARKUP, ERROR, "appointment-reminders"),
    ("dlq", "list"): ("e-1", LONGER, "NO_PERMISSIONS", "appointment/created"),
    ("retry", "--dry-run"): (RUN, MARKUP, ERROR, "appointment-reminders", "would retry"),
    ("health",): (RUN, ERROR, "appointment-reminders", "daily-slot-generation"),
    ("analytics", "--since", "1d"): ("appointment-reminders", ERROR, "reminders sent"),
    ("slots", "dr-1"): (SLOT, MARKUP, LONGER),
    ("templates", "list"): tuple(SPANISH),
    ("explain", LONGER): ("confirmation", "2026-12-01", LONGER, "[bold]why[/]"),
}


class FakeApplication:
    """What the stage's own use cases say, of one failed run."""

    def __init__(self, run: Run) -> None:
        self.run, self.figures = run, {run.workflow: figures_of([run]), "daily-slot-generation": RunFigures()}
        self.run_retrying = self.health = self.analytics = self

    def retry(self, *_: object, **__: object) -> RetryResult:
        return RetryResult([RetryOutcome(self.run, Way.WOULD_RETRY)])

    def look(self, now: datetime) -> Health:
        return Health(now, self.figures, overdue=[IntentId(f"reservation#{MARKUP}", 1, "confirmation")])

    def waiting(self, _: datetime) -> list[Run]:
        return [self.run]

    def between(self, since: date, until: date, _: datetime) -> Analytics:
        return Analytics(since, until, DayFigures(self.figures))


def fill(account: Account) -> Run:
    run = account.run(
        RUN, RunStatus.FAILED, error=ERROR, reason="[link=x]no answer", subjects={"reservationId": MARKUP}
    )
    account.dead_letter(1, about=LONGER)
    put_slot(NOW + timedelta(hours=1), [MARKUP, LONGER])
    row = intent(id=IntentId(f"reservation#{LONGER}", 1, "confirmation"), reason="[bold]why[/]")
    intent_to_row(bind(IntentModel, "citas-dev-messages", connect(REGION)), row).save()
    return run


def test_no_id_is_broken_and_nothing_is_markup_at_any_width(
    citas: Citas, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = FakeApplication(fill(account))
    for module in ("retry", "health", "analytics"):
        name = f"console.operate.{module}.application_of"
        monkeypatch.setattr(name, lambda _: nullcontext(application))
    for width in ("40", "60", "80", "200", None):  # None: a pipe has no width
        monkeypatch.delenv("COLUMNS", raising=False)
        if width is not None:
            monkeypatch.setenv("COLUMNS", width)
        for command, texts in PRINTED.items():
            done = citas(*command)
            account.clock.shift(61)  # what lies in the queue is seen again
            assert done.stderr == "", (command, width)
            assert done.exit_code == int("health" in command), (command, width)
            for text in texts:
                assert text in done.stdout, (command, width, done.stdout)
