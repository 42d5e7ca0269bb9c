"""The meters against recorded traffic, compared with a second, plain reading of the same replies."""

import json
import random
from collections.abc import Callable, Iterator

import pytest

from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.wire.meter import Metered, meter_for
from drawbridge.usage.events import Tokens
from tests.gateway.wire.recorded import Json, payloads, records

pytestmark = pytest.mark.recorded_traffic

NOTHING: Json = {}

Reading = Callable[[Json], Tokens | None]


def n(value: Json) -> int:
    return int(value or 0)


def part(usage: Json, name: str) -> Json:
    found: Json = usage.get(name)
    return found or NOTHING


def read_chat(usage: Json) -> Tokens | None:
    if not usage:
        return None
    given, made = part(usage, "prompt_tokens_details"), part(usage, "completion_tokens_details")
    prompt, completion, total = (
        n(usage.get("prompt_tokens")),
        n(usage.get("completion_tokens")),
        usage.get("total_tokens"),
    )
    reasoning, audio = n(made.get("reasoning_tokens")), n(given.get("audio_tokens"))
    if total == prompt + completion + reasoning:
        completion += reasoning
    elif total == prompt + completion + audio:
        prompt += audio
    elif "completion_tokens" not in usage:
        prompt = total
    own = [usage.get(name) for name in ("prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens")]
    cached = n(given.get("cached_tokens")) or max(map(n, own))
    if cached > prompt:
        # Azure's Grok models count what was cached apart.
        prompt += cached
    return Tokens(
        input=prompt,
        input_cached=cached,
        input_cache_write_5m=n(given.get("cache_write_tokens")),
        input_audio=audio,
        input_image=n(given.get("image_tokens")),
        output=completion,
        output_reasoning=reasoning,
        output_audio=n(made.get("audio_tokens")),
        output_image=n(made.get("image_tokens")),
    )


def read_responses(usage: Json) -> Tokens | None:
    if not usage:
        return None
    given, made = usage["input_tokens_details"], usage["output_tokens_details"]
    return Tokens(
        input=usage["input_tokens"],
        input_cached=given["cached_tokens"],
        input_cache_write_5m=n(given.get("cache_write_tokens")),
        output=usage["output_tokens"],
        output_reasoning=made["reasoning_tokens"],
    )


def read_anthropic(usage: Json) -> Tokens | None:
    if not usage:
        return None
    iterations: list[Json] = usage.get("iterations") or []
    parts = [usage] + [each for each in iterations if each["type"] == "compaction"]
    read = sum(n(each.get("cache_read_input_tokens")) for each in parts)
    written = sum(n(each.get("cache_creation_input_tokens")) for each in parts)
    long = sum(n(part(each, "cache_creation").get("ephemeral_1h_input_tokens")) for each in parts)
    return Tokens(
        input=sum(n(each.get("input_tokens")) for each in parts) + read + written,
        input_cached=read,
        input_cache_write_5m=written - long,
        input_cache_write_1h=long,
        output=sum(n(each.get("output_tokens")) for each in parts),
        output_reasoning=n(part(usage, "output_tokens_details").get("thinking_tokens")),
    )


def read_gemini(usage: Json) -> Tokens | None:
    if not usage or not {"promptTokenCount", "candidatesTokenCount"} & set(usage):
        return None
    given = usage.get("promptTokensDetails", usage.get("promptTokenDetails", []))
    given = given + usage.get("toolUsePromptTokensDetails", [])
    made = usage.get("candidatesTokensDetails", [])
    thoughts = usage.get("thoughtsTokenCount", 0)

    def of(details: Json, modality: str) -> int:
        return sum(detail["tokenCount"] for detail in details if detail["modality"] == modality)

    return Tokens(
        input=usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0),
        input_cached=usage.get("cachedContentTokenCount", 0),
        input_audio=of(given, "AUDIO"),
        input_image=of(given, "IMAGE"),
        output=usage.get("candidatesTokenCount", 0) + thoughts,
        output_reasoning=thoughts,
        output_audio=of(made, "AUDIO"),
        output_image=of(made, "IMAGE"),
    )


