"""Where in a stream a reader is: after an event, or between two chunks of one. No I/O."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from drawbridge.core.errors import DrawbridgeError

_WRITTEN: Final = re.compile(r"(\d{1,18})(?:\.(\d{1,9}))?", re.ASCII)


class BadPlaceError(DrawbridgeError):
    """What is written names no place in a stream."""

    code = "bad_place"
    status = 400
    fault = "caller"


@dataclass(frozen=True, slots=True)
class Place:
    """After so many events, and so many chunks of the next one."""

    events: int = 0
    chunks: int = 0


def parse_place(written: str) -> Place:
    """Read the id of the last chunk that somebody got: `7`, all of event 7, or `8.1`, one chunk of event 8.

    Raises BadPlaceError.
    """
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise BadPlaceError("`after` and Last-Event-ID are the id of an event of this stream, such as 7 or 8.1.")
    if match[2] is None:
        return Place(int(match[1]))
    return Place(max(0, int(match[1]) - 1), int(match[2]))


# Any: chunks are JSON.
def written_chunks(number: int, chunks: Sequence[Mapping[str, Any]], after: Place) -> bytes:
    """Write the chunks of the event of a number as server-sent events, without those that the reader has."""
    if number <= after.events:
        return b""
    skipped = after.chunks if number == after.events + 1 else 0
    lines: list[str] = []
    for place, chunk in enumerate(chunks, start=1):
        if place > skipped:
            # Only the last chunk says that the event is whole: whoever is cut off before gets the others.
            event_id = str(number) if place == len(chunks) else f"{number}.{place}"
            lines.append(f"id: {event_id}\ndata: {json.dumps(chunk, ensure_ascii=False, separators=(',', ':'))}\n\n")
    return "".join(lines).encode()
