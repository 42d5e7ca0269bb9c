"""Tokens and their probabilities, as a response tells them.

Source: https://platform.openai.com/docs/api-reference/responses/object, as of 2026-11-23.
"""

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import TokenLogprob, Usage
from drawbridge.gateway.wire.json_text import elements, members, whole_number

Body = dict[str, Json]


def read_usage(response: Body) -> Usage | None:
    """Read what a response has used; None where it does not say."""
    raw = members(response.get("usage"))
    if not raw:
        return None
    given, made = members(raw.get("input_tokens_details")), members(raw.get("output_tokens_details"))
    searches = members(members(response.get("tool_usage")).get("web_search"))
    return Usage(
        input=whole_number(raw.get("input_tokens")),
        cached=whole_number(given.get("cached_tokens")),
        cache_written=whole_number(given.get("cache_write_tokens")),
        input_audio=whole_number(given.get("audio_tokens")),
        input_image=whole_number(given.get("image_tokens")),
        output=whole_number(raw.get("output_tokens")),
        reasoning=whole_number(made.get("reasoning_tokens")),
        output_audio=whole_number(made.get("audio_tokens")),
        output_image=whole_number(made.get("image_tokens")),
        total=whole_number(raw.get("total_tokens")),
        searches=whole_number(searches.get("num_requests")),
    )


def same_usage(usage: Usage) -> Body:
    """Write what is known of the usage, and no more."""
    given = {
        "cached_tokens": usage.cached,
        "cache_write_tokens": usage.cache_written,
        "audio_tokens": usage.input_audio,
        "image_tokens": usage.input_image,
    }
    made = {
        "reasoning_tokens": usage.reasoning,
        "audio_tokens": usage.output_audio,
        "image_tokens": usage.output_image,
    }
    said = {
        "input_tokens": usage.input,
        "input_tokens_details": _known(given) or None,
        "output_tokens": usage.output,
        "output_tokens_details": _known(made) or None,
        "total_tokens": usage.total,
    }
    return _known(said)


def full_usage(usage: Usage) -> Body:
    """Write the usage with all members that the official SDK's type requires."""
    given, made = usage.input or 0, usage.output or 0
    said = same_usage(usage)
    return said | {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, **said.get("input_tokens_details", {})},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0, **said.get("output_tokens_details", {})},
        "total_tokens": given + made if usage.total is None else usage.total,
    }


def _known(said: Body) -> Body:
    return {name: value for name, value in said.items() if value is not None}


def merged(old: Usage, new: Usage) -> Usage:
    """Return what is known after a later count."""
    for name in Usage.__struct_fields__:
        if getattr(new, name) is None:
            setattr(new, name, getattr(old, name))
    return new


def read_logprobs(raw: Json) -> list[TokenLogprob]:
    """Read tokens' probabilities; none where one cannot be read."""
    tokens = [_read_token(each) for each in elements(raw)]
    return [] if None in tokens else [token for token in tokens if token is not None]


def _read_token(raw: Json) -> TokenLogprob | None:
    told = members(raw)
    token, logprob = told.get("token"), told.get("logprob")
    if not isinstance(token, str) or not isinstance(logprob, int | float):
        return None
    as_bytes = [number for each in elements(told.get("bytes")) if (number := whole_number(each)) is not None]
    return TokenLogprob(
        token=token,
        logprob=logprob,
        bytes=as_bytes if isinstance(told.get("bytes"), list) else None,
        top=read_logprobs(told.get("top_logprobs")),
    )


def write_logprobs(tokens: list[TokenLogprob], *, with_bytes: bool) -> list[Json]:
    """Write tokens' probabilities. A delta has no bytes, a whole part must have them."""
    return [
        {**_token(token, with_bytes), "top_logprobs": [_token(top, with_bytes) for top in token.top]}
        for token in tokens
    ]


def _token(token: TokenLogprob, with_bytes: bool) -> Body:
    said: Body = {"token": token.token, "logprob": token.logprob}
    if with_bytes:
        said["bytes"] = [*token.token.encode()] if token.bytes is None else token.bytes
    return said
