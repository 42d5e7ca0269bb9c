"""What the presets claim of vendors, proven from their recorded traffic."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.providers.presets import PRESETS, Preset
from drawbridge.gateway.wire.meter import Metered, meter_for
from drawbridge.usage.prices import price_tokens
from tests.gateway.wire.recorded import Json, payloads, records

pytestmark = pytest.mark.recorded_traffic

# Where the usage of a chat stream stands, asked for and not; None where nobody recorded it.
WHERE_USAGE_STANDS = {
    "openai": {True: "alone", False: "nowhere"},
    "azure": {True: "alone", False: "nowhere"},
    "mistral": {True: None, False: "beside the choices"},
    "groq": {True: None, False: "in x_groq"},
    "deepseek": {True: "beside the choices", False: "beside the choices"},
    "together": {True: None, False: "beside the choices"},
    "openrouter": {True: "beside the choices", False: "beside the choices"},
    "ollama": {True: "alone", False: None},
}
ENDPOINTS: dict[str, Dialect] = {
    "chat/completions": "openai-chat",
    "responses": "openai-responses",
    "embeddings": "openai-embeddings",
}
WHEN = datetime(2026, 11, 1, tzinfo=UTC)
# Names that the price data does not have, asked for and answered.
UNPRICED = {("groq", "compound-beta"), ("openrouter", "anthropic/claude-sonnet-4-5")}


def answered(provider: str, *families: str) -> Iterator[Json]:
    for family in families:
        for record in records(family):
            if record["provider"] == provider and record["request"] and record["response"]["status"] == 200:
                yield record


def chat_streams(provider: str) -> Iterator[tuple[bool, str]]:
    for record in answered(provider, "chat"):
        if "sse" in record["response"]:
            options: Json = record["request"]["body"].get("stream_options") or {}
            yield bool(options.get("include_usage")), record["response"]["sse"]


def metered(record: Json) -> Metered | None:
    response, meter = record["response"], meter_for("chat.completions")
    if "sse" in response:
        meter.piece(response["sse"].encode())
    elif isinstance(response["body"], dict):
        meter.reply(json.dumps(response["body"]).encode())
    else:
        return None
    return meter.result()


def where_usage_stands(stream: str) -> str:
    for chunk in reversed(payloads(stream)):
        if chunk.get("usage"):
            return "beside the choices" if chunk["choices"] else "alone"
        of_groq: Json = chunk.get("x_groq") or {}
        if of_groq.get("usage"):
            return "in x_groq"
    return "nowhere"


@pytest.mark.parametrize("name", WHERE_USAGE_STANDS)
def test_a_chat_stream_tells_its_usage_where_the_preset_says(name: str) -> None:
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for asked, stream in chat_streams(name):
        seen[asked].add(where_usage_stands(stream))

    assert seen == {asked: {place} if place else set() for asked, place in WHERE_USAGE_STANDS[name].items()}
    tells_unasked = WHERE_USAGE_STANDS[name][False] not in {"nowhere", None}
    assert PRESETS[name].traits.usage_in_stream == ("always" if tells_unasked else "asked")


@pytest.mark.parametrize("name", WHERE_USAGE_STANDS)
def test_the_usage_in_a_chat_stream_is_read_wherever_it_stands(name: str) -> None:
    counted = 0
    for asked, stream in chat_streams(name):
        meter = meter_for("chat.completions")
        meter.piece(stream.encode())
        assert meter.result().exact == (WHERE_USAGE_STANDS[name][asked] != "nowhere")
        counted += 1
    assert counted > 0


@pytest.mark.parametrize("name", [n for n in WHERE_USAGE_STANDS if PRESETS[n].traits.pricing_id])
def test_a_vendors_chat_replies_have_a_price(name: str) -> None:
    unpriced: set[tuple[str, str]] = set()
    counted = 0
    for record in answered(name, "chat"):
        reply = metered(record)
        if reply is None or reply.tokens is None:
            continue
        asked = record["request"]["body"].get("model") or ""
        models = [model for model in (asked, reply.reply_model) if model]
        pricing_id = PRESETS[name].traits.pricing_id
        prices = [price_tokens(pricing_id, model, reply.tokens, WHEN).cost_nanousd for model in models]
        counted += 1
        if all(price is None for price in prices):
            unpriced.add((name, asked))
    assert counted > 0
    assert unpriced <= UNPRICED


@pytest.mark.parametrize("preset", [PRESETS[n] for n in (*WHERE_USAGE_STANDS, "cerebras", "xai")], ids=lambda p: p.name)
def test_a_vendor_answers_at_the_presets_address(preset: Preset) -> None:
    address = preset.base_url or preset.address_form
    root = "/" + "/".join(address.split("/")[3:])
    paths = {r["request"]["path"].partition("?")[0] for r in answered(preset.name, "chat", "responses", "embeddings")}

    at_home = {path.removeprefix(root).strip("/") for path in paths if path.startswith(root)}
    spoken = {ENDPOINTS[path] for path in at_home if path in ENDPOINTS}
    assert spoken
    assert spoken <= set(preset.dialects)
