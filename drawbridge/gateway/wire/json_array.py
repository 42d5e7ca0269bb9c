"""The elements of a JSON array that comes in pieces: Gemini's stream where nobody asked for events."""

import re
from typing import Final

_OUTSIDE: Final = re.compile(rb'["{}\[\]]')
_INSIDE: Final = re.compile(rb'["\\]')


class ArrayElements:
    """Cut an array into those of its elements that are objects. What is no array gives no elements."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._at = 0
        self._start = 0
        self._depth = 0
        self._in_string = False
        self.ended = False
        """The array was closed."""

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the elements that this piece ends. Raises OverflowError where one grows beyond the limit."""
        if self.ended:
            return []
        self._held += piece
        elements: list[bytes] = []
        while not self.ended and self._step(elements):
            pass
        done = self._start if self._depth > 1 else self._at
        del self._held[:done]
        self._at -= done
        self._start -= done
        if len(self._held) > self._limit:
            raise OverflowError(f"an element is larger than {self._limit} bytes")
        return elements

    def _step(self, elements: list[bytes]) -> bool:
        """Go on to the next byte that means something. Return False where it has not come yet."""
        found = (_INSIDE if self._in_string else _OUTSIDE).search(self._held, self._at)
        if found is None:
            self._at = len(self._held)
            return False
        at = found.start()
        mark = self._held[at]
        if self._in_string:
            return self._step_in_string(at, mark)
        self._at = at + 1
        if mark == 0x22:
            self._in_string = True
        elif mark in b"{[":
            self._depth += 1
            if self._depth == 2:
                self._start = at
        else:
            self._depth -= 1
            self._leave(at + 1, elements)
        return True

    def _step_in_string(self, at: int, mark: int) -> bool:
        if mark == 0x22:
            self._in_string = False
            self._at = at + 1
            return True
        # A backslash: the byte behind it means nothing, once it is there.
        if at + 1 >= len(self._held):
            self._at = at
            return False
        self._at = at + 2
        return True

    def _leave(self, end: int, elements: list[bytes]) -> None:
        if self._depth == 1:
            elements.append(bytes(self._held[self._start : end]))
        elif self._depth <= 0:
            self.ended = True
