"""What an operator sees of real clients' traffic on the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.clients.bench import Bench
from tests.clients.client import Client
from tests.clients.every import in_turn
from tests.clients.installs import Installed
from tests.clients.model import ScriptedModel
from tests.clients.npm_clients import CLAUDE_CODE, CODEX, GEMINI_CLI
from tests.clients.site import Site
from tests.parts.tap import Tap

_CLIENTS = (CODEX, CLAUDE_CODE, GEMINI_CLI)

pytestmark = [pytest.mark.real_clients, in_turn(CODEX)]


@pytest.fixture
def client() -> Client:
    return CODEX


async def test_usage_is_told_by_client_and_by_session(installed: Installed, site: Site, tmp_path: Path) -> None:
    since = datetime.now(UTC)
    sessions = [await _take_turn(client, installed, site, tmp_path) for client in _CLIENTS]
    events = await site.usage(since, 2 * len(_CLIENTS))

    by_client = json.loads(await site.say("usage", "--by", "client", "--json"))
    by_session = json.loads(await site.say("usage", "--by", "session", "--json"))
    shown = await site.say("usage", "--by", "session")
    of_codex = json.loads(await site.say("usage", "--session", sessions[0], "--json"))

    print(await site.say("usage", "--by", "client"), shown)
    calls = {total["group"]["session"]: total["attempts"] for total in by_session["totals"]}
    assert {total["group"]["client"] for total in by_client["totals"]} >= {client.name for client in _CLIENTS}
    assert (calls[sessions[0]], calls[sessions[1]]) == (2, 2)
    assert sessions[0] in shown
    assert sessions[1] in shown
    assert {event["client"] for event in of_codex} == {"codex"}
    assert len(events) == 2 * len(_CLIENTS)


async def _take_turn(client: Client, installed: Installed, site: Site, folder: Path) -> str:
    """Let a client take its turn; return the session that it names, or nothing."""
    model = ScriptedModel(client.tool, client.arguments)
    site.vendor.script = model
    async with Tap(site.installation.port) as tap:
        ran = await Bench(client, installed, site, tap, model, folder / client.name).run()
    assert ran.code == 0
    return tap.headers[-1].get(client.session_header or "", "")
