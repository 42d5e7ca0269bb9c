from dataclasses import fields

import pytest

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.db.tenancy import newest_revision
from drawbridge.identity.errors import OrganisationError, StatedInFileError, UnknownOrganisationError
from drawbridge.identity.keys import hash_key
from drawbridge.identity.organisations import OrganisationPlugs, Organisations
from drawbridge.identity.organisations.store import Organisation
from drawbridge.identity.records import Bar, KeyRecord
from drawbridge.identity.store import create_principal, find_key
from drawbridge.preparation import furnish
from tests.identity.directory.applying import apply
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation


@pytest.fixture
def organisations(database: Database) -> Organisations:
    return Organisations(database, HeldClock(), OrganisationPlugs(furnish))


async def test_a_new_organisation_has_an_administrator_whose_key_works(
    database: Database, organisations: Organisations
) -> None:
    created = await organisations.create("acme", COMMAND_LINE, display_name="Acme")

    assert created.admin_key is not None
    key = await find_key(database, hash_key(created.admin_key))
    assert isinstance(key, KeyRecord)
    assert (key.admin, key.organisation_id) == (True, created.organisation.id)
    assert (created.organisation.display_name, created.organisation.people) == ("Acme", 1)
    assert created.admin_key not in repr(created)


async def test_a_name_is_given_once(organisations: Organisations) -> None:
    await organisations.create("acme", COMMAND_LINE)

    with pytest.raises(OrganisationError, match="already"):
        await organisations.create("acme", COMMAND_LINE)

    assert len(await organisations.list()) == 1


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "x" * 201])
async def test_what_is_no_name_is_refused(organisations: Organisations, name: str) -> None:
    with pytest.raises(OrganisationError):
        await organisations.create(name, COMMAND_LINE)


async def test_the_first_administrator_can_be_invited(database: Database) -> None:
    async def invite(connection: AsyncConnection, organisation_id: OrganisationId, email: str) -> str:
        await create_principal(connection, organisation_id, "user", email)
        return f"http://here/invitation/{email}"

    organisations = Organisations(database, HeldClock(), OrganisationPlugs(furnish, invite))

    created = await organisations.create("acme", COMMAND_LINE, invite="ana@acme.example")

    assert (created.admin_key, created.invitation) == (None, "http://here/invitation/ana@acme.example")


async def test_nobody_is_invited_where_nobody_can_sign_in(organisations: Organisations) -> None:
    with pytest.raises(OrganisationError, match="hand over the admin key"):
        await organisations.create("acme", COMMAND_LINE, invite="ana@acme.example")

    assert await organisations.list() == []


async def test_suspension_bars_every_key_until_the_organisation_is_let_in_again(
    database: Database, organisations: Organisations
) -> None:
    created = await organisations.create("acme", COMMAND_LINE)
    key_hash = hash_key(created.admin_key or "")
    revision = await newest_revision(database)

    suspended = await organisations.suspend("acme", COMMAND_LINE)
    bar = await find_key(database, key_hash)
    again = await organisations.suspend("acme", COMMAND_LINE)

    assert suspended == again
    assert suspended.suspended_at is not None
    assert isinstance(bar, Bar)
    assert bar.message == "The organisation 'acme' is suspended: ask whoever runs this Drawbridge."
    assert await newest_revision(database) == revision + 1
    assert (await organisations.reactivate("acme", COMMAND_LINE)).suspended_at is None
    assert isinstance(await find_key(database, key_hash), KeyRecord)


async def test_another_organisation_is_not_touched(database: Database, organisations: Organisations) -> None:
    acme = await organisations.create("acme", COMMAND_LINE)
    other = await organisations.create("other", COMMAND_LINE)

    await organisations.suspend("acme", COMMAND_LINE)
    await organisations.rename("acme", "Acme", COMMAND_LINE)

    assert isinstance(await find_key(database, hash_key(acme.admin_key or "")), Bar)
    assert isinstance(await find_key(database, hash_key(other.admin_key or "")), KeyRecord)
    assert [(found.name, found.display_name) for found in await organisations.list()] == [
        ("acme", "Acme"),
        ("other", ""),
    ]


async def test_a_display_name_that_a_file_states_is_not_changed_from_outside(
    database: Database, organisations: Organisations
) -> None:
    organisation_id = await make_organisation(database, "acme")
    await apply(database, organisation_id, "organisation: {display_name: Acme}\n")

    with pytest.raises(StatedInFileError):
        await organisations.rename("acme", "Other", COMMAND_LINE)


async def test_what_does_not_exist_is_not_found(organisations: Organisations) -> None:
    for change in (organisations.suspend, organisations.reactivate):
        with pytest.raises(UnknownOrganisationError):
            await change("acme", COMMAND_LINE)


def test_nothing_inside_of_an_organisation_is_shown() -> None:
    shown = {field.name for field in fields(Organisation)}

    assert shown == {"id", "name", "display_name", "suspended_at", "created_at", "people", "managed_by_file"}
