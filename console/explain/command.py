"""The command `citas explain`."""

import json

from console.explain.accounts import accounts
from console.explain.names import parse_subject
from console.explain.show import show_account
from console.explain.sources import ResultSource, Source, StageSource
from console.operate.stage import Stage, StageChoice
from console.output.output_file import STDOUT, OutputFile
from console.run.command import DEFAULT_ZONE
from console.terminal.errors import NotFoundError
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import printable


def explain_command(subject: str, result: str | None, choice: StageChoice, *, as_json: bool) -> ExitCode:
    """Tell what became of each message of a subject.

    Args:
        subject: as typed.
        result: the file a run wrote; None: ask the stage.
    """
    with guarded(standard_error()):
        asked = parse_subject(subject)
        source: Source = ResultSource(result) if result is not None else StageSource(Stage(choice))
        found = accounts(asked, source, DEFAULT_ZONE)
        if not found:
            raise NotFoundError(f"{source.name}: nothing is called {printable(subject)!r}")
        if as_json:
            document = [account.document() for account in found]
            OutputFile(STDOUT).write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        else:
            screen = standard_output()
            for account in found:
                show_account(screen, account)
    return ExitCode.OK
