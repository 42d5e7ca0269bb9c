"""What a start of the embedded server tells its caller, and asks it, while it waits."""

from collections.abc import Callable
from dataclasses import dataclass

from drawbridge.db.errors import StartInterrupted


def say_nothing(_: str) -> None:
    """Take a progress report and drop it."""


def never() -> bool:
    """Let a start go on."""
    return False


@dataclass(frozen=True, slots=True)
class Progress:
    """`report` gets sentences about slow steps; `should_stop` is asked in every wait, also from other threads."""

    report: Callable[[str], None] = say_nothing
    should_stop: Callable[[], bool] = never

    def check(self) -> None:
        """Raise StartInterrupted if the start is no longer wanted."""
        if self.should_stop():
            raise StartInterrupted("The start of the database was interrupted. Nothing is damaged: start again.")
