"""The commands `citas dlq list|show|drop|redrive`: events that reached no workflow."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from console.operate.dead_letters import DeadLetter, DeadLetterQueues
from console.operate.printing import print_done, print_json, print_list, print_particulars, the_one
from console.operate.stage import StageChoice, asked
from console.terminal.confirm import require_consent
from console.terminal.exit_codes import ExitCode
from console.terminal.records import Column, Row
from console.terminal.screen import standard_error
from console.terminal.text import count

# So many are looked through for one that is named.
_MOST_SEARCHED = 1000
_COLUMNS = (*map(Column, ("event", "detail-type", "about", "queue", "code")), Column("reason", is_prose=True))


def list_command(choice: StageChoice, *, limit: int, as_json: bool) -> ExitCode:
    """What lies in the queues and why; it stays there."""
    with _queues_of(choice) as queues:
        letters = list(queues.letters(limit))
        queues.give_back(letters)
        documents = [letter.document() for letter in letters]
        rows = [Row(tuple(document.values())) for document in documents]
        summary = f"{count(len(letters), 'event')} in {queues.places}"
        print_list(documents, _COLUMNS, rows, summary, as_json=as_json)
    return ExitCode.OK


def show_command(choice: StageChoice, event_id: str, *, with_personal_data: bool, as_json: bool) -> ExitCode:
    """One event: where it comes from, why it waits, which fields it has; their values only if asked for."""
    with _queues_of(choice) as queues:
        letter = _one(queues, event_id)
        queues.give_back([letter])
        document = {**letter.document(), **letter.particulars(with_personal_data=with_personal_data)}
        if as_json:
            print_json(document)
            return ExitCode.OK
        shown = {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in document.items()
        }
        print_particulars([(name.replace("_", " "), value) for name, value in shown.items()])
    return ExitCode.OK


def drop_command(choice: StageChoice, event_id: str, *, yes: bool, as_json: bool) -> ExitCode:
    """Take one event out of its queue for good."""
    with _queues_of(choice) as queues:
        letter = _one(queues, event_id)
        about = f" about {letter.about}" if letter.about else ""
        what = f"{letter.detail_type or 'what is no event'}{about} from {queues.stage.named(letter.queue)}"
        try:
            require_consent(f"Drop {what} for good?", yes=yes)
            queues.remove(letter)
        finally:
            queues.give_back([letter])
        print_done({"dropped": letter.event_id}, f"{letter.event_id} is dropped", as_json=as_json)
    return ExitCode.OK


def redrive_command(choice: StageChoice, *, limit: int, yes: bool, as_json: bool) -> ExitCode:
    """Have what lies there handled again; each event leaves its queue once somebody else has it."""
    with _queues_of(choice) as queues:
        letters = list(queues.letters(limit))
        ours = [letter for letter in letters if letter.is_wanted]
        try:
            if ours:
                question = f"Have {count(len(ours), 'event')} of {queues.stage.name} handled again?"
                require_consent(question, yes=yes)
            done = sum(map(queues.hand_over, ours))
        finally:
            queues.give_back(letters)
        left = len(letters) - done
        text = f"{count(done, 'event')} handed over again, {left} left in the queue"
        if unwanted := len(letters) - len(ours):
            text += f"; {count(unwanted, 'event')} nobody would take up: `citas dlq show`, `citas dlq drop`"
        print_done({"redriven": done, "left": left}, text, as_json=as_json)
    return ExitCode.OK


@contextmanager
def _queues_of(choice: StageChoice) -> Iterator[DeadLetterQueues]:
    """The stage's queues; of one that it does not have yet a word is said."""
    with asked(choice) as stage:
        queues = DeadLetterQueues(stage)
        for name in queues.missing:
            text = f"citas: {stage.name}: there is no queue {name}: the next deploy brings it"
            standard_error().print(text, style="yellow", soft_wrap=True)
        yield queues


def _one(queues: DeadLetterQueues, typed: str) -> DeadLetter:
    """The event that is meant by an id or its beginning, hidden from others for a minute.

    Raises:
        InputError: several begin so.
        NotFoundError: none does.
    """
    letters = list(queues.letters(_MOST_SEARCHED))
    found: DeadLetter | None = None
    try:
        found = the_one(letters, typed, id_of=lambda it: it.event_id, noun="event", where=queues.places)
        return found
    finally:
        queues.give_back([letter for letter in letters if letter is not found])
