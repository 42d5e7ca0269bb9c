"""A usage event: what one attempt at one deployment used, whatever became of it.

On disk these structs are arrays: a new member goes to the end, with a default, so that older records stay readable.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from drawbridge.core.ids import AttemptId, CallId, KeyId, OrganisationId, PrincipalId
from drawbridge.core.money import Nanousd
from drawbridge.usage.lost import Lost

Outcome = Literal[
    "ok",
    "refused_by_provider",
    "provider_failed",
    "cut_by_provider",
    "cut_by_caller",
    "cut_by_us",
    "lost",
]
"""How an attempt ended.

`ok`: the whole reply arrived. `refused_by_provider`: it answered 4xx. `provider_failed`: 5xx, no connection or
no answer in time. `cut_by_provider`, `cut_by_caller`, `cut_by_us`: the reply broke off, because the vendor stopped,
the caller left, or this process was told to stop or ran out of time. `lost`: the process that made the
attempt died before it could settle.
"""


class Tokens(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Tokens by kind. `input` and `output` are totals; every other field is a part of one of them."""

    input: int = 0
    input_cached: int = 0
    input_cache_write_5m: int = 0
    input_cache_write_1h: int = 0
    input_audio: int = 0
    input_image: int = 0
    output: int = 0
    output_reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0


class Intent(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What is known of an attempt before its first byte leaves.

    `estimate` is what will be booked if nothing more is ever heard of the attempt.
    """

    attempt_id: AttemptId
    call_id: CallId
    organisation_id: OrganisationId
    principal_id: PrincipalId
    key_id: KeyId
    product: str
    operation: str
    dialect: str
    model: str
    deployment: str
    provider: str
    upstream_model: str
    pricing_id: str | None
    """The vendor's name in the price data; None where its prices are unknown."""
    session_id: str | None
    client: str | None
    streamed: bool
    started_at: datetime
    estimate: Tokens
    lost: Lost | None = None
    """What of the request a translation could not say; None where it went up in the caller's dialect."""
    project_id: UUID | None = None
    """The project that the caller's key was made for."""
    team_id: UUID | None = None
    """The team that the call is for: the project's, else the caller's."""
    held_nanousd: Nanousd | None = None
    """What was held on each of its windows before it was made; None where nothing was."""
    windows: tuple[UUID, ...] | None = None
    """The windows of the budgets that it counts against; None where there are none."""


class Settlement(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """How an attempt ended. With its intent it makes the usage event."""

    attempt_id: AttemptId
    outcome: Outcome
    status: int | None
    """The vendor's HTTP status; None where none arrived."""
    tokens: Tokens
    estimated: bool
    """True where the vendor's own count did not reach us."""
    cost_nanousd: Nanousd | None
    """None where no price is known: unpriced, which is not free."""
    price_id: str | None
    time_to_first_byte_ms: int | None
    duration_ms: int
    provider_request_id: str | None
    lost: Lost | None = None
    """What of the reply a translation could not say; only where the intent tells what it lost of the request."""
    suspense_nanousd: Nanousd | None = None
    """How much more than its cost it may have come to, within what was held: that stays taken until a bill tells."""
