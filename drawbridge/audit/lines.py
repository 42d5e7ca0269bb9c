"""Events and roots as the lines of an export: one JSON object each, in canonical form."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final, Literal, TypeVar
from uuid import UUID

import msgspec

from drawbridge.audit.acts import Actor, ActorKind, Outcome, Via
from drawbridge.audit.canonical import NotCanonicalError, canonical
from drawbridge.audit.events import Event, Link, hashed_members
from drawbridge.audit.roots import Root, signed_members
from drawbridge.core.ids import OrganisationId, PrincipalId

LONGEST_LINE_BYTES: Final = 64 * 1024
"""An event has a bounded detail and bounded texts, and stays far below."""

_LineT = TypeVar("_LineT", bound=msgspec.Struct)
_ReadT = TypeVar("_ReadT")


class UnreadableLineError(ValueError):
    """A line that no export has; says in words why."""


class _ActorLine(msgspec.Struct, forbid_unknown_fields=True):
    kind: ActorKind
    via: Via
    organisation: UUID | None
    principal: UUID | None
    name: str
    via_id: UUID | None
    address: str


class _ObjectLine(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    name: str


class _EventLine(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["drawbridge-audit-1"]
    chain: UUID
    number: int
    previous: str
    id: UUID
    time: datetime
    actor: _ActorLine
    action: str
    object: _ObjectLine
    outcome: Outcome
    detail: dict[str, Any]  # Any: JSON; that it is canonical shows when it is written again.
    hash: str


class _RootLine(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["drawbridge-audit-root-1"]
    chain: UUID
    number: int
    hash: str
    time: datetime
    key: str
    public_key: str
    signature: str


_event_decoder = msgspec.json.Decoder(_EventLine)
_root_decoder = msgspec.json.Decoder(_RootLine)


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file without their ends; one that is too long comes in pieces that cannot be read."""
    while line := file.readline(LONGEST_LINE_BYTES):
        yield line.removesuffix(b"\n")


def event_line(link: Link) -> bytes:
    """Write an event as a line, without its end."""
    return canonical({**hashed_members(link.event), "hash": link.hash.hex()})


def root_line(root: Root) -> bytes:
    """Write a root as a line, without its end."""
    return canonical({**signed_members(root), "public_key": root.public_key.hex(), "signature": root.signature.hex()})


def read_events(lines: Iterable[bytes]) -> Iterator[Link]:
    """Read the lines of an export. Raises UnreadableLineError, with the number of the line."""
    for place, line in enumerate(lines, start=1):
        try:
            yield read_event(line)
        except UnreadableLineError as error:
            raise UnreadableLineError(f"line {place} {error}") from error


def read_event(line: bytes) -> Link:
    """Read an event. Raises UnreadableLineError for any line that `event_line` would write in another way."""
    said = _decoded(_event_decoder, line)
    link = Link(_event(said), _unhexed(said.hash))
    return _same(link, line, event_line)


def read_root(line: bytes) -> Root:
    """Read a root. Raises UnreadableLineError for any line that `root_line` would write in another way."""
    said = _decoded(_root_decoder, line)
    root = Root(
        chain=OrganisationId(said.chain),
        number=said.number,
        hash=_unhexed(said.hash),
        at=said.time,
        public_key=_unhexed(said.public_key),
        signature=_unhexed(said.signature),
    )
    return _same(root, line, root_line)


def _event(said: _EventLine) -> Event:
    actor = said.actor
    return Event(
        chain=OrganisationId(said.chain),
        number=said.number,
        previous=_unhexed(said.previous),
        id=said.id,
        at=said.time,
        actor=Actor(
            kind=actor.kind,
            via=actor.via,
            organisation_id=None if actor.organisation is None else OrganisationId(actor.organisation),
            principal_id=None if actor.principal is None else PrincipalId(actor.principal),
            name=actor.name,
            via_id=actor.via_id,
            address=actor.address,
        ),
        action=said.action,
        object_kind=said.object.kind,
        object_name=said.object.name,
        outcome=said.outcome,
        detail=said.detail,
    )


def _decoded(decoder: msgspec.json.Decoder[_LineT], line: bytes) -> _LineT:
    if len(line) >= LONGEST_LINE_BYTES:
        raise UnreadableLineError("is longer than any that an export has")
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableLineError(f"is not one of an export: {error}") from error


def _same(read: _ReadT, line: bytes, write: Callable[[_ReadT], bytes]) -> _ReadT:
    """Return what was read, if it is written just as the line: otherwise two readers could take it for two things."""
    try:
        written = write(read)
    except (NotCanonicalError, OverflowError, RecursionError) as error:
        raise UnreadableLineError(f"is not in canonical form: {error}") from error
    if written != line:
        raise UnreadableLineError("is not in canonical form: something in it was written in another way")
    return read


def _unhexed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UnreadableLineError(f"is not one of an export: {text[:20]!r} is not hexadecimal") from error
