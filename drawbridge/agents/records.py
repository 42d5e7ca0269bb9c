"""What a run is, and what its journal holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NewType, cast
from uuid import UUID

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.core.money import Nanousd
from drawbridge.core.text import storable

RunId = NewType("RunId", UUID)

Json = Mapping[str, Any]
"""An object of JSON. Any: what stands in it is for whoever reads it to check."""

RunState = Literal["queued", "running", "completed", "failed", "cancelled"]
EndState = Literal["completed", "failed", "cancelled"]

EventKind = Literal[
    "run.started",
    "call.intended",
    "delta",
    "message.completed",
    "run.completed",
    "run.failed",
    "run.cancelled",
]
"""In the order in which they come; `delta` any number of times.

    run.started        {model, product}
    call.intended      {call_id, model}: on disk before the call can begin
    delta              {part, kind: text | reasoning, text}: what a part of the answer grew by
    message.completed  {parts, stop_reason, call_id, model, deployment, losses, usage, cost_nanousd}
    run.completed      {usage, cost_nanousd}
    run.failed         {code, message, call_id, usage, cost_nanousd}
    run.cancelled      {call_id, usage, cost_nanousd}

`usage` is {input_tokens, output_tokens}; it and the cost are null where they are not known.
"""

ENDS: Final[frozenset[str]] = frozenset({"run.completed", "run.failed", "run.cancelled"})
"""The kinds after which nothing comes."""


@dataclass(frozen=True, slots=True)
class RunRef:
    """Which run is meant."""

    organisation_id: OrganisationId
    id: RunId


@dataclass(frozen=True, slots=True)
class Start:
    """What a run is to be."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    """Whose run it is: the model is asked in their name."""
    product: str
    """Whose turn it is: the one that is asked for the conversation, and gets the answer."""
    model: str
    session_id: str | None
    """What groups the calls, such as a conversation."""
    input: Json
    """What the product knows the turn by: ids, no content."""
    project_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands."""

    organisation_id: OrganisationId
    id: RunId
    principal_id: PrincipalId
    project_id: UUID | None
    product: str
    model: str
    session_id: str | None
    input: Json
    state: RunState
    number: int
    """Of its last event."""
    created_at: datetime
    ended_at: datetime | None
    is_cancelling: bool
    """Somebody has asked to cancel it."""
    failure: str | None
    """The code of what went wrong."""
    input_tokens: int | None
    output_tokens: int | None
    cost: Nanousd | None
    """None: not known."""

    @property
    def ref(self) -> RunRef:
        return RunRef(self.organisation_id, self.id)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be written into a journal."""

    kind: EventKind
    data: Json


def new_event(kind: EventKind, data: Json) -> NewEvent:
    """Make an event of what can be kept as it is told: jsonb holds neither NUL nor halves of characters."""
    return NewEvent(kind, {name: _as_kept(member) for name, member in data.items()})


def _as_kept(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case Mapping():
            # Any: JSON.
            members = cast("Mapping[str, Any]", value)
            return {name: _as_kept(member) for name, member in members.items()}
        case list() | tuple():
            return [_as_kept(member) for member in cast("Sequence[Any]", value)]  # Any: JSON.
        case _:
            return value


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One line of a journal. Numbers begin at 1 and have no gaps."""

    number: int
    kind: EventKind
    data: Json
    at: datetime

    @property
    def is_last(self) -> bool:
        return self.kind in ENDS
