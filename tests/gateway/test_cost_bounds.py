"""The most that a call can cost: erring upwards, and not told where it cannot be."""

import json
from datetime import UTC, datetime

import pytest

from drawbridge.gateway.cost_bounds import most_cost
from drawbridge.gateway.endpoints import CHAT, COUNT_TOKENS, EMBEDDINGS, MESSAGES, RESPONSES, Endpoint
from drawbridge.gateway.request import read_request
from drawbridge.gateway.snapshot import Deployment, Provider
from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import price_tokens
from drawbridge.usage.pricing.book import PriceBook
from tests.parts.caller import Json

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SAID = [{"role": "user", "content": "How are you?"}]


def deployment(pricing_id: str | None, model: str) -> Deployment:
    return Deployment("d", Provider("p", frozenset(), "http://p", pricing_id=pricing_id), model)


GPT = deployment("openai", "gpt-4o-mini")
LLAMA = deployment("groq", "llama-3.3-70b-versatile")
CLAUDE = deployment("anthropic", "claude-sonnet-4-5")


def bound(endpoint: Endpoint, body: Json, at: Deployment = GPT) -> int | None:
    return most_cost(read_request(endpoint, None, json.dumps({"model": "m"} | body).encode()), at, PriceBook(), NOW)


def test_the_bound_is_above_what_such_a_call_costs_and_grows_with_its_limit_and_its_answers() -> None:
    small = bound(CHAT, {"messages": SAID, "max_tokens": 100})
    large = bound(CHAT, {"messages": SAID, "max_tokens": 1_000})
    several = bound(CHAT, {"messages": SAID, "max_tokens": 1_000, "n": 3})

    real = price_tokens("openai", "gpt-4o-mini", Tokens(input=11, output=100), NOW).cost_nanousd
    assert small is not None
    assert real is not None
    assert large is not None
    assert several is not None
    assert real <= small < large < several


def test_what_is_written_to_a_cache_is_part_of_the_bound() -> None:
    told = bound(MESSAGES, {"messages": SAID, "max_tokens": 1}, CLAUDE)

    written = price_tokens("anthropic", "claude-sonnet-4-5", Tokens(input=12, input_cache_write_1h=12, output=1), NOW)
    assert told is not None
    assert written.cost_nanousd is not None
    assert told >= written.cost_nanousd


def test_a_count_costs_nothing_and_vectors_no_more_than_a_token_for_each_byte() -> None:
    assert bound(COUNT_TOKENS, {"messages": SAID}, CLAUDE) == 0

    told = bound(EMBEDDINGS, {"input": "x" * 100}, deployment("openai", "text-embedding-3-small"))
    real = price_tokens("openai", "text-embedding-3-small", Tokens(input=100), NOW).cost_nanousd
    assert told is not None
    assert real is not None
    assert told >= real


@pytest.mark.parametrize(
    ("endpoint", "body", "at"),
    [
        pytest.param(CHAT, {"messages": SAID}, LLAMA, id="no limit, of a model whose own is not known"),
        pytest.param(CHAT, {"messages": SAID, "max_tokens": 9}, deployment(None, "x"), id="no price data"),
        pytest.param(CHAT, {"messages": SAID, "max_tokens": 9}, deployment("openai", "no-such"), id="no price"),
        pytest.param(
            CHAT, {"messages": SAID, "max_tokens": 9, "modalities": ["text", "audio"]}, GPT, id="sound in the answer"
        ),
        pytest.param(
            RESPONSES,
            {"input": "Hi", "max_output_tokens": 9, "previous_response_id": "resp_1"},
            GPT,
            id="what the vendor has stored",
        ),
        pytest.param(
            RESPONSES,
            {"input": "Hi", "max_output_tokens": 9, "tools": [{"type": "web_search"}]},
            GPT,
            id="vendor's tool",
        ),
        pytest.param(CHAT, {"messages": 7, "max_tokens": 9}, GPT, id="nothing that can be read"),
    ],
)
def test_what_cannot_be_told_is_not_told(endpoint: Endpoint, body: Json, at: Deployment) -> None:
    assert bound(endpoint, body, at) is None
