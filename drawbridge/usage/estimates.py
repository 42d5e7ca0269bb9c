"""What to book when a vendor's own count never reached us. Every such event is marked as estimated."""

from typing import Final, Literal

import msgspec

from drawbridge.usage.events import Tokens

AnswersWith = Literal["text", "vectors", "count"]
"""What a call brings back. A count is made without running a model, at no price."""

BYTES_PER_TOKEN: Final = 4
"""English prose and code run at about four bytes a token with present tokenizers; other scripts at fewer."""

ASSUMED_OUTPUT_TOKENS: Final = 1_000
"""The answer assumed for a call of which nothing more was ever heard, unless the caller allowed less."""


def tokens_in(size_bytes: int) -> int:
    """Estimate the tokens of a text by its length in UTF-8, rounded up."""
    return -(-size_bytes // BYTES_PER_TOKEN)


def estimate_unheard(body_bytes: int, max_output_tokens: int | None, answers_with: AnswersWith) -> Tokens:
    """Estimate a call that was sent and of which nothing more was heard."""
    if answers_with == "count":
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
