"""What is found out about a deployment, or about a provider."""

from typing import Final, Literal

from msgspec import Struct

from drawbridge.core.ids import CallId
from drawbridge.core.money import Nanousd

Task = Literal["conversation", "vectors"]
"""What a deployment is asked for: a few words, or vectors of a few words."""


class Trouble(Struct, frozen=True, kw_only=True):
    """Why it does not work."""

    code: str
    """Of a vendor's error its kind (`wire.events.FailureKind`), else the reason of a refusal."""
    message: str
    """In the vendor's own words where the vendor said something."""
    status: int | None = None
    """The HTTP status that the vendor answered with; None where it did not."""


LONGEST_S: Final = 60.0
TOO_SLOW: Final = Trouble(code="timeout", message=f"It had not answered a few words within {LONGEST_S:g} s.")


class Probe(Struct, frozen=True, kw_only=True):
    """What became of a call to a deployment."""

    task: Task
    provider: str
    upstream_model: str
    call_id: CallId | None
    """By which it is found in the usage; None of a call that was never made."""
    answer: str
    """The beginning of what it said; how many numbers the vector has; empty where it said nothing."""
    stop_reason: str | None
    trouble: Trouble | None
    """None: it works."""
    duration_ms: int | None
    time_to_first_byte_ms: int | None
    input_tokens: int
    output_tokens: int
    cost_nanousd: Nanousd | None
    """None where no price is known, and where nothing was called."""
    estimated: bool


class Served(Struct, frozen=True, kw_only=True):
    """The models that a provider says it serves, or why it does not say it."""

    models: tuple[str, ...]
    trouble: Trouble | None = None
