"""Coding agents before vendors that speak another dialect: a whole turn, and nothing of it changes on the way."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.across import PAIRS, Spoken, model_of
from tests.clients.bench import Bench
from tests.clients.client import PROMPT, Client
from tests.clients.every import in_turn
from tests.clients.installs import Installed
from tests.clients.site import Site
from tests.clients.steps import END, FILES, PREFACE, SteppingModel
from tests.parts.oracle.facts import plain_name
from tests.parts.oracle.judge import FACTS
from tests.parts.tap import Tap

pytestmark = pytest.mark.real_clients

_REQUESTS = 3
_ID_PREFIXES = {"chat": "call_", "responses": "call_", "anthropic": "toolu_", "gemini": "fc_"}
_UNSEALED = {
    # Chat completions have no place for a seal.
    *(("opencode-chat", dialect) for dialect in ("responses", "anthropic", "gemini")),
    # It leaves thoughts out of its history (0.61.0), and a signature of Anthropic's is nothing without its words.
    ("gemini-cli", "anthropic"),
}
"""Where what a vendor has sealed does not come back to it."""


@pytest.fixture
async def stepping(client: Client, installed: Installed, site: Site, tmp_path: Path) -> AsyncIterator[Bench]:
    model = SteppingModel(client.tool, client.arguments)
    site.vendor.script = model
    async with Tap(site.installation.port) as tap:
        yield Bench(client, installed, site, tap, model, tmp_path)


@pytest.mark.parametrize(
    ("client", "spoken"),
    [pytest.param(client, on, id=f"{client.name} on {on.name}", marks=in_turn(client)) for client, on in PAIRS],
)
async def test_a_turn_with_parallel_calls_goes_through_a_strict_vendor_of_another_dialect(
    stepping: Bench, spoken: Spoken
) -> None:
    model = stepping.model
    assert isinstance(model, SteppingModel)

    ran = await stepping.run(model=model_of(stepping.client.model, spoken), prompt=f"{PROMPT} 🎯")

    assert model.refused == []
    assert (ran.code, END in ran.shown) == (0, True)
    assert {file.name: file.read_text() for file in (stepping.home / "project").glob("*.txt")} == dict(FILES)
    assert set(model.models) == {spoken.upstream_model}
    assert len(model.bodies) == _REQUESTS
    check_conversation(model, spoken)
    if (stepping.client.name, spoken.name) not in _UNSEALED:
        assert {seal for seal in model.sealed if seal in json.dumps(model.bodies[-1])} == model.sealed


def check_conversation(model: SteppingModel, spoken: Spoken) -> None:
    """Assert that the vendor's last request holds all that was said, as it was said."""
    facts = FACTS[spoken.dialect](model.bodies[-1])
    assert any("🎯" in fact.value for fact in facts.of("user"))
    assert [fact.value for fact in facts.of("assistant")] == [PREFACE]
    assert [fact.value for fact in facts.of("call")] == [
        (plain_name(call.name), call.arguments) for call in model.calls
    ]
    for place, (fact, text) in enumerate(zip(facts.of("result"), FILES.values(), strict=True)):
        assert fact.value[0] == place
        assert text in "\n".join(fact.value[1])
    written = json.dumps(model.bodies[-1])
    for call in model.calls:
        # Of the call and of its result. Gemini joins them by their order.
        assert written.count(f'"{_ID_PREFIXES[spoken.name]}{call.id}"') == (0 if spoken.name == "gemini" else 2)
