"""A gateway as an operator runs it, in front of one vendor whose script each test sets."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp

from tests.clients.across import configuration
from tests.clients.every import UPSTREAM_MODELS
from tests.parts.installation import Installation, free_port
from tests.parts.strict.checks import Body
from tests.parts.vendor import ScriptedVendor

_BOOKED_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Site:
    """The gateway and its vendor."""

    installation: Installation
    vendor: ScriptedVendor
    key: str
    revoked_key: str

    async def say(self, *arguments: str) -> str:
        """Give a command of drawbridge's, and return what it says."""
        return await _say(self.installation, *arguments)

    async def usage(self, since: datetime, count: int) -> list[Body]:
        """Return what was booked since a time, the oldest first, once there are so many events."""
        async with asyncio.timeout(_BOOKED_WITHIN_S), aiohttp.ClientSession() as session:
            while True:
                events = await self._usage(session, since)
                if len(events) >= count:
                    return events
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _usage(self, session: aiohttp.ClientSession, since: datetime) -> list[Body]:
        url = f"{self.installation.url}/api/usage"
        headers = {"authorization": f"Bearer {self.installation.key}"}
        async with session.get(url, params={"since": since.isoformat(), "limit": "200"}, headers=headers) as reply:
            assert reply.status == 200, await reply.text()
            return list(reversed((await reply.json())["usage"]))


@asynccontextmanager
async def running_site(folder: Path, environment: Mapping[str, str] | None = None) -> AsyncGenerator[Site]:
    """Run a gateway that offers the models of the clients, and no other."""
    async with ScriptedVendor() as vendor:
        installation = Installation(folder / "data", free_port(), f"{vendor.url}/v1", environment=environment or {})
        async with installation:
            await _configure(installation, vendor.url)
            key, _ = await _create_key(installation)
            revoked_key, revoked_id = await _create_key(installation)
            await _say(installation, "keys", "revoke", revoked_id)
            yield Site(installation, vendor, key, revoked_key)


async def _configure(installation: Installation, vendor_url: str) -> None:
    across = configuration(vendor_url)
    document: Body = {
        "version": 1,
        "service_accounts": {"clients": {}},
        "providers": {
            "vendor": {
                "base_url": installation.vendor_url,
                "dialects": ["openai-chat", "openai-responses", "anthropic-messages", "gemini"],
                "credential": {"env": "VENDOR_KEY"},
            },
            **across["providers"],
        },
        "deployments": {
            **{name: {"provider": "vendor", "upstream_model": model} for name, model in UPSTREAM_MODELS.items()},
            **across["deployments"],
        },
        "models": {**{name: {"route": [name]} for name in UPSTREAM_MODELS}, **across["models"]},
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
