"""What to book when a vendor's own count never reached us. Every such event is marked as estimated."""

import re
from typing import Final, Literal

import msgspec

from drawbridge.usage.events import Tokens

AnswersWith = Literal["text", "media", "vectors", "verdict", "count"]
"""What a call brings back.

A count is made without running a model, at no price. A verdict of a moderation is free unless the vendor counts.
"""

BYTES_PER_TOKEN: Final = 4
"""English prose and code run at about four bytes a token with present tokenizers; other scripts at fewer."""

ASSUMED_OUTPUT_TOKENS: Final = 1_000
"""The answer assumed for a call of which nothing more was ever heard, unless the caller allowed less."""

ASSUMED_DURATION_MS: Final = 30_000
"""How long a call is taken to have run whose process died before it could tell, on hardware paid by the hour."""

ASSUMED_MEDIUM_TOKENS: Final = 1_000
"""An image or a minute of sound: vendors count from a hundred to a few thousand tokens, whatever its bytes."""

FASTEST_TOKENS_PER_S: Final = 1_000
"""No model is known to think faster where its thoughts are not told: such make 50 to 400 a second (2026-11)."""

# Media in base64 are long strings without white space, mostly behind the head of a `data:` URL or in a member such as
# `data`. Elsewhere digits tell them from text without spaces. The search takes 4 ms for a megabyte of text, so it is
# made only where some stretch has no space at all; and a body below the limit counts for at most as much as two media
# would.
_SEARCHED_FROM_BYTES: Final = 8_192
_STRETCH_BYTES: Final = 512
_MAY_BE_MEDIUM: Final = re.compile(
    rb'"(data:[^",]{1,100},)?+(?=(?:[A-Za-z0-9+/_-]|\\[/nr]){1024})((?:[A-Za-z0-9+/_-]++|\\[/nr])++)'
)
_KEY_OF_MEDIUM: Final = re.compile(rb'(?i:data|base64|base64encoded|b64_json)"[ \t\r\n]{0,9}:[ \t\r\n]{0,9}\Z')
_KEY_BYTES: Final = 32
_DIGIT: Final = re.compile(rb"[0-9]")


def text_bytes_in(body: bytes) -> int:
    """Return how many bytes of text are worth a JSON body's tokens: its own, with each medium at a flat rate."""
    if len(body) < _SEARCHED_FROM_BYTES or not _may_hold_media(body):
        return len(body)
    sizes = [found.end(2) - found.start(2) for found in _MAY_BE_MEDIUM.finditer(body) if _is_medium(body, found)]
    return len(body) - sum(sizes) + with_media(0, len(sizes))


def _is_medium(body: bytes, found: re.Match[bytes]) -> bool:
    if found[1] is not None or _DIGIT.search(body, found.start(2), found.end(2)) is not None:
        return True
    opening = found.start()
    return _KEY_OF_MEDIUM.search(body, max(0, opening - _KEY_BYTES), opening) is not None


def _may_hold_media(body: bytes) -> bool:
    starts = range(0, len(body) - _STRETCH_BYTES, 2 * _STRETCH_BYTES)
    return any(body.find(b" ", start, start + _STRETCH_BYTES) < 0 for start in starts)


def with_media(text_bytes: int, media: int) -> int:
    """Return how many bytes of text are worth the tokens of a text and so many media."""
    return text_bytes + media * ASSUMED_MEDIUM_TOKENS * BYTES_PER_TOKEN


def tokens_in(size_bytes: int) -> int:
    """Estimate the tokens of a text by its length in UTF-8, rounded up."""
    return -(-size_bytes // BYTES_PER_TOKEN)


def estimate_unheard(body_bytes: int, max_output_tokens: int | None, answers_with: AnswersWith) -> Tokens:
    """Estimate a call that was sent and of which nothing more was heard."""
    if answers_with in {"count", "verdict"}:
        return Tokens()
    if answers_with == "vectors":
        return Tokens(input=tokens_in(body_bytes))
    output = ASSUMED_OUTPUT_TOKENS if max_output_tokens is None else min(ASSUMED_OUTPUT_TOKENS, max_output_tokens)
    return Tokens(input=tokens_in(body_bytes), output=output)


def estimate_cut(unheard: Tokens, counted: Tokens | None, seen_output_bytes: int) -> Tokens:
    """Estimate a reply that broke off: what the vendor had counted by then, but no less output than was seen."""
    seen = tokens_in(seen_output_bytes)
    if counted is None:
        return Tokens(input=unheard.input, output=seen)
    return msgspec.structs.replace(
        counted,
        input=counted.input or unheard.input,
        output=max(counted.output, seen),
    )


def most_within(unheard: Tokens, seen: Tokens, duration_ms: int) -> Tokens:
    """Bound what a vendor can have read and made, thoughts that it does not tell included, by when a stream was cut."""
    return Tokens(
        input=max(seen.input, unheard.input * BYTES_PER_TOKEN),
        output=seen.output + -(-duration_ms * FASTEST_TOKENS_PER_S // 1_000),
    )
