"""Usage events as PostgreSQL's COPY takes them: lines of text, written once, when an attempt is settled.

From then on nobody needs to look into them: the drain only hands them on.

Text format of COPY: https://www.postgresql.org/docs/18/sql-copy.html, read 2026-11-23.
"""

import re
from typing import Final
from uuid import UUID

from drawbridge.usage.events import UsageEvent

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
    "streamed",
    "started_at",
    "status",
    *TOKEN_COLUMNS,
    "estimated",
    "cost_nanousd",
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
)
"""The columns in the order in which `copy_line` writes them: numbers first, then what may need escapes."""

MAX_NUMBERS_BYTES: Final = 640
"""The most that a line's ids, times, numbers and separators take."""

_NULL: Final = r"\N"
_SPECIAL: Final = re.compile(r"[\\\t\n\r\0]")
# PostgreSQL has no NUL in text: what callers and vendors send of it is marked.
_ESCAPED: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": "\N{REPLACEMENT CHARACTER}"})


def copy_line(event: UsageEvent) -> bytes:
    """Write one event as a line. Raises UnicodeEncodeError for half a character."""
    intent, settlement = event.intent, event.settlement
    tokens, cost = settlement.tokens, settlement.cost_nanousd
    status, first_byte_ms = settlement.status, settlement.time_to_first_byte_ms
    return (
        f"{intent.attempt_id.int:032x}\t{intent.organisation_id.int:032x}\t{intent.call_id.int:032x}\t"
        f"{intent.principal_id.int:032x}\t{intent.key_id.int:032x}\t"
        f"{intent.streamed}\t{intent.started_at.isoformat()}\t{_NULL if status is None else status}\t"
        f"{tokens.input}\t{tokens.input_cached}\t{tokens.input_cache_write_5m}\t{tokens.input_cache_write_1h}\t"
        f"{tokens.input_audio}\t{tokens.input_image}\t"
        f"{tokens.output}\t{tokens.output_reasoning}\t{tokens.output_audio}\t{tokens.output_image}\t"
        f"{settlement.estimated}\t{_NULL if cost is None else cost}\t"
        f"{_NULL if first_byte_ms is None else first_byte_ms}\t{settlement.duration_ms}\t{_texts(event)}\n"
    ).encode()


def attempt_of(line: bytes) -> str:
    """Return the id of the attempt that a line tells of. Never raises: what is no id is shown as it stands."""
    try:
        return str(UUID(line[:32].decode("ascii")))
    except ValueError:
        return ascii(line[:32])


def _texts(event: UsageEvent) -> str:
    intent, settlement = event.intent, event.settlement
    texts = (
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
    )
    # Nearly always there is nothing to escape: one look at all of them together tells.
    given = "".join([text for text in texts if text])
    if _SPECIAL.search(given) is not None:
        return "\t".join([_NULL if text is None else text.translate(_ESCAPED) for text in texts])
    return "\t".join([_NULL if text is None else text for text in texts])
