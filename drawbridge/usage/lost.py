"""What a translation could not say of a call, kept small enough for the call's usage event.

It is written as JSON once, where it is found; nobody on the way to the database looks into it.
"""

from collections.abc import Iterable
from typing import Final, Protocol

import msgspec

from drawbridge.core.text import storable

REQUEST_LOST_BYTES: Final = 3072
"""The most that the losses of a request take in a line."""
REPLY_LOST_BYTES: Final = 1024
"""The most that the losses of a reply take in a line."""
FRAME_BYTES: Final = 128
"""The most that a line takes around both."""

_MAX_TEXT_BYTES: Final = 256
_encode: Final = msgspec.json.Encoder().encode


class LostLeaf(Protocol):
    """One leaf that was lost."""

    @property
    def path(self) -> str:
        """Where it stood, such as `messages[2].content[0].cache_control`."""
        ...

    @property
    def reason(self) -> str:
        """Why, for people."""
        ...

    @property
    def effect(self) -> str:
        """What the loss can change; "none" for nothing."""
        ...


class Lost(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Leaves as JSON objects with a comma between them, and how many more there were no room for."""

    listed: str
    unlisted: int


NOTHING_LOST: Final = Lost("", 0)


def keep_lost(leaves: Iterable[LostLeaf], room: int) -> Lost:
    """Write leaves in at most `room` bytes of a line, those first that can change something."""
    kept: list[str] = []
    unlisted = 0
    for leaf in sorted(leaves, key=_changes_nothing):
        written = _encode({"path": _cut(leaf.path), "reason": _cut(leaf.reason), "effect": leaf.effect}).decode()
        # A line escapes each quote and backslash; then there is the comma.
        room -= len(written.encode()) + written.count('"') + written.count("\\") + 1
        if room >= 0 and not unlisted:
            kept.append(written)
        else:
            unlisted += 1
    return Lost(",".join(kept), unlisted) if kept or unlisted else NOTHING_LOST


def lost_json(request: Lost, reply: Lost) -> str:
    """Return both as one JSON object."""
    unlisted = request.unlisted + reply.unlisted
    return f'{{"request":[{request.listed}],"reply":[{reply.listed}],"unlisted":{unlisted}}}'


def _changes_nothing(leaf: LostLeaf) -> bool:
    return leaf.effect == "none"


def _cut(text: str) -> str:
    whole = storable(text).encode()
    if len(whole) <= _MAX_TEXT_BYTES:
        return whole.decode()
    return whole[:_MAX_TEXT_BYTES].decode("utf-8", "ignore") + "\N{HORIZONTAL ELLIPSIS}"
