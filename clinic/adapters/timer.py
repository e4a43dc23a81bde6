"""Time that passes, on this machine."""

import threading
import time


class MachineTimer:
    """Fulfils `clinic.services.operations.pacing.Timer`."""

    def elapsed(self) -> float:
        """Seconds since some instant that stays the same."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""
        threading.Event().wait(seconds)
