"""What some clients do besides their turns: choose a model, knock elsewhere first, have everything counted at once."""

from datetime import UTC, datetime

import pytest

from tests.clients.bench import Bench
from tests.clients.client import UPSTREAM
from tests.clients.every import each_of
from tests.clients.model import ANSWER
from tests.clients.npm_clients import (
    CLAUDE_CODE,
    CODEX_WITH_ITS_OWN_PROVIDER,
    CODEX_WITH_WEBSOCKETS,
    GEMINI_CLI_ROUTING,
    OLD_CLAUDE_CODE,
)

pytestmark = pytest.mark.real_clients

_ABSENT_MODEL = "no-such-model"
_FEWEST_COUNTS = 10


@each_of(GEMINI_CLI_ROUTING)
async def test_a_small_model_chooses_by_a_schema_and_the_chosen_one_streams(bench: Bench) -> None:
    [router] = bench.client.own_models
    streamed = f"POST /v1beta/models/{bench.client.model}:streamGenerateContent?alt=sse"

    ran = await bench.run()

    assert bench.model.refused == []
    assert (ran.code, ANSWER in ran.shown) == (0, True)
    # The larger model would have been asked if the router's answer had not fitted its schema.
    assert bench.model.models == [name + UPSTREAM for name in (router, bench.client.model, bench.client.model)]
    assert bench.tap.seen == [f"POST /v1beta/models/{router}:generateContent", streamed, streamed]


@each_of(CODEX_WITH_WEBSOCKETS, CODEX_WITH_ITS_OWN_PROVIDER)
async def test_codex_tries_a_websocket_once_and_goes_on_with_posts(bench: Bench) -> None:
    ran = await bench.run()

    assert bench.model.refused == []
    assert (ran.code, ANSWER in ran.shown) == (0, True)
    assert bench.tap.seen == ["GET /v1/responses", "POST /v1/responses", "POST /v1/responses"]
    assert bench.tap.headers[0]["upgrade"] == "websocket"
    assert "Reconnecting" not in ran.shown


@each_of(CODEX_WITH_WEBSOCKETS, CODEX_WITH_ITS_OWN_PROVIDER)
async def test_codex_is_refused_readably_behind_a_websocket_too(bench: Bench) -> None:
    ran = await bench.run(model=_ABSENT_MODEL)

    assert ran.code is not None, "it was still trying"
    assert f"Model '{_ABSENT_MODEL}' is not known here" in ran.shown
    assert 1 <= bench.tap.seen.count("POST /v1/responses") <= bench.client.most_refused
    assert bench.tap.seen.count("GET /v1/responses") == 1


@each_of(CLAUDE_CODE, OLD_CLAUDE_CODE)
async def test_all_counts_that_claude_code_asks_for_at_once_are_made_and_cost_nothing(bench: Bench) -> None:
    since = datetime.now(UTC)

    ran = await bench.run(prompt="/context")

    assert bench.model.refused == []
    assert (ran.code, "Estimated usage by category" in ran.shown) == (0, True)
    assert set(bench.tap.seen) == {"POST /v1/messages/count_tokens?beta=true"}
    assert len(bench.tap.seen) == len(bench.model.models) >= _FEWEST_COUNTS
    events = await bench.site.usage(since, len(bench.tap.seen))
    assert len(events) == len(bench.tap.seen)
    assert {event["cost_nanousd"] for event in events} == {0}
