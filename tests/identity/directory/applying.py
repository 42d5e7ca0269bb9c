"""Files applied to an organisation, by the sections of identity alone."""

from drawbridge.config.apply import apply_document, read_world
from drawbridge.config.document import parse_document
from drawbridge.config.export import export_document
from drawbridge.config.plan import Plan
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.section import identity_sections
from tests.parts.clock import HeldClock

SECTIONS = identity_sections(HeldClock())


async def apply(database: Database, organisation_id: OrganisationId, text: str) -> Plan:
    """Apply a file without its first line."""
    document = parse_document(f"version: 1\n{text}", "drawbridge.yaml", SECTIONS)
    return await apply_document(database, organisation_id, SECTIONS, document)


async def export(database: Database, organisation_id: OrganisationId, *, everything: bool = False) -> str:
    """Export without the first line."""
    async with database.organisation(organisation_id) as connection:
        world = await read_world(connection, organisation_id, SECTIONS)
    return export_document(SECTIONS, world, everything=everything).removeprefix("version: 1\n")
