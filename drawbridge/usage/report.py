"""What a reader of usage asks for and gets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

import msgspec

from drawbridge.usage.events import Outcome
from drawbridge.usage.rows import TOKEN_COLUMNS

Dimension = Literal[
    "principal",
    "team",
    "project",
    "product",
    "model",
    "deployment",
    "provider",
    "vendor",
    "key",
    "session",
    "client",
    "outcome",
    "day",
    "hour",
]
"""What usage is added up by. Days and hours are those of UTC; a vendor is whose models a provider has."""

DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)

GroupBy = Dimension | Literal["person"]
"""A dimension as people may name it: a person is a principal."""

SUMS: Final = ("attempts", *TOKEN_COLUMNS, "cost_nanousd", "overage_nanousd", "unpriced", "estimated")
"""What is added up."""


def dimensions_of(by: Iterable[GroupBy]) -> tuple[Dimension, ...]:
    """Return each dimension once, in the order in which they were named."""
    return tuple(dict.fromkeys("principal" if name == "person" else name for name in by))


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
    principal: str | None = None
    """By name or id, as are team and project."""
    team: str | None = None
    project: str | None = None
    product: str | None = None
    deployment: str | None = None
    vendor: str | None = None
    client: str | None = None


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
    project_id: UUID | None
    team_id: UUID | None
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
    """Several attempts added up. `unpriced` ones are not in the cost; `estimated` ones are.

    `overage_nanousd` is the part of the cost that was above what had been held for the attempts.
    """

    group: dict[str, str | None]
    """The dimensions that these attempts have in common; of what was deleted since, the id. None for none at all."""
    ids: dict[str, UUID | None]
    """Of those dimensions that have ids."""
    attempts: int
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
    cost_nanousd: int
    overage_nanousd: int
    unpriced: int
    estimated: int


class UsageTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Usage added up: in the order of time where that is a dimension, otherwise the dearest first."""

    by: tuple[Dimension, ...]
    totals: list[UsageTotal]
    is_complete: bool
    """False where there are more of them than were asked for."""
