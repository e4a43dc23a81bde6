"""The command `citas demo`: the bundled example, each message shown as it is sent."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from clinic.domain.intents import IntentId
from console.audit.evidence import Publication
from console.exit_codes import ExitCode
from console.explain import explain_messages, kind_name
from console.guard import guarded
from console.inputs.clinic import read_clinic
from console.inputs.events import read_events
from console.inputs.faults import read_faults
from console.output.result import RunResult
from console.progress import Progress
from console.report import show_audit, show_summary
from console.run import checked_sink, clinic_zone, exit_code, local_stack, written
from console.runner import Order, Run, perform
from console.screen import standard_error, standard_output
from console.stack import Call, SentMessage, StackFactory
from console.text import printable
from console.timeline import Entry, EntryPrinter, What, subject_name

ACCEPTED = 200
EXAMPLE = Path(__file__).parents[1] / "examples" / "demo"

LEGEND = """\
[bold]Nine days of an example clinic.[/] Time is virtual; WhatsApp is a simulator; everybody is made up.

  r-ana      books nine days ahead, and the publisher sends the event twice
  r-luis     books, and two days later moves the visit
  r-jose     books ten hours ahead
  r-maria    has a number that WhatsApp can't reach
  r-carmen   has her visit in Tijuana; WhatsApp answers 500 twice when her reminder is due

One more event has no appointment time: its run fails, and the event is kept.
"""


def demo_command(target: str | None, open_stack: StackFactory | None) -> ExitCode:
    """Run the example; ``open_stack`` None: on the local stack."""
    errors = standard_error()
    with guarded(errors):
        sink = checked_sink(target)
        quiet = sink is not None and sink.is_stdout
        screen = standard_output(quiet=quiet)
        order = example_order()
        screen.print(LEGEND, soft_wrap=True)
        with Progress(errors) as progress:
            stream = _Stream(screen, clinic_zone(order.clinic), progress)
            outcome = perform(order, open_stack or local_stack(), stream.show_new)
        with written(outcome.result, sink):
            _show_words(screen, outcome.result)
            show_summary(screen, outcome.result)
            show_audit(screen, outcome.result)
    return exit_code(outcome.result)


def example_order() -> Order:
    """The bundled example."""
    events = read_events(str(EXAMPLE / "events.jsonl"))
    return Order(
        events=events,
        start=events[0].at,
        clinic=read_clinic(str(EXAMPLE / "clinic.json")),
        faults=read_faults(str(EXAMPLE / "faults.json")),
    )


class _Stream:
    """Prints events and messages while they happen."""

    def __init__(self, screen: Console, zone: str, progress: Progress) -> None:
        self._progress = progress
        self._printer = EntryPrinter(screen, zone)
        self._events = 0
        self._messages = 0
        self._calls = 0

    def show_new(self, run: Run) -> None:
        """Print what has come since the last call."""
        self._progress.stop()
        whatsapp = run.stack.simulator
        published, sent = run.publications[self._events :], whatsapp.sent[self._messages :]
        calls = whatsapp.calls[self._calls :]
        self._events += len(published)
        self._messages += len(sent)
        self._calls += len(calls)
        news = [*map(_event_entry, published), *map(_message_entry, sent)]
        news += [_refusal_entry(call) for call in calls if call.status != ACCEPTED]
        for entry in sorted(news, key=lambda entry: (entry.at, entry.what)):
            self._printer.show(entry)


def _event_entry(event: Publication) -> Entry:
    reservation = event.detail.get("reservationId", "?") if isinstance(event.detail, dict) else "?"
    return Entry(event.at, What.EVENT, f"{event.detail_type} for {reservation}", style="cyan")


def _message_entry(message: SentMessage) -> Entry:
    title = f"{_intent(message.intent_id)} → +{message.to.lstrip('+')}"
    return Entry(message.at, What.MESSAGE, title, message.text, "green")


def _refusal_entry(call: Call) -> Entry:
    answer = (
        "nothing" if call.status is None else f"{call.status}" + (f", code {call.code}" if call.code else "")
    )
    return Entry(call.at, What.MESSAGE, f"{_intent(call.intent_id)}: WhatsApp answers {answer}", style="red")


def _intent(intent_id: str | None) -> str:
    parsed = IntentId.parse(intent_id) if intent_id is not None else None
    return f"{subject_name(parsed.subject)} {kind_name(parsed.kind)}" if parsed is not None else "a message"


def _show_words(screen: Console, result: RunResult) -> None:
    screen.print("\n[bold]What became of each message[/]")
    for name, sentences in explain_messages(result.messages):
        screen.print(Text(f"  {printable(name)}", "bold"))
        for sentence in sentences:
            screen.print(Text(f"    {printable(sentence)}"), soft_wrap=True)
