"""What policy forbade in tests: noted in memory."""

from drawbridge.identity.errors import Denial


class NotedDenials:
    """Keeps every denial of the admin API."""

    def __init__(self) -> None:
        self.denials: list[Denial] = []

    def note(self, denial: Denial) -> None:
        """Keep a denial."""
        self.denials.append(denial)
