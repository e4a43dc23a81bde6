"""The command `citas demo`: the bundled example, each message shown as it is sent."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from clinic.contracts.workflows import DAILY_SLOT_GENERATION
from clinic.domain.intents import IntentId
from console.collect import subjects
from console.exit_codes import ExitCode
from console.explain import explain_messages, kind_name
from console.guard import guarded
from console.inputs.clinic import read_clinic
from console.inputs.events import read_events
from console.inputs.faults import read_faults
from console.output.result import RunResult
from console.payments import refund_rows
from console.progress import Progress
from console.report import show_audit, show_summary
from console.routine import is_routine_event, slots_made
from console.run import checked_sink, clinic_zone, exit_code, local_stack, written
from console.runner import Order, Run, perform
from console.screen import standard_error, standard_output
from console.stack import BusEvent, Call, Execution, PaymentsCall, SentMessage, StackFactory
from console.text import printable
from console.timeline import Entry, EntryPrinter, What, nearest, refund_entry, subject_name

ACCEPTED = 200
OWN_SOURCE = "citas"
_SNAKE = re.compile(r"([A-Z])")
NewsT = TypeVar("NewsT")
EXAMPLE = Path(__file__).parents[1] / "examples" / "demo"

LEGEND = """\
[bold]Two days of an example clinic.[/] Time is virtual; WhatsApp and the payments are simulated; everybody is
made up.

  r-ana      books a visit, and the publisher sends the event twice; WhatsApp answers 500 at a reminder
  r-luis     books and pays, then cancels: a process dies, and the payment provider's answer gets lost
  r-carmen   books a visit in Tijuana, and moves it to the evening
  q-jose     asks for a visit, and the doctor approves
  q-maria    asks for a visit, and the doctor approves too late
  q-rosa     asks for a visit that would meet r-ana's

The day's slots are made in the morning, those of the coming 30 days at night. One more event has no
appointment time: its run fails, and the event is kept.
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
    """Prints what happens while it does: events, slots, messages and refunds."""

    def __init__(self, screen: Console, zone: str, progress: Progress) -> None:
        self._progress = progress
        self._printer = EntryPrinter(screen, zone)
        self._shown: Counter[str] = Counter()
        self._ended: set[str] = set()

    def show_new(self, run: Run) -> None:
        """Print what has come since the last call."""
        self._progress.stop()
        stack = run.stack
        events = self._new("events", stack.events_put())
        calls = self._new("calls", stack.simulator.calls)
        news = [
            _event_entry(event) for event in events if not is_routine_event(event.detail_type, _line(event))
        ]
        news += [_refusal_entry(call) for call in calls if call.status != ACCEPTED]
        news += map(_message_entry, self._new("sent", stack.simulator.sent))
        news += map(refund_entry, self._new("refunds", refund_rows(stack)))
        payments = self._new("payments", stack.payments.calls)
        news += [_payments_entry(call) for call in payments if call.status != ACCEPTED]
        news += self._slots(stack.executions())
        for entry in sorted(news, key=lambda entry: (entry.at, entry.what)):
            self._printer.show(entry)

    def _new(self, name: str, known: Sequence[NewsT]) -> Sequence[NewsT]:
        new = known[self._shown[name] :]
        self._shown[name] += len(new)
        return new

    def _slots(self, executions: Sequence[Execution]) -> Iterator[Entry]:
        for run in executions:
            is_new = run.name not in self._ended and run.stopped_at is not None
            if is_new and run.workflow == DAILY_SLOT_GENERATION.name and isinstance(run.output, dict):
                self._ended.add(run.name)
                figures = {_SNAKE.sub(r"_\1", name).lower(): value for name, value in run.output.items()}
                profile_id = subjects(run.input["detail"])["profile_id"]
                yield Entry(
                    run.stopped_at or run.started_at,
                    What.SLOTS,
                    f"{profile_id}: {slots_made(figures)}",
                    style="blue",
                )


def _line(event: BusEvent) -> int | None:
    """Citas' own events have none; of the others any will do."""
    return None if event.source == OWN_SOURCE else 0


def _event_entry(event: BusEvent) -> Entry:
    about = nearest(event.detail) or "nobody"
    by = " (by Citas)" if event.source == OWN_SOURCE else ""
    return Entry(event.at, What.EVENT, f"{event.detail_type} for {about}{by}", style="cyan")


def _message_entry(message: SentMessage) -> Entry:
    title = f"{_intent(message.intent_id)} → +{message.to.lstrip('+')}"
    return Entry(message.at, What.MESSAGE, title, message.text, "green")


def _refusal_entry(call: Call) -> Entry:
    title = f"{_intent(call.intent_id)}: WhatsApp answers {_answer(call)}"
    return Entry(call.at, What.MESSAGE, title, style="red")


def _payments_entry(call: PaymentsCall) -> Entry:
    return Entry(call.at, What.REFUND, f"the payment provider answers {_answer(call)}", style="red")


def _answer(call: Call | PaymentsCall) -> str:
    if call.status is None:
        return "nothing"
    return f"{call.status}, code {call.code}" if call.code else f"{call.status}"


def _intent(intent_id: str | None) -> str:
    parsed = IntentId.parse(intent_id) if intent_id is not None else None
    return f"{subject_name(parsed.subject)} {kind_name(parsed.kind)}" if parsed is not None else "a message"


def _show_words(screen: Console, result: RunResult) -> None:
    screen.print("\n[bold]What became of each message[/]")
    for name, sentences in explain_messages(result.messages):
        screen.print(Text(f"  {printable(name)}", "bold"))
        for sentence in sentences:
            screen.print(Text(f"    {printable(sentence)}"), soft_wrap=True)
