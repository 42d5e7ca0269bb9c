"""Who is told of model servers on the machine."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from drawbridge.db.engine import Database
from drawbridge.gateway.inner.own_servers import FoundServer
from tests.parts.admin import admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation


@dataclass(frozen=True, slots=True)
class Found:
    """A machine with these servers."""

    servers: Sequence[FoundServer]

    async def find(self) -> list[FoundServer]:
        return list(self.servers)


@pytest.mark.parametrize(("organisation", "found"), [("default", ["ollama"]), ("acme", [])])
async def test_only_the_organisation_that_runs_the_installation_is_told_of_servers_on_its_machine(
    database: Database, organisation: str, found: list[str]
) -> None:
    clock = HeldClock()
    key = await make_key(database, clock, await make_organisation(database, organisation), "boss")
    servers = Found([FoundServer("ollama", "Ollama", "http://localhost:11434/v1", ("private-model",))])
    async with asking(admin_api(database, clock, servers=servers), key.text) as boss:
        listed = (await boss.get("/api/local-servers"))["servers"]

    assert [server["preset"] for server in listed] == found
