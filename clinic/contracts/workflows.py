"""The workflows Citas runs: one state machine, one Lambda function and one rule each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Workflow:
    """One workflow: what starts it and how much of it may run at once.

    Attributes:
        name: the state machine's and the function's name, and the ASL file's with underscores.
        title: what a person calls it.
        detail_type: the EventBridge detail-type that starts it.
        concurrency: how many of its *steps* may run at once (the function's reserved concurrency);
            runs that wait do not count.
        retries: how often a step that failed for a passing reason is tried again.
        module: the Python module that holds its step handlers.
    """

    name: str
    title: str
    detail_type: str
    concurrency: int
    retries: int
    module: str

    @property
    def handler(self) -> str:
        """The function's handler string."""
        return f"{self.module}.handler"

    @property
    def definition_file(self) -> str:
        """The file in ``state_machines/`` that defines it."""
        return f"{self.name.replace('-', '_')}.asl.json"

    @property
    def function_substitution(self) -> str:
        """The ``${…}`` in the definition that stands for the function's ARN."""
        return "".join(word.capitalize() for word in self.name.split("-")) + "Function"


APPOINTMENT_REMINDERS = Workflow(
    name="appointment-reminders",
    title="Appointment Reminder System",
    detail_type="appointment/created",
    concurrency=10,
    retries=3,
    module="lambdas.appointment_reminders",
)

WORKFLOWS: tuple[Workflow, ...] = (APPOINTMENT_REMINDERS,)
