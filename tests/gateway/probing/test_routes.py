"""The routes of trying things out, by a hand-written prober: who may, and what is answered."""

from collections.abc import AsyncGenerator

import pytest

from drawbridge.db.engine import Database
from drawbridge.gateway.inner.asked import Asker as Called
from drawbridge.gateway.probing.records import Probe
from drawbridge.gateway.refusals import Refusal
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation
from tests.parts.probing import FoundToWork


class NotReady(FoundToWork):
    """Knows nothing yet."""

    async def probe(self, who: Called, deployment: str) -> Probe:
        raise Refusal("not_ready", "Try again.", retry_after_s=2)


@pytest.fixture
def probes() -> FoundToWork:
    return FoundToWork()


async def _boss(database: Database, probes: FoundToWork) -> AsyncGenerator[Asker]:
    clock = HeldClock()
    organisation_id = await make_organisation(database)
    key = await make_key(database, clock, organisation_id, "admin")
    async with asking(admin_api(database, clock, probes=probes), key.text) as boss:
        await boss.put("/api/providers/lab", {"preset": "rehearsal"})
        await boss.put("/api/deployments/lab/echo", {"provider": "lab", "upstream_model": "echo"})
        yield boss


@pytest.fixture
async def boss(database: Database, probes: FoundToWork) -> AsyncGenerator[Asker]:
    async for asker in _boss(database, probes):
        yield asker


async def test_a_deployment_is_tried_out_as_the_one_who_asks_and_for_administration(
    boss: Asker, probes: FoundToWork
) -> None:
    reply = await boss.ask("POST", "/api/deployments/lab/echo/test")

    assert reply.status_code == 200, reply.text
    assert reply.json()["answer"] == "ready"
    [(who, deployment)] = probes.asked
    assert (who.product, deployment) == ("admin", "lab/echo")


async def test_what_does_not_exist_is_not_tried_out(boss: Asker, probes: FoundToWork) -> None:
    await boss.refused("POST", "/api/deployments/nothing/test", expect=404)
    await boss.refused("GET", "/api/provider-models?provider=nothing", expect=404)

    assert probes.asked == []


async def test_before_anything_is_known_it_is_said_when_to_try_again(database: Database) -> None:
    async for boss in _boss(database, NotReady()):
        reply = await boss.ask("POST", "/api/deployments/lab/echo/test")

        assert reply.status_code == 503
        assert (reply.json()["error"]["code"], reply.headers["retry-after"]) == ("not_ready", "2")


async def test_the_vendors_that_are_known_are_listed_with_what_each_needs(boss: Asker) -> None:
    presets = {each["name"]: each for each in (await boss.get("/api/provider-presets"))["presets"]}

    assert presets["openai"]["variable"] == "OPENAI_API_KEY"
    assert presets["openai"]["is_set"] is False
    assert presets["azure"]["base_url"] is None
    assert presets["azure"]["address_form"].startswith("https://RESOURCE.")
    assert (presets["ollama"]["hosting"], presets["ollama"]["variable"]) == ("own", None)