def usage_in(reply: Json) -> Json:
    """Find the count of one whole reply, or of one streamed piece."""
    inner: Json
    for inner in (reply, reply.get("response"), reply.get("message"), reply.get("x_groq")):
        found: Json = inner and (inner.get("usage") or inner.get("usageMetadata"))
        if found:
            return found
    return None


def merged_usage(pieces: list[Json], *, merges: bool) -> Json:
    found = [usage for piece in pieces if (usage := usage_in(piece))]
    if not merges:
        return found[-1] if found else NOTHING
    merged: dict[str, Json] = {}
    for usage in found:
        merged.update({name: value for name, value in usage.items() if value is not None})
    return merged


FAMILIES: list[tuple[str, dict[str, Operation], Reading, bool]] = [
    ("chat", {"chat/completions": "chat.completions"}, read_chat, False),
    ("responses", {"responses": "responses"}, read_responses, False),
    ("messages", {"messages": "messages"}, read_anthropic, True),
    (
        "gemini",
        {"generateContent": "generateContent", "streamGenerateContent": "streamGenerateContent"},
        read_gemini,
        True,
    ),
    ("embeddings", {"embeddings": "embeddings"}, read_chat, False),
    ("embeddings", {"embedContent": "embedContent", "batchEmbedContents": "batchEmbedContents"}, read_gemini, False),
]


def replies(
    family: str, operations: dict[str, Operation], *, without: str | None = None
) -> Iterator[tuple[str, Operation, Json]]:
    for record in records(family):
        is_wanted = record["endpoint"] in operations and without not in record["tags"]
        if is_wanted and record["response"]["status"] == 200:
            yield record["id"], operations[record["endpoint"]], record["response"]


def metered_at_random_cuts(operation: Operation, stream: bytes, seed: str) -> Metered:
    sizes = random.Random(seed)
    meter = meter_for(operation)
    at = 0
    while at < len(stream):
        size = sizes.choice((1, 3, 17, 130, 1_000, 9_000))
        meter.piece(stream[at : at + size])
        at += size
    return meter.result()


@pytest.mark.parametrize(("family", "operations", "reading", "merges"), FAMILIES)
def test_recorded_whole_replies_are_metered_as_a_plain_reading_counts_them(
    family: str, operations: dict[str, Operation], reading: Reading, merges: bool
) -> None:
    counted = 0
    for identity, operation, response in replies(family, operations):
        body = response.get("body")
        if isinstance(body, dict):
            meter = meter_for(operation)
            meter.reply(json.dumps(body).encode())
            assert meter.result().tokens == reading(usage_in(body)), identity
            counted += 1
    print(f"{family}: {counted} whole replies metered")
    assert counted > 0


@pytest.mark.parametrize(("family", "operations", "reading", "merges"), FAMILIES[:4])
def test_recorded_streams_are_metered_at_any_cut_as_a_plain_reading_counts_them(
    family: str, operations: dict[str, Operation], reading: Reading, merges: bool
) -> None:
    counted = 0
    for identity, operation, response in replies(family, operations):
        if "sse" in response:
            stream, pieces = response["sse"].encode(), payloads(response["sse"])
        elif isinstance(response.get("body"), list):
            stream, pieces = json.dumps(response["body"], indent=2).encode(), response["body"]
        else:
            continue
        metered = metered_at_random_cuts(operation, stream, identity)
        assert metered.tokens == reading(merged_usage(pieces, merges=merges)), identity
        assert metered.complete, identity
        assert metered == metered_at_random_cuts(operation, stream, identity + " cut elsewhere"), identity
        counted += 1
    print(f"{family}: {counted} streams metered")
    assert counted > 0


@pytest.mark.parametrize(("family", "operations", "reading", "merges"), FAMILIES[:4])
def test_no_recorded_stream_that_breaks_off_is_taken_for_complete(
    family: str, operations: dict[str, Operation], reading: Reading, merges: bool
) -> None:
    # Some reframed fixtures hold several replies, one behind the other.
    for identity, operation, response in replies(family, operations, without="reframed"):
        if "sse" in response:
            stream = response["sse"].encode()
            metered = metered_at_random_cuts(operation, stream[: len(stream) // 3], identity)
            assert not metered.exact, identity
