"""Real, unmodified clients through a running gateway: a whole turn with a tool, and refusals that stop them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tests.clients.client import Client, Setting
from tests.clients.conftest import UPSTREAM, Site
from tests.clients.every import CLIENTS
from tests.clients.installs import Installed
from tests.clients.model import ANSWER, ScriptedModel
from tests.clients.running import Ran, run
from tests.parts.tap import Tap

pytestmark = [pytest.mark.real_clients, pytest.mark.xdist_group("real_clients")]

_ABSENT_MODEL = "no-such-model"


@dataclass(frozen=True, slots=True)
class Bench:
    """A client that is installed, a gateway with a tap before it, and the model behind it."""

    client: Client
    installed: Installed
    site: Site
    tap: Tap
    model: ScriptedModel
    home: Path

    async def run(self, *, key: str = "", model: str = "") -> Ran:
        key, model = key or self.site.key, model or self.client.model
        setting = Setting(self.home, self.tap.url, key, model, self.installed)
        launch = self.client.launch(setting)
        ran = await run(launch.command, self.home, launch.environment, self.client.timeout_s)
        print(f"\n{self.client.name} {_version(self.client, self.installed)}: exit {ran.code}, {self.tap.seen}")
        print(ran.shown[-3000:])
        return ran


@pytest.fixture(params=CLIENTS, ids=[client.name for client in CLIENTS])
async def bench(
    request: pytest.FixtureRequest,
    site: Site,
    npm_clients: Installed | str,
    python_clients: Installed | str,
    tmp_path: Path,
) -> AsyncIterator[Bench]:
    client: Client = request.param
    installed = npm_clients if client.source == "npm" else python_clients
    if isinstance(installed, str):
        pytest.skip(f"{client.name} cannot be installed here: {installed}")
    if not (installed.packages / client.package).is_dir() and client.source == "npm":
        pytest.skip(f"{client.name} is not published for this kind of machine: no {client.package}")
    model = ScriptedModel(client.tool, client.arguments)
    site.vendor.script = model
    async with Tap(site.installation.port) as tap:
        yield Bench(client, installed, site, tap, model, tmp_path)


async def test_a_turn_with_a_tool_goes_through_a_strict_vendor(bench: Bench) -> None:
    ran = await bench.run()

    assert bench.model.refused == []
    assert ran.code == 0
    assert ANSWER in ran.shown
    assert set(bench.model.models) == {bench.client.model + UPSTREAM}
    assert len(bench.tap.seen) <= bench.client.most_requests


async def test_a_model_that_is_not_there_is_told_readably_and_without_a_storm(bench: Bench) -> None:
    ran = await bench.run(model=_ABSENT_MODEL)

    assert ran.code is not None, "it was still trying"
    assert _ABSENT_MODEL in ran.shown
    assert 1 <= len(bench.tap.seen) <= bench.client.most_refused


async def test_a_revoked_key_is_told_readably_and_without_a_storm(bench: Bench) -> None:
    ran = await bench.run(key=bench.site.revoked_key)

    assert ran.code is not None, "it was still trying"
    assert "revoked" in ran.shown
    assert 1 <= len(bench.tap.seen) <= bench.client.most_refused
    assert bench.model.models == []


def _version(client: Client, installed: Installed) -> str:
    if client.source == "npm":
        return json.loads((installed.packages / client.package / "package.json").read_text())["version"]
    [folder] = installed.packages.glob(f"{client.package.replace('-', '_')}-*.dist-info")
    return Distribution.at(folder).version
