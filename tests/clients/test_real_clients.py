"""Real, unmodified clients through a running gateway: a whole turn with a tool, and refusals that stop them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.clients.bench import Bench
from tests.clients.client import PROMPT, Client
from tests.clients.every import EACH_CLIENT, EACH_PROGRAM
from tests.clients.installs import Installed
from tests.clients.model import ANSWER, ScriptedModel
from tests.clients.site import Site
from tests.parts.tap import Tap

pytestmark = pytest.mark.real_clients

_ABSENT_MODEL = "no-such-model"

_SHORTENED = 1
"""Opencode asks once more with what it could make shorter."""


@EACH_CLIENT
async def test_a_turn_with_a_tool_goes_through_a_strict_vendor(bench: Bench) -> None:
    since = datetime.now(UTC)

    ran = await bench.run()

    assert bench.model.refused == []
    assert ran.code == 0
    assert ANSWER in ran.shown
    assert set(bench.model.models) == {bench.client.upstream_model}
    assert len(bench.tap.seen) <= bench.client.most_requests
    events = await bench.site.usage(since, len(bench.model.models))
    assert {event["client"] for event in events} == {bench.client.seen_as}
    assert {event["session_id"] for event in events} == _sessions_named(bench)


def _sessions_named(bench: Bench) -> set[str | None]:
    """Return the session that the client named in its requests: one, or none."""
    header = bench.client.session_header
    if header is None:
        return {None}
    named: set[str | None] = {headers[header] for headers in bench.tap.headers if header in headers}
    assert len(named) == 1
    return named


@EACH_CLIENT
async def test_a_model_that_is_not_there_is_told_readably_and_without_a_storm(bench: Bench) -> None:
    ran = await bench.run(model=_ABSENT_MODEL)

    assert ran.code is not None, "it was still trying"
    assert _ABSENT_MODEL in ran.shown
    assert 1 <= len(bench.tap.seen) <= bench.client.most_refused


@EACH_CLIENT
async def test_a_revoked_key_is_told_readably_and_without_a_storm(bench: Bench) -> None:
    ran = await bench.run(key=bench.site.revoked_key)

    assert ran.code is not None, "it was still trying"
    assert "revoked" in ran.shown
    assert 1 <= len(bench.tap.seen) <= bench.client.most_refused
    assert bench.model.models == []


@pytest.fixture
async def small_bench(client: Client, installed: Installed, small_site: Site, tmp_path: Path) -> AsyncIterator[Bench]:
    model = ScriptedModel(client.tool, client.arguments)
    small_site.vendor.script = model
    async with Tap(small_site.installation.port) as tap:
        yield Bench(client, installed, small_site, tap, model, tmp_path)


@EACH_PROGRAM
async def test_a_request_over_the_limit_is_told_readably_and_without_a_storm(small_bench: Bench) -> None:
    ran = await small_bench.run(prompt=f"{PROMPT} {'Take your time. ' * 100}")

    assert ran.code is not None, "it was still trying"
    # Claude Code says it in words of its own.
    assert "larger than" in ran.shown or "too large" in ran.shown
    assert 1 <= len(small_bench.tap.seen) <= small_bench.client.most_refused + _SHORTENED
    assert small_bench.model.models == []
