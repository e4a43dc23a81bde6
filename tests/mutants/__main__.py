"""``python -m tests.mutants``: break one thing at a time, and see whether a test of its room notices."""

import argparse
import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.mutants.catalogue import ROOT, Catalogue, Mutant, MutantError, likeliest_first, load
from tests.mutants.trial import Copies, Outcome, Verdict

_OK, _SURVIVORS, _USAGE = 0, 1, 2


@dataclass
class Trial:
    """The mutants that were asked for, and what is known of each so far."""

    catalogue: Catalogue
    mutants: tuple[Mutant, ...]
    copies: Copies
    verdicts: dict[str, Verdict]
    red: set[str]

    def run(self, jobs: int) -> None:
        """Run the tests of the rooms unmutated once, then each mutant."""
        tests = sorted({test for mutant in self.mutants for test in self.catalogue.tests_of(mutant)})
        say(f"{len(self.mutants)} mutants; first the tests of their rooms without any …")
        with self.copies.one() as copy:
            self.red = copy.red(tests)
        for name in sorted(self.red):
            say(f"  fails without any mutant: {name}")
        with ThreadPoolExecutor(jobs) as pool:
            try:
                for mutant, verdict in zip(self.mutants, pool.map(self._try, self.mutants), strict=True):
                    self._note(mutant, verdict)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.copies.close()
                raise

    def _try(self, mutant: Mutant) -> Verdict:
        tests = self.catalogue.tests_of(mutant)
        if broken := [name for name in sorted(self.red) if is_among(name, tests)]:
            return Verdict(Outcome.ERROR, f"fails without it: {broken[0]}", 0)
        with self.copies.one() as copy:
            try:
                change = mutant.change(copy.root)
            except MutantError as error:
                return Verdict(Outcome.ERROR, str(error), 0)
            with copy.broken(change):
                return copy.judge(likeliest_first(tests, change.path))

    def _note(self, mutant: Mutant, verdict: Verdict) -> None:
        self.verdicts[mutant.name] = verdict
        about = verdict.by or mutant.accepted or "no test of its room noticed"
        count = f"[{len(self.verdicts)}/{len(self.mutants)}]"
        say(f"{count} {verdict.outcome} ({verdict.seconds:.0f} s) {mutant.room}: {mutant.name}\n    {about}")

    def document(self) -> list[dict[str, Any]]:
        """The verdicts for a program, in the data file's order."""
        return [
            {"name": mutant.name, "room": mutant.room, "accepted": mutant.accepted, **asdict(verdict)}
            for mutant in self.mutants
            if (verdict := self.verdicts.get(mutant.name)) is not None
        ]

    def is_clean(self) -> bool:
        """Whether each was caught, or may survive for a reason that the data file gives."""
        return all(
            verdict.outcome is Outcome.CAUGHT
            or (verdict.outcome is Outcome.SURVIVED and mutant.accepted is not None)
            for mutant in self.mutants
            if (verdict := self.verdicts.get(mutant.name)) is not None
        )


def is_among(name: str, tests: tuple[str, ...]) -> bool:
    """Whether a file of tests is one of those named, or lies in a folder of theirs."""
    return any(name == test or name.startswith(f"{test}/") for test in tests) or not name.endswith(".py")


def lost(before: Path, trial: Trial) -> list[str]:
    """The mutants that were caught in an earlier run and are not any more."""
    caught = {row["name"] for row in json.loads(before.read_text()) if row["outcome"] == Outcome.CAUGHT}
    return sorted(
        name
        for name, verdict in trial.verdicts.items()
        if name in caught and verdict.outcome is not Outcome.CAUGHT
    )


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Run the mutants of tests/mutants/mutants.toml, each in a copy of the tree, against their rooms' tests.

    Exits with 1 if one survived that the data file does not accept, could not be made, or was caught in
    the run of --since and is not any more.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=main.__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="those whose name or room has this in it")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the verdicts to this file")
    parser.add_argument("--since", type=Path, metavar="OUT", help="an earlier run's file, to compare with")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many run at once (1)")
    asked = parser.parse_args()
    catalogue = load()
    mutants = tuple(
        mutant
        for mutant in catalogue.mutants
        if not asked.only or any(part == mutant.room or part in mutant.name for part in asked.only)
    )
    if not mutants or asked.jobs < 1:
        parser.error("--only: expected a part of a mutant's name, or a room" if not mutants else "--jobs: 1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    trial = Trial(catalogue, mutants, Copies(ROOT, asked.jobs), {}, set())
    try:
        trial.run(asked.jobs)
    except KeyboardInterrupt:
        say("stopped; nothing of the project was changed")
    finally:
        trial.copies.close()
        if asked.json is not None:
            asked.json.write_text(json.dumps(trial.document(), indent=2, ensure_ascii=False) + "\n")
    return report(trial, lost(asked.since, trial) if asked.since is not None else [])


def report(trial: Trial, lost_since: list[str]) -> int:
    """Print the sums; the exit code."""
    of = {outcome: [n for n, v in trial.verdicts.items() if v.outcome is outcome] for outcome in Outcome}
    print(", ".join(f"{len(names)} {outcome}" for outcome, names in of.items()))
    for outcome in (Outcome.SURVIVED, Outcome.ERROR):
        for name in of[outcome]:
            print(f"  {outcome}: {name}")
    for name in lost_since:
        print(f"  was caught before: {name}")
    is_whole = len(trial.verdicts) == len(trial.mutants)
    return _OK if is_whole and trial.is_clean() and not lost_since else _SURVIVORS


if __name__ == "__main__":
    sys.exit(main())
