"""Time that passes when somebody waits."""

from dataclasses import dataclass


@dataclass
class FakeTimer:
    """A `clinic.services.operations.pacing.Timer` that is moved by its waits and by whoever sets it."""

    now: float = 0.0

    def elapsed(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds
