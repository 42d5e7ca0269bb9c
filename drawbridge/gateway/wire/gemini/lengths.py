"""Places in a text, counted in characters and in bytes of UTF-8."""

from bisect import bisect_right
from typing import Final

_STRETCH: Final = 256
"""Characters: no more are counted for one place."""


class Lengths:
    """A text that is counted in once, however many places are looked up."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._before = [0]
        """How many bytes each stretch has before it; the last is those of all."""
        for start in range(0, len(text), _STRETCH):
            self._before.append(self._before[-1] + len(text[start : start + _STRETCH].encode()))

    @property
    def size_bytes(self) -> int:
        """How long the text is."""
        return self._before[-1]

    def bytes_before(self, place: int) -> int:
        """Return how many bytes the characters before a place have."""
        stretch = min(place, len(self.text)) // _STRETCH
        return self._before[stretch] + len(self.text[stretch * _STRETCH : place].encode())

    def characters_before(self, place: int) -> int | None:
        """Return how many characters the bytes before a place are; None for a place within a character, or outside."""
        if not 0 <= place <= self.size_bytes:
            return None
        stretch = max(0, min(bisect_right(self._before, place), len(self._before) - 1) - 1)
        start = stretch * _STRETCH
        encoded = self.text[start : start + _STRETCH].encode()
        try:
            return start + len(encoded[: place - self._before[stretch]].decode())
        except UnicodeDecodeError:
            return None
