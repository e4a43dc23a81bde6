"""The commands `citas directory pull|diff|push`: a stage's doctors, services and hours."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.directory.changes import Action, Item, RowChange, batches, changes
from console.directory.rows import document, is_known, items
from console.directory.show import as_document, show_changes
from console.directory.store import MOST_AT_ONCE, DirectoryStore
from console.inputs.clinic import ClinicFile, parse_clinic, read_clinic
from console.operate.printing import print_json
from console.operate.stage import Stage, StageChoice, asked, now_on
from console.output.output_file import OutputFile
from console.run.item_rows import plain
from console.terminal.confirm import require_consent
from console.terminal.errors import InputError, OutputError, StageError
from console.terminal.exit_codes import ExitCode
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import count, printable

_MOST_NAMED = 5


@dataclass(frozen=True)
class PushArguments:
    """What was typed."""

    file: str
    prune: bool
    dry_run: bool
    yes: bool
    as_json: bool


def pull_command(choice: StageChoice, target: str, *, force: bool) -> ExitCode:
    """Write the stage's directory as a clinic file; ``-`` is standard output."""
    with asked(choice) as stage:
        output = OutputFile(target, option="FILE")
        output.check()
        if not output.is_stdout and not force and Path(target).is_file():
            raise OutputError(f"{target}: is there already; --force replaces it")
        found = document(plain(row) for row in _stored(stage))
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        try:
            if found["clinics"]:
                parse_clinic(text.encode(), f"{stage.name}'s directory")
        except InputError as error:
            raise StageError(
                "\n".join([*error.problems, "mend these rows first, or push a clinic file"])
            ) from error
        output.write(text)
        if not output.is_stdout:
            number = sum(map(len, found.values()))
            standard_error().print(
                f"{count(number, 'row')} of {stage.name} are in {printable(target)}", markup=False
            )
    return ExitCode.OK


def diff_command(choice: StageChoice, file: str, *, as_json: bool) -> ExitCode:
    """Say what a push of the file would change; exit status 1 if there is anything."""
    with asked(choice) as stage:
        wanted = _read(file)
        found = changes(_stored(stage), items(wanted))
        if as_json:
            print_json(as_document(found, written=0))
        else:
            show_changes(found, stage.name)
    return ExitCode.AUDIT_FAILED if found else ExitCode.OK


def push_command(choice: StageChoice, arguments: PushArguments) -> ExitCode:
    """Show what differs, ask, and make the stage's directory the file's."""
    with asked(choice) as stage:
        wanted = _read(arguments.file)
        store = DirectoryStore(stage)
        found = changes(_stored(stage), items(wanted))
        meant = tuple(it for it in found if arguments.prune or it.action is not Action.REMOVE)
        if not arguments.as_json:
            show_changes(found, stage.name, prunes=arguments.prune)
            if wanted.charges:
                standard_error().print(
                    "The file's charges are for the simulator of payments: they stay here."
                )
        gone = _removed(meant)
        _require_free(store, gone)
        written = 0
        if meant and not arguments.dry_run:
            require_consent(
                f"Write {count(len(meant), 'row')} into the directory of {stage.name}?", yes=arguments.yes
            )
            written = _write(store, meant)
            for profile_id in gone:
                _remove_slots(store, profile_id)
        if arguments.as_json:
            print_json(as_document(found, written=written))
        elif written:
            standard_output().print(
                f"{count(written, 'row')} written. Slots follow in the night of each doctor's zone; for one "
                "doctor now: `citas publish slot/generate-daily`.",
                markup=False,
            )
    return ExitCode.OK


def _read(file: str) -> ClinicFile:
    return read_clinic(file)


def _stored(stage: Stage) -> list[Item]:
    rows = DirectoryStore(stage).rows()
    unknown = sorted(row["entry"]["S"] for row in rows if not is_known(row["entry"]["S"]))
    if unknown:
        names = ", ".join(map(printable, unknown[:3]))
        standard_error().print(
            f"citas: {count(len(unknown), 'row')} of kinds that no clinic file has, left alone: {names}",
            markup=False,
        )
    return rows


def _removed(meant: Iterable[RowChange]) -> list[str]:
    """The doctors who go."""
    return [it.row["profile_id"]["S"] for it in meant if it.kind == "profile" and it.action is Action.REMOVE]


def _require_free(store: DirectoryStore, gone: Sequence[str]) -> None:
    """A doctor whom patients are still to see is not removed.

    Raises:
        InputError: somebody has or waits for a visit with one who would be.
    """
    if not gone:
        return
    now = now_on(store.stage)
    needed = {profile_id: store.visits_ahead(profile_id, now) for profile_id in gone}
    problems = [
        f"profile {profile_id}: {count(len(visits), 'visit')} ahead of now: {_some(visits)}; keep it in the "
        'file with "is_active": false until they are over, cancelled or moved'
        for profile_id, visits in needed.items()
        if visits
    ]
    if problems:
        raise InputError([*problems, "nothing was written"])


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST_NAMED
    return ", ".join(map(printable, ids[:_MOST_NAMED])) + (f" and {more} more" if more > 0 else "")


def _remove_slots(store: DirectoryStore, profile_id: str) -> None:
    """What a doctor who is gone had free is nobody's to offer."""
    removed = store.remove_free_slots(profile_id, now_on(store.stage))
    if removed:
        text = f"{count(removed, 'free slot')} of {printable(profile_id)} removed"
        standard_error().print(text, markup=False)


def _write(store: DirectoryStore, meant: Sequence[RowChange]) -> int:
    written = 0
    for batch in batches(meant, MOST_AT_ONCE):
        try:
            store.write(batch)
        except StageError as error:
            done = f"{written} of {count(len(meant), 'row')} were written before"
            raise StageError(f"{error} ({done if written else 'nothing was written'})") from error
        written += len(batch)
    return written
