"""Identifiers: UUID version 7, which sort by the time they were made."""

import os
import struct
import threading
import time
from typing import Final, NewType
from uuid import UUID

OrganisationId = NewType("OrganisationId", UUID)
PrincipalId = NewType("PrincipalId", UUID)
KeyId = NewType("KeyId", UUID)
CallId = NewType("CallId", UUID)
AttemptId = NewType("AttemptId", UUID)

NO_KEY: Final = KeyId(UUID(int=0))
"""Stands where a key would, for what somebody does without one: signed in, in one of the project's own products."""

_SEQUENCE_BITS = 12
_SEQUENCE_LIMIT = 1 << _SEQUENCE_BITS


_RANDOM_BITS = 62
_DRAWN_AT_ONCE = 64


class _Sequence:
    """The last millisecond used, how many ids it has given, and random bits for those to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._count = 0
        self._drawn: list[int] = []
        os.register_at_fork(after_in_child=self._drawn.clear)

    def next(self) -> tuple[int, int, int]:
        with self._lock:
            now = time.time_ns() // 1_000_000
            if now > self._millisecond:
                self._millisecond, self._count = now, 0
            else:
                # A clock that stands still or steps back must not break the order: go on counting.
                self._count += 1
                if self._count == _SEQUENCE_LIMIT:
                    self._millisecond, self._count = self._millisecond + 1, 0
            if not self._drawn:
                # One system call for many ids: it would be half of an id's cost.
                self._drawn += struct.unpack(f"{_DRAWN_AT_ONCE}Q", os.urandom(8 * _DRAWN_AT_ONCE))
            return self._millisecond, self._count, self._drawn.pop() >> (64 - _RANDOM_BITS)


_sequence = _Sequence()


def uuid7() -> UUID:
    """Make an id that sorts after every id this process made before.

    RFC 9562 section 5.7, with the 12-bit counter of section 6.2, method 1, in `rand_a`.
    """
    millisecond, count, tail = _sequence.next()
    return UUID(int=millisecond << 80 | 0x7 << 76 | count << 64 | 0b10 << 62 | tail)
