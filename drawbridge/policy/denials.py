"""Denials of the admin API on their way to the audit record: plugged in, since what counts them stands above."""

from typing import Protocol

from drawbridge.identity.errors import Denial


class DenialLog(Protocol):
    """Where denials are counted, so that a flood of them costs nothing."""

    def note(self, denial: Denial, /) -> None:
        """Count a denial. Never raises."""
        ...
