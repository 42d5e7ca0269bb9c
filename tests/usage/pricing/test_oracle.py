"""The price of every recorded interaction with usage, against what the price data reckons by itself.

The expected price comes from `genai_prices` alone: it reads the vendor's usage out of the recorded reply and prices
that. Where it cannot read a reply, or is known to overlook something there, it prices a plain second reading of it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, cast

import genai_prices
import pytest

from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.wire.meter import Metered, meter_for
from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import Priced
from drawbridge.usage.pricing.book import PriceBook
from drawbridge.usage.pricing.rows import Offer
from tests.gateway.wire.recorded import Json, payloads, records
from tests.gateway.wire.test_recorded_usage import FAMILIES, Reading, merged_usage, usage_in
from tests.parts.recordings import load_recordings

pytestmark = pytest.mark.recorded_traffic

AT = datetime(2026, 11, 1, tzinfo=UTC)
VENDORS = {"gemini": "google", "vertex": "google", "google-vertex": "google", "bedrock-mantle": "aws"}
"""Names of vendors in the recordings that are others in the price data."""
FLAVOURS = {"chat/completions": "chat", "responses": "responses", "embeddings": "embeddings"}
TIERS = {"priority", "flex", "batch"}

UNPRICED = {
    ("alibaba", "qwen3-max"),
    ("aws", "openai.gpt-oss-20b"),
    ("aws", "openai.gpt-oss-safeguard-20b"),
    ("azure", "Cohere-embed-v3-english"),
    ("crusoe", "meta-llama/Llama-3.3-70B-Instruct"),
    ("crusoe", "zai/GLM-5.2"),
    ("gpustack", "qwen3"),
    ("groq", "compound-beta"),
    ("huggingface", "Qwen/Qwen2.5-VL-72B-Instruct"),
    ("huggingface", "deepseek-ai/DeepSeek-R1"),
    ("huggingface", "meta-llama/Llama-4-Scout-17B-16E-Instruct"),
    ("huggingface", "meta-llama/llama-3.1-8b-instruct"),
    ("local", "facebook/opt-125m"),
    ("local", "gpt-3.5-turbo"),
    ("local", "intfloat/e5-mistral-7b-instruct"),
    ("local", "meta-llama/Llama-3.2-1B-Instruct"),
    ("mistral", "zai-glm-5-2"),
    ("ollama", "gpt-oss:120b"),
    ("ollama", "granite3.2-vision"),
    ("ollama", "qwen3"),
    ("ollama", "qwen3:0.6b"),
    ("open-responses", "gemma-7b-it"),
    ("open-responses", "gpt-4.1-nano-2025-04-14"),
    ("open-responses", "zai-org/glm-4.7-flash"),
    ("openrouter", "openai/text-embedding-3-small"),
    ("snowflake", "claude-sonnet-4-6"),
    ("snowflake", "llama3.1-8b"),
    ("snowflake", "openai-gpt-4.1"),
}
"""Cannot be priced: the price data does not have the vendor, or not the model there."""

OVERLOOKED = {
    ("azure", "grok-4-1-fast-non-reasoning"): "what was cached is counted apart from the input",
    ("mistral", "mistral-medium-latest"): "what was cached stands in a member of its own",
    ("mistral", "voxtral-small-latest"): "sound is counted apart from the input",
    ("moonshotai", "kimi-k2.6"): "what was cached stands in a member of its own",
    ("anthropic", "claude-opus-4-6"): "a compaction is counted in its iteration only",
    ("google", "gemini-embedding-2"): "a picture's tokens stand among the details",
}
"""Where the price data may read less than the vendor counts: then it is told the counts."""

CACHED_SOUND = "36ff24a028b973d7"
"""Sound that was cached has a price of its own, and no event tells how much of either was the other: the discount is
left out, so that the cost errs upwards."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """A recorded reply with usage."""

    id: str
    vendor: str
    endpoint: str
    models: tuple[str, ...]
    """As it was asked for, and as the reply names it."""
    reply: Json
    """The piece that tells the usage, with all of it."""
    plain: Tokens
    metered: Metered
    tokens: Tokens

    @property
    def tier(self) -> str | None:
        return self.metered.service_tier if self.metered.service_tier in TIERS else None


def interactions() -> Iterator[Interaction]:
    asked = {recording.id: recording.model for recording in load_recordings()}
    for family, operations, reading, merges in FAMILIES:
        for record in records(family):
            operation = operations.get(record["endpoint"])
            found = operation and interaction(record, operation, reading, asked, merges=merges)
            if found:
                yield found


def interaction(
    record: Json, operation: Operation, reading: Reading, asked: dict[str, str], *, merges: bool
) -> Interaction | None:
    response, meter = record["response"], meter_for(operation)
    if response["status"] != 200:
        return None
    body: Json = response.get("body")
    pieces = payloads(response["sse"]) if "sse" in response else pieces_of(body)
    meter.piece(response["sse"].encode() if "sse" in response else json.dumps(body).encode())
    metered = meter.result()
    with_usage: list[Json] = [piece for piece in pieces if isinstance(piece, dict) and usage_in(piece)]
    plain = reading(merged_usage(with_usage, merges=merges))
    if metered.tokens is None or plain is None:
        return None
    inner = holder_of(with_usage[-1])
    name = "usage" if inner.get("usage") else "usageMetadata"
    models = tuple(model for model in (asked.get(record["id"]), metered.reply_model) if model)
    return Interaction(
        record["id"],
        vendor_of(record["provider"]),
        record["endpoint"],
        models,
        inner | {name: merged_usage(with_usage, merges=merges)},
        plain,
        metered,
        metered.tokens,
    )


def pieces_of(body: Json) -> list[Json]:
    if not isinstance(body, list):
        return [body]
    # Any: JSON that was recorded.
    return cast("list[Any]", body)


def vendor_of(recorded: str) -> str:
    return VENDORS.get(recorded, recorded)


def holder_of(piece: Json) -> Json:
    named = (piece.get(name) for name in ("response", "message", "x_groq"))
    return next(inner for inner in (piece, *named) if inner and (inner.get("usage") or inner.get("usageMetadata")))


def ours(called: Interaction) -> Priced:
    book = PriceBook()
    offers = [Offer("vendor", model, called.vendor) for model in called.models]
    prices = [book.find(offer, AT, called.metered.service_tier) for offer in offers]
    found = next((price for price in prices if price is not None), None)
    return book.reckon(found, called.tokens, called.metered.beside)


def read_by_the_price_data(called: Interaction) -> genai_prices.Usage | None:
    for flavour in (FLAVOURS.get(called.endpoint, "default"), "default", "chat"):
        try:
            return genai_prices.extract_usage(called.reply, provider_id=called.vendor, api_flavor=flavour).usage
        except (ValueError, LookupError, AttributeError):
            continue
    return None


def told(tokens: Tokens) -> genai_prices.Usage:
    return genai_prices.Usage(
        input_tokens=tokens.input,
        cache_read_tokens=tokens.input_cached,
        cache_write_tokens=tokens.input_cache_write_5m + tokens.input_cache_write_1h,
        cache_write_5m_tokens=tokens.input_cache_write_5m,
        cache_write_1h_tokens=tokens.input_cache_write_1h,
        input_audio_tokens=tokens.input_audio,
        input_image_tokens=tokens.input_image,
        output_tokens=tokens.output,
        output_reasoning_tokens=tokens.output_reasoning,
        output_audio_tokens=tokens.output_audio,
        output_image_tokens=tokens.output_image,
    )


def theirs(called: Interaction, usage: genai_prices.Usage) -> int | None:
    context = {"service_tier": called.tier} if called.tier else None
    for model in called.models:
        try:
            price = genai_prices.calc_price(
                usage, model, provider_id=called.vendor, genai_request_timestamp=AT, price_context=context
            )
        except LookupError:
            continue
        return int((price.total_price * 10**9).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    return None


def expected(called: Interaction) -> int | None:
    read = read_by_the_price_data(called)
    if read is not None and (called.vendor, called.models[0]) not in OVERLOOKED:
        return theirs(called, read)
    return theirs(called, told(called.plain))


def test_every_recorded_interaction_costs_what_the_price_data_reckons() -> None:
    priced, unpriced = 0, set[tuple[str, str]]()
    for called in interactions():
        if called.id == CACHED_SOUND:
            continue
        cost = ours(called).cost_nanousd
        assert cost == expected(called), called.id
        if cost is None:
            unpriced.add((called.vendor, called.models[0]))
        else:
            priced += 1

    assert unpriced == UNPRICED
    assert priced > 1_900


def test_what_the_price_data_is_told_because_it_overlooks_it_is_no_more_than_that() -> None:
    seen = set[tuple[str, str]]()
    for called in interactions():
        read = read_by_the_price_data(called)
        if read is None or called.id == CACHED_SOUND:
            continue
        try:
            if theirs(called, read) != theirs(called, told(called.plain)) and not called.metered.beside.web_searches:
                seen.add((called.vendor, called.models[0]))
        except ValueError:
            seen.add((called.vendor, called.models[0]))

    assert seen == OVERLOOKED.keys()


def test_cached_sound_errs_upwards() -> None:
    [called] = [called for called in interactions() if called.id == CACHED_SOUND]
    read = read_by_the_price_data(called)
    assert read is not None

    cost, least = ours(called).cost_nanousd, theirs(called, read)

    assert cost is not None
    assert least is not None
    assert cost > least


def test_searches_of_the_web_are_charged_and_the_price_id_counts_them() -> None:
    searching = [called for called in interactions() if called.metered.beside.web_searches]

    assert len(searching) >= 6
    for called in searching:
        priced = ours(called)
        assert priced.price_id is not None
        assert priced.price_id.endswith(f"+web_searches={called.metered.beside.web_searches}"), called.id
