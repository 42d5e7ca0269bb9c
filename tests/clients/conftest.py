"""A gateway as an operator runs it, in front of one vendor whose script each test sets."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.clients.every import CLIENTS
from tests.clients.installs import CannotInstall, Installed, install_npm_clients, install_python_clients
from tests.parts.installation import Installation, free_port
from tests.parts.strict.checks import Body
from tests.parts.vendor import ScriptedVendor

UPSTREAM = "-upstream"
"""What the vendor calls a model is what callers call it, with this at the end."""


@dataclass(frozen=True, slots=True)
class Site:
    """The gateway and its vendor."""

    installation: Installation
    vendor: ScriptedVendor
    key: str
    revoked_key: str


@pytest.fixture(scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    async with ScriptedVendor() as vendor:
        installation = Installation(folder / "data", free_port(), f"{vendor.url}/v1")
        async with installation:
            await _configure(installation)
            key, _ = await _create_key(installation)
            revoked_key, revoked_id = await _create_key(installation)
            await _say(installation, "keys", "revoke", revoked_id)
            yield Site(installation, vendor, key, revoked_key)


@pytest.fixture(scope="session")
def npm_clients() -> Installed | str:
    try:
        return install_npm_clients()
    except CannotInstall as error:
        return str(error)


@pytest.fixture(scope="session")
def python_clients() -> Installed | str:
    try:
        return install_python_clients()
    except CannotInstall as error:
        return str(error)


async def _configure(installation: Installation) -> None:
    """Offer the models of the clients, and no other."""
    names = sorted({client.model for client in CLIENTS})
    document: Body = {
        "version": 1,
        "service_accounts": {"clients": {}},
        "providers": {
            "vendor": {
                "base_url": installation.vendor_url,
                "dialects": ["openai-chat", "openai-responses", "anthropic-messages", "gemini"],
                "credential": {"env": "VENDOR_KEY"},
            }
        },
        "deployments": {name: {"provider": "vendor", "upstream_model": f"{name}{UPSTREAM}"} for name in names},
        "models": {name: {"route": [name]} for name in names},
    }
    file = installation.data.parent / "clients.yaml"
    file.write_text(json.dumps(document))  # YAML reads JSON.
    await _say(installation, "apply", "-f", str(file))


async def _create_key(installation: Installation) -> tuple[str, str]:
    created = json.loads(await _say(installation, "keys", "create", "--owner", "clients", "--json"))
    return created["key"], created["id"]


async def _say(installation: Installation, *arguments: str) -> str:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "drawbridge", *arguments),
        env={**os.environ, "DRAWBRIDGE_DATA": str(installation.data), "VENDOR_KEY": "vendor-credential"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await running.communicate()
    assert running.returncode == 0, complained.decode()
    return said.decode()
