"""A running gateway under a configuration of the test's own."""

from drawbridge.config.apply import apply_document
from drawbridge.config.document import parse_document
from drawbridge.gateway.section import GATEWAY_SECTIONS
from drawbridge.gateway.store import delete_provider
from tests.parts.caller import calling
from tests.parts.gateway import RunningGateway


async def configure(gateway: RunningGateway, text: str, model: str) -> None:
    """Apply a configuration in place of the one vendor that claims every model; wait until it has this model."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        await delete_provider(connection, gateway.organisation_id, "vendor")
    document = parse_document(text, "drawbridge.yaml", GATEWAY_SECTIONS)
    await apply_document(gateway.database, gateway.organisation_id, GATEWAY_SECTIONS, document)
    async with calling(gateway.url, gateway.key) as caller:
        # Listed, not merely known: until the change is in force, the vendor that claims every model has this one too.
        while model not in [listed["id"] for listed in (await caller.get("/v1/models")).json()["data"]]:
            pass
