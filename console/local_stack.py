"""Opens the local stack for a command; its imports are heavy, so they come late."""

from contextlib import AbstractContextManager

from console.stack import Stack, StackRequest


def open_local_stack(request: StackRequest) -> AbstractContextManager[Stack]:
    """A local stack in virtual time, with Citas's templates registered at its WhatsApp."""
    from clinic.messages.meta import export_catalogue
    from local.stack import LocalStack, StackOptions

    return LocalStack(
        StackOptions(start=request.start, stage="dev", templates=export_catalogue(), faults=request.faults)
    )
