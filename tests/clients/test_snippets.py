"""What the pages show for coding agents, run by the agents themselves, as it stands."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.installs import Installed, installed_npm_clients
from tests.clients.running import Ran, run
from tests.parts.gateway import RunningGateway, running_gateway

pytestmark = pytest.mark.real_clients

_SNIPPETS: Final = Path(__file__).resolve().parents[2] / "web" / "src" / "snippets" / "snippets.json"
_WITHIN_S: Final = 120.0


@pytest.fixture
def agents() -> Installed:
    installed = installed_npm_clients()
    if installed is None:
        pytest.skip("the clients of npm are not installed")
    return installed


@pytest.fixture
async def gateway(tmp_path: Path, database_url: str) -> AsyncIterator[RunningGateway]:
    async with running_gateway(tmp_path / "data", database_url, "http://127.0.0.1:9") as gateway:
        yield gateway


async def test_codex_answers_with_the_configuration_that_is_shown(
    agents: Installed, gateway: RunningGateway, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / ".codex").mkdir(parents=True)
    [(file, configuration), (_, started)] = _steps("codex", gateway.url)
    assert file == "~/.codex/config.toml"
    (home / ".codex" / "config.toml").write_text(configuration)

    # Without a terminal it takes its question as an argument.
    ran = await _shell(f"{started} exec --skip-git-repo-check 'Hello!'", agents, home, gateway)

    assert ran.code == 0, ran.shown
    assert "Hello" in ran.shown


async def test_claude_code_answers_with_the_variables_that_are_shown(
    agents: Installed, gateway: RunningGateway, tmp_path: Path
) -> None:
    home, programs = tmp_path / "home", tmp_path / "programs"
    programs.mkdir()
    wrapper = agents.packages / "@anthropic-ai" / "claude-code" / "cli-wrapper.cjs"
    # Its installer would put this there, which a locked install leaves out.
    (programs / "claude").write_text(f'#!/bin/sh\nexec node "{wrapper}" "$@"\n')
    (programs / "claude").chmod(0o755)
    [(_, lines)] = _steps("claude", gateway.url)

    ran = await _shell(f"{lines} -p 'Hello!'", agents, home, gateway, programs)

    assert ran.code == 0, ran.shown
    assert "Hello" in ran.shown


def _steps(client: str, url: str) -> list[tuple[str | None, str]]:
    # Any: JSON.
    written: list[dict[str, Any]] = json.loads(_SNIPPETS.read_text())
    [snippet] = [each for each in written if each["id"] == client]
    filled = [
        (step["file"], "\n".join(step["lines"]).replace("{url}", url).replace("{model}", "rehearsal"))
        for step in snippet["steps"]
    ]
    return [(file, text) for file, text in filled if file is not None or not text.startswith("pip install ")]


async def _shell(text: str, agents: Installed, home: Path, gateway: RunningGateway, programs: Path = Path()) -> Ran:
    path = f"{programs}:{agents.programs}:/usr/local/bin:/usr/bin:/bin"
    environment: Mapping[str, str] = {"PATH": path, "DRAWBRIDGE_KEY": gateway.key}
    return await run(["bash", "-ec", text], home, environment, _WITHIN_S)
