"""What a product asks of a model, for whom, and what it is told."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from drawbridge.core.ids import CallId, OrganisationId, PrincipalId
from drawbridge.core.money import Nanousd
from drawbridge.gateway.wire.canonical import Json, Message, SettingName, Tool
from drawbridge.gateway.wire.events import (
    Began,
    Counted,
    Ended,
    Failed,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    PartEnded,
)
from drawbridge.gateway.wire.losses import Loss
from drawbridge.policy.conditions import DataClass
from drawbridge.usage.events import Outcome, Tokens


@dataclass(frozen=True, slots=True)
class Asker:
    """Who makes a call, through which product. That they are signed in is for the product to know."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    product: str
    project_id: UUID | None = None
    session_id: str | None = None
    """What groups calls for a person: a conversation, or a run; at most 200 characters."""
    run_id: UUID | None = None
    """The run that it is a part of: budgets for each run count it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to a model, in no vendor's words. Nothing in it is changed, and it can be asked again."""

    model: str
    messages: Sequence[Message]
    """The conversation, as far as its turns; sealed values in it go back to who made them and to nobody else."""
    tools: Sequence[Tool] = ()
    settings: Mapping[SettingName, Json] = field(default_factory=dict[SettingName, Json])
    """Values as `canonical.Setting` has them."""
    instead: Mapping[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    """What is said in the place of a medium, by the numbers of its message and part, to who is known not to take it.

    It is told as a loss. A medium without such words is refused there.
    """
    streamed: bool = True
    strict: bool = False
    """Refuse the call if something that can change the answer cannot be said to who answers it."""
    data_class: DataClass | None = None
    """How sensitive it is, where it says it itself."""
    deployment: str | None = None
    """The deployment to ask, be it on a route or not; `model` is not looked at then, and no other is called instead."""


class Ending(Struct, frozen=True, kw_only=True):
    """What became of a call, told behind all of its answer, however that ended."""

    call_id: CallId
    model: str
    """The one that was called."""
    called_instead: bool
    """Whether that is another than was asked for, since a budget had no room for that one."""
    deployment: str
    provider: str
    upstream_model: str
    outcome: Outcome
    tokens: Tokens
    estimated: bool
    """True where the vendor's own count did not reach us."""
    cost_nanousd: Nanousd | None
    """None where no price is known: unpriced, which is not free."""
    time_to_first_byte_ms: int | None
    duration_ms: int
    losses: tuple[Loss, ...]
    """What of the conversation could not be said to who answered. Paths begin at `messages`, `tools` or `settings`."""
    clamped_output_tokens: int | None
    """The limit of the answer where budgets or limits made it lower than was asked for."""
    limits: tuple[tuple[str, str], ...]
    """What is left of rate limits, in the headers that the vendor's dialect has for it."""
    status: int | None = None
    """The HTTP status that the vendor answered with; None where it did not."""


class Offer(Struct, frozen=True, kw_only=True):
    """A model that somebody may ask, with what is known of it whoever answers: None where that is not."""

    model: str
    vendors: tuple[str, ...]
    """The presets of its providers; the names of providers that have none."""
    input_usd_per_million: str | None
    """What a million tokens of input cost, of short prompts and at the dearest of its deployments; None: unknown."""
    output_usd_per_million: str | None
    context_tokens: int | None
    max_output_tokens: int | None
    tools: bool | None
    images: bool | None
    documents: bool | None
    audio: bool | None
    video: bool | None
    thinks: bool | None
    takes_temperature: bool | None
    efforts: tuple[str, ...] | None
    """How much it can be told to think, the least first; empty where nothing of that reaches it."""


Said = Began | PartBegan | Grew | Marked | PartEnded | Logprobs | Counted | Ended | Failed
"""What is told of an answer as it comes. An error of the vendor's is told too, as Failed."""

Told = Said | Ending


class Telling(Protocol):
    """An answer as it comes: iterate over it once."""

    @property
    def ending(self) -> Ending | None:
        """What became of the call: known when all is told, when it was refused by its vendor, and when it was left.

        None before that, and of a call that was never made.
        """
        ...

    def give_up(self) -> None:
        """Say, before it is left, that it is not by the wish of who asked: it is booked as cut by us then."""
        ...

    def __aiter__(self) -> AsyncIterator[Told]: ...

    async def __anext__(self) -> Told: ...


class Asks(Protocol):
    """Whoever makes the model calls of the project's own products."""

    def ask(self, who: Asker, asked: Asked, call_id: CallId | None = None) -> AbstractAsyncContextManager[Telling]:
        """Make a call: what is told of its answer comes from the iterator, and last of all an Ending.

        The iterator raises Refusal where the call is not made, or its vendor cannot be reached. Leaving the context
        ends the vendor's stream, and the call is booked as cut by its caller, or by us where the product gave it up or
        failed at it. `call_id` names the call in usage and
        must be new; None: one is made.
        """
        ...

    async def models_for(self, who: Asker) -> list[Offer]:
        """Return the models that somebody may ask, those listed first, then those that open providers serve.

        Vendors are asked for the latter every ten minutes: it can take some seconds. Raises Refusal.
        """
        ...
