"""The command `citas demo`: the bundled example, each message shown as it is sent."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from console.explain.messages import explain_messages
from console.inputs.clinic import read_clinic
from console.inputs.events import read_events
from console.inputs.faults import read_faults
from console.output.result import RunResult
from console.run.command import checked_output, clinic_zone, exit_code, local_stack, written
from console.run.runner import Order, Run, perform
from console.run.stack import StackFactory
from console.show.activity import ActivityReader, for_people
from console.show.report import show_audit, show_summary
from console.show.timeline import EntryPrinter
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.progress import Progress
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import printable

EXAMPLE = Path(__file__).parents[2] / "examples" / "demo"

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
        output = checked_output(target)
        quiet = output is not None and output.is_stdout
        screen = standard_output(quiet=quiet)
        order = example_order()
        screen.print(LEGEND, markup=True, soft_wrap=True)
        with Progress(errors) as progress:
            stream = _Stream(screen, clinic_zone(order.clinic), progress)
            outcome = perform(order, open_stack or local_stack(), stream.show_new)
        with written(outcome.result, output):
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
        self._reader: ActivityReader | None = None

    def show_new(self, run: Run) -> None:
        """Print what has come since the last call."""
        self._progress.stop()
        self._reader = self._reader or ActivityReader(run.stack, runs=False)
        for entry in for_people(self._reader.read()):
            self._printer.show(entry)


def _show_words(screen: Console, result: RunResult) -> None:
    screen.print("\n[bold]What became of each message[/]", markup=True)
    for name, sentences in explain_messages(result.messages):
        screen.print(Text(f"  {printable(name)}", "bold"))
        for sentence in sentences:
            screen.print(Text(f"    {printable(sentence)}"), soft_wrap=True)
