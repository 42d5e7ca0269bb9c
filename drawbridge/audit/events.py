"""An event of the record, and the chain that it is a link of."""

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from drawbridge.audit.acts import Act, Actor, Outcome
from drawbridge.audit.canonical import Json, canonical, plain_detail
from drawbridge.core.ids import OrganisationId
from drawbridge.core.text import escape_unprintable

FORMAT: Final = "drawbridge-audit-1"
PLATFORM: Final = OrganisationId(UUID(int=2**128 - 1))
"""The chain of what belongs to no organisation: the id that sorts after every other one."""
FIRST_PREVIOUS: Final = bytes(32)
"""What the first event of a chain follows."""

_LONGEST_TEXT: Final = 300
_CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain."""

    number: int
    """0 before the first event."""
    hash: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """An act as a link of a chain, without its own hash, which `hash_of` works out."""

    chain: OrganisationId
    number: int
    previous: bytes
    id: UUID
    at: datetime
    actor: Actor
    action: str
    object_kind: str
    object_name: str
    outcome: Outcome
    detail: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Link:
    """An event with its hash, as it is stored: whether the two belong together is for `verify` to say."""

    event: Event
    hash: bytes


def link(chain: OrganisationId, head: Head, event_id: UUID, at: datetime, act: Act) -> Link:
    """Make the event that follows the end of a chain. Its texts are bounded and can be shown in a line."""
    event = Event(
        chain=chain,
        number=head.number + 1,
        previous=head.hash,
        id=event_id,
        at=at,
        actor=dataclasses.replace(act.actor, name=_text(act.actor.name), address=_text(act.actor.address)),
        action=_text(act.action),
        object_kind=_text(act.object_kind),
        object_name=_text(act.object_name),
        outcome=act.outcome,
        detail=plain_detail(act.detail),
    )
    return Link(event, hash_of(event))


def hash_of(event: Event) -> bytes:
    """Return SHA-256 over the canonical form of an event. Raises NotCanonicalError for a detail that was never kept."""
    return hashlib.sha256(canonical(hashed_members(event))).digest()


def hashed_members(event: Event) -> dict[str, Json]:
    """Return all that the hash of an event covers, by the names that the export uses."""
    actor = event.actor
    return {
        "format": FORMAT,
        "chain": str(event.chain),
        "number": event.number,
        "previous": event.previous.hex(),
        "id": str(event.id),
        "time": written_time(event.at),
        "actor": {
            "kind": actor.kind,
            "via": actor.via,
            "organisation": _id(actor.organisation_id),
            "principal": _id(actor.principal_id),
            "name": actor.name,
            "via_id": _id(actor.via_id),
            "address": actor.address,
        },
        "action": event.action,
        "object": {"kind": event.object_kind, "name": event.object_name},
        "outcome": event.outcome,
        "detail": dict(event.detail),
    }


def written_time(at: datetime) -> str:
    """Write a time as RFC 3339 does, in UTC, always with six digits of the second."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(text: str) -> str:
    shown = escape_unprintable(text)
    return shown if len(shown) <= _LONGEST_TEXT else shown[: _LONGEST_TEXT - 1] + _CUT


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
