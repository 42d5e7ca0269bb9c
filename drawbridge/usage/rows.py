"""Usage events as PostgreSQL's COPY takes them: lines of text, written once, when an attempt is settled.

From then on nobody needs to look into them: the drain only hands them on.

CSV, since JSON without its brackets is nearly that, and written by C in a quarter of the time:
https://www.postgresql.org/docs/18/sql-copy.html, read 2026-11-23.
"""

from typing import Final
from uuid import UUID

import msgspec

from drawbridge.usage.events import Intent, Settlement
from drawbridge.usage.lost import NOTHING_LOST, lost_json

TOKEN_COLUMNS: Final = (
    "input_tokens",
    "input_cached_tokens",
    "input_cache_write_5m_tokens",
    "input_cache_write_1h_tokens",
    "input_audio_tokens",
    "input_image_tokens",
    "output_tokens",
    "output_reasoning_tokens",
    "output_audio_tokens",
    "output_image_tokens",
)
"""In the order of `usage.events.Tokens`."""

COLUMNS: Final = (
    "attempt_id",
    "organisation_id",
    "call_id",
    "principal_id",
    "key_id",
    "project_id",
    "team_id",
    "streamed",
    "started_at",
    "status",
    *TOKEN_COLUMNS,
    "estimated",
    "cost_nanousd",
    "held_nanousd",
    "suspense_nanousd",
    "time_to_first_byte_ms",
    "duration_ms",
    "product",
    "operation",
    "dialect",
    "model",
    "deployment",
    "provider",
    "upstream_model",
    "outcome",
    "session_id",
    "client",
    "price_id",
    "provider_request_id",
    "lost",
    "windows",
)
"""The columns in the order in which `copy_line` writes them: numbers first, then what may need escapes."""

COPY_FORMAT: Final = r"format csv, null 'null', escape '\', encoding 'UTF8'"
"""The options of COPY that lines are written for."""

MAX_NUMBERS_BYTES: Final = 876
"""The most that a line's ids, times, numbers, quotes and separators take."""

_encode: Final = msgspec.json.Encoder().encode
# PostgreSQL has no NUL in text: what callers and vendors send of it is marked.
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\0": "\N{REPLACEMENT CHARACTER}"})


def copy_line(intent: Intent, settlement: Settlement) -> bytes:
    """Write one event as a line. Raises UnicodeEncodeError for half a character, OverflowError beyond 64 bits."""
    tokens = settlement.tokens
    values = (
        intent.attempt_id,
        intent.organisation_id,
        intent.call_id,
        intent.principal_id,
        intent.key_id,
        intent.project_id,
        intent.team_id,
        intent.streamed,
        intent.started_at,
        settlement.status,
        tokens.input,
        tokens.input_cached,
        tokens.input_cache_write_5m,
        tokens.input_cache_write_1h,
        tokens.input_audio,
        tokens.input_image,
        tokens.output,
        tokens.output_reasoning,
        tokens.output_audio,
        tokens.output_image,
        settlement.estimated,
        settlement.cost_nanousd,
        intent.held_nanousd,
        settlement.suspense_nanousd,
        settlement.time_to_first_byte_ms,
        settlement.duration_ms,
        intent.product,
        intent.operation,
        intent.dialect,
        intent.model,
        intent.deployment,
        intent.provider,
        intent.upstream_model,
        settlement.outcome,
        intent.session_id,
        intent.client,
        settlement.price_id,
        settlement.provider_request_id,
        None if intent.lost is None else lost_json(intent.lost, settlement.lost or NOTHING_LOST),
        None if intent.windows is None else f"{{{','.join(map(str, intent.windows))}}}",
    )
    line = _encode(values)[1:-1]
    if b"\\" in line:
        # JSON has more escapes than CSV.
        line = b",".join([_quoted(value) if isinstance(value, str) else _encode(value) for value in values])
    return line + b"\n"


def attempt_of(line: bytes) -> str:
    """Return the id of the attempt that a line tells of. Never raises: what is no id is shown as it stands."""
    try:
        return str(UUID(line[1:37].decode("ascii")))
    except ValueError:
        return ascii(line[:38])


def _quoted(text: str) -> bytes:
    return b'"%b"' % text.translate(_ESCAPED).encode()
