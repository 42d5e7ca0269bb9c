"""A revoked key is refused within a second, by notification and without."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.gateway.entries import Credential, ProviderEntry, provider_in_full
from drawbridge.gateway.store import create_provider
from drawbridge.identity.first_administrator import NAME as ADMINISTRATOR
from drawbridge.identity.keyring import KeyRequest, Keyring
from tests.parts.caller import Caller, calling
from tests.parts.gateway import RunningGateway, running_gateway

NOBODY_THERE = "postgresql://nobody@127.0.0.1:1/nothing"
UNUSED_VENDOR = "http://127.0.0.1:1"


async def refusal_after_revocation_s(gateway: RunningGateway) -> float:
    """Let a key in, revoke it, and return how long it was still let in."""
    keyring = Keyring(gateway.database, SystemClock())
    issued = await keyring.create(gateway.organisation_id, KeyRequest(ADMINISTRATOR))
    async with asyncio.timeout(10), calling(gateway.url, issued.text) as caller:
        assert (await caller.get("/v1/models")).status == 200
        await keyring.revoke(gateway.organisation_id, issued.record.id)
        revoked_at = time.monotonic()
        await until_refused(caller)
        return time.monotonic() - revoked_at


async def until_refused(caller: Caller) -> None:
    while True:
        reply = await caller.get("/v1/models")
        if reply.status != 200:
            break
    assert reply.status == 401
    assert "revoked" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("settings", "direct_url"),
    [
        pytest.param({}, None, id="as it comes"),
        pytest.param({}, NOBODY_THERE, id="notifications cut off"),
        pytest.param({"DRAWBRIDGE_REVISION_POLL_S": "3600"}, None, id="notifications only"),
    ],
)
async def test_a_revoked_key_is_refused_within_a_second(
    tmp_path: Path, database_url: str, settings: Mapping[str, str], direct_url: str | None
) -> None:
    async with running_gateway(
        tmp_path / "data", database_url, UNUSED_VENDOR, settings=settings, direct_url=direct_url
    ) as gateway:
        seconds = await refusal_after_revocation_s(gateway)

    assert seconds < 1.0


async def test_a_credential_that_never_answers_keeps_no_revoked_key_alive(tmp_path: Path, database_url: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    entry = ProviderEntry(preset="openai", credential=Credential(file=str(tmp_path / "pipe")))
    async with running_gateway(tmp_path / "data", database_url, UNUSED_VENDOR) as gateway:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await create_provider(
                connection, gateway.organisation_id, "stuck", provider_in_full(entry), managed_by_file=False
            )

        seconds = await refusal_after_revocation_s(gateway)

    assert seconds < 1.0
