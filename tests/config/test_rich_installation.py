"""Every section at once: what is exported, planned again, changes nothing."""

from pathlib import Path

import pytest

from drawbridge.config.apply import apply_document, plan_document, read_world
from drawbridge.config.document import Document, parse_document
from drawbridge.config.export import export_document, export_to_folder
from drawbridge.config.plan import Plan
from drawbridge.config.reading import read_document
from drawbridge.config.secrets import seal
from drawbridge.config.sections import World
from drawbridge.config.store import put_secret
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from tests.config.rich import EVERY_SECTION, RICH, SECRETS
from tests.parts.master_keys import MASTER_KEY

pytestmark = pytest.mark.config_code


@pytest.fixture
async def rich(database: Database, organisation_id: OrganisationId) -> Plan:
    """Apply the file, with the secrets that it refers to."""
    async with database.change(organisation_id) as connection:
        for name in SECRETS:
            await put_secret(connection, organisation_id, name, seal(MASTER_KEY, organisation_id, name, "hunter2"))
    return await apply_document(database, organisation_id, EVERY_SECTION, read(RICH))


def read(text: str) -> Document:
    return parse_document(text, "drawbridge.yaml", EVERY_SECTION)


async def world(database: Database, organisation_id: OrganisationId) -> World:
    async with database.organisation(organisation_id) as connection:
        return await read_world(connection, organisation_id, EVERY_SECTION)


async def planned(database: Database, organisation_id: OrganisationId, document: Document) -> list[str]:
    plan = await plan_document(database, organisation_id, EVERY_SECTION, document)
    return [f"{change.action} {change.section} {change.name} {change.differences}" for change in plan.changes]


def test_the_file_has_something_in_every_section() -> None:
    assert set(read(RICH).entries) == {section.name for section in EVERY_SECTION}


async def test_the_plan_of_the_same_file_and_of_its_export_is_empty(
    database: Database, organisation_id: OrganisationId, rich: Plan, tmp_path: Path
) -> None:
    present = await world(database, organisation_id)
    exported = export_document(EVERY_SECTION, present)
    export_to_folder(tmp_path / "folder", EVERY_SECTION, present)

    assert rich.changes
    assert await planned(database, organisation_id, read(RICH)) == []
    assert await planned(database, organisation_id, read(exported)) == []
    assert await planned(database, organisation_id, read_document(tmp_path / "folder", EVERY_SECTION)) == []
    assert "hunter2" not in exported
    assert "株式会社" in exported


@pytest.mark.usefixtures("rich")
async def test_an_export_of_everything_once_applied_is_all_there_is(
    database: Database, organisation_id: OrganisationId
) -> None:
    everything = read(export_document(EVERY_SECTION, await world(database, organisation_id), everything=True))
    adopted = await apply_document(database, organisation_id, EVERY_SECTION, everything)

    present = await world(database, organisation_id)

    assert {change.action for change in adopted.changes} <= {"adopt"}
    assert not any(change.differences for change in adopted.changes)
    assert await planned(database, organisation_id, everything) == []
    assert export_document(EVERY_SECTION, present) == export_document(EVERY_SECTION, present, everything=True)


@pytest.mark.usefixtures("rich")
async def test_an_empty_file_takes_back_all_that_the_file_made_and_the_file_makes_it_again(
    database: Database, organisation_id: OrganisationId
) -> None:
    before = export_document(EVERY_SECTION, await world(database, organisation_id))
    await apply_document(database, organisation_id, EVERY_SECTION, read("version: 1\n"))
    emptied = export_document(EVERY_SECTION, await world(database, organisation_id))

    await apply_document(database, organisation_id, EVERY_SECTION, read(before))

    assert "ana@example.com" not in emptied
    assert export_document(EVERY_SECTION, await world(database, organisation_id)) == before
