from dataclasses import fields

import pytest
from sqlalchemy import text

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.core.ids import OrganisationId
from drawbridge.core.text import UnprintableTextError
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import newest_revision
from drawbridge.identity.errors import OrganisationError, StatedInFileError, UnknownOrganisationError
from drawbridge.identity.keys import hash_key
from drawbridge.identity.membership import load_subjects
from drawbridge.identity.organisations import OrganisationPlugs, Organisations
from drawbridge.identity.organisations.store import Organisation
from drawbridge.identity.records import Bar, KeyRecord
from drawbridge.identity.store import find_key, find_principal
from drawbridge.policy.administrators import who_administers
from drawbridge.policy.store import load_rule_set
from drawbridge.preparation import furnish, furnish_inviting
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
    plugs = OrganisationPlugs(furnish, furnish_inviting(HeldClock()))

    created = await Organisations(database, HeldClock(), plugs).create(
        "acme", COMMAND_LINE, invite="Ana.Lee@acme.example"
    )

    assert created.admin_key is None
    assert created.invitation
    assert created.invitation not in repr(created)
    async with database.organisation(created.organisation.id) as connection:
        rules = await load_rule_set(
            connection, created.organisation.id, await load_subjects(connection, created.organisation.id)
        )
        ana = await find_principal(connection, created.organisation.id, "ana.lee")
    assert ana is not None
    assert who_administers(rules) == {ana.id}


async def test_who_cannot_be_invited_leaves_no_organisation_behind(database: Database) -> None:
    plugs = OrganisationPlugs(furnish, furnish_inviting(HeldClock()))
    organisations = Organisations(database, HeldClock(), plugs)

    with pytest.raises(UnprintableTextError):
        await organisations.create("acme", COMMAND_LINE, invite="no address")

    assert await organisations.list() == []


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


async def test_a_deleted_organisation_is_closed_for_good_and_keeps_its_record_and_its_name(
    database: Database, organisations: Organisations
) -> None:
    created = await organisations.create("acme", COMMAND_LINE)
    other = await organisations.create("other", COMMAND_LINE)
    key_hash, organisation_id = hash_key(created.admin_key or ""), created.organisation.id
    await _store_secrets_and_accounts(database, (organisation_id, other.organisation.id))
    revision = await newest_revision(database)

    deleted = await organisations.delete("acme", COMMAND_LINE)

    assert deleted == created.organisation
    assert await newest_revision(database) == revision + 1
    assert await find_key(database, key_hash) is None
    assert [found.name for found in await organisations.list()] == ["other"]
    with pytest.raises(UnknownOrganisationError):
        await organisations.reactivate("acme", COMMAND_LINE)
    with pytest.raises(OrganisationError, match="already"):
        await organisations.create("acme", COMMAND_LINE)
    assert await _left(database, organisation_id) == (0, 0, "organisation.deleted")
    assert await _left(database, other.organisation.id) == (1, 1, "organisation.created")
    assert isinstance(await find_key(database, hash_key(other.admin_key or "")), KeyRecord)


async def test_the_first_organisation_is_not_deleted(database: Database, organisations: Organisations) -> None:
    await make_organisation(database, "default")

    with pytest.raises(OrganisationError, match="suspend it instead"):
        await organisations.delete("default", COMMAND_LINE)

    assert (await organisations.get("default")).suspended_at is None


async def _store_secrets_and_accounts(database: Database, organisation_ids: tuple[OrganisationId, ...]) -> None:
    for organisation_id in organisation_ids:
        async with database.change(organisation_id) as connection:
            await connection.execute(text("update principal set account_id = gen_random_uuid()"))
            await connection.execute(
                text(
                    "insert into secret (id, organisation_id, name, key_id, wrapped_key, nonce, ciphertext)"
                    " values (gen_random_uuid(), :mine, 'a', 'k', '', '', '')"
                ),
                {"mine": organisation_id},
            )


async def _left(database: Database, organisation_id: OrganisationId) -> tuple[int, int, str]:
    """Return how many secrets and linked accounts an organisation has, and the last act of its record."""
    async with database.organisation(organisation_id) as connection:
        row = (
            await connection.execute(
                text(
                    "select (select count(*) from secret), (select count(account_id) from principal),"
                    " (select action from audit_event order by number desc limit 1)"
                )
            )
        ).one()
        return row[0], row[1], row[2]


def test_nothing_inside_of_an_organisation_is_shown() -> None:
    shown = {field.name for field in fields(Organisation)}

    assert shown == {"id", "name", "display_name", "suspended_at", "created_at", "people", "managed_by_file"}
