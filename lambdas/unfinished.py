"""The step that ends a run which has left something undone; workflows that may do so share it."""

from clinic.contracts.steps.base import StartedOver, UnfinishedRun
from clinic.contracts.validation import parse_step_input
from clinic.domain import errors
from clinic.domain.errors import CitasError, UnfinishedRunError
from lambdas.runtime import Call


def report_unfinished(call: Call) -> StartedOver:
    """Fail the run with what is left. A redrive calls this step again, and then the run starts over.

    A Fail state could not do that: a redrive enters it again, and it fails again.
    """
    left = parse_step_input(UnfinishedRun, call.input)
    if left.redrives > left.started_over:
        return StartedOver(started_over=left.redrives)
    raise _error(left.error, left.reason)


def _error(name: str, reason: str) -> CitasError:
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, CitasError):
        try:
            return kind(reason)
        except TypeError:  # it asks for more than a text
            pass
    return UnfinishedRunError(f"{name}: {reason}")
