"""What a reader of usage asks for and gets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from drawbridge.usage.events import Outcome

GroupBy = Literal[
    "model",
    "provider",
    "deployment",
    "principal",
    "key",
    "session",
    "client",
    "product",
    "outcome",
    "day",
]


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which events are wanted: those that meet every condition that is not None."""

    since: datetime | None = None
    until: datetime | None = None
    """Not included."""
    model: str | None = None
    provider: str | None = None
    principal_id: UUID | None = None
    key_id: UUID | None = None
    session_id: str | None = None
    call_id: UUID | None = None
    outcome: Outcome | None = None
    estimated: bool | None = None


class LostLeaf(msgspec.Struct, frozen=True):
    """One leaf of a request or a reply that a translation could not say."""

    path: str
    reason: str
    effect: str
    """What the loss can change: none, answer, price, answer_and_price."""


class CallLosses(msgspec.Struct, frozen=True):
    """What a translated call lost, of the request in the caller's words and of the reply in the vendor's."""

    request: list[LostLeaf]
    reply: list[LostLeaf]
    unlisted: int
    """How many more there were no room for."""


class UsageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, as the API shows it. Tokens: see `usage.events.Tokens`."""

    attempt_id: UUID
    call_id: UUID
    principal_id: UUID
    key_id: UUID
    product: str
    operation: str
    dialect: str
    model: str
    deployment: str
    provider: str
    upstream_model: str
    session_id: str | None
    client: str | None
    streamed: bool
    started_at: datetime
    outcome: str
    status: int | None
    input_tokens: int
    input_cached_tokens: int
    input_cache_write_5m_tokens: int
    input_cache_write_1h_tokens: int
    input_audio_tokens: int
    input_image_tokens: int
    output_tokens: int
    output_reasoning_tokens: int
    output_audio_tokens: int
    output_image_tokens: int
    estimated: bool
    cost_nanousd: int | None
    """What it costs by all that is known now."""
    booked_cost_nanousd: int | None
    """What was booked at first; another figure where it was corrected since."""
    price_id: str | None
    time_to_first_byte_ms: int | None
    duration_ms: int
    provider_request_id: str | None
    lost: CallLosses | None
    """None where the call was not translated."""


class UsageTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Several attempts added up. `unpriced` ones are not in the cost; `estimated` ones are."""

    name: str | None
    attempts: int
    input_tokens: int
    input_cached_tokens: int
    output_tokens: int
    cost_nanousd: int
    unpriced: int
    estimated: int
