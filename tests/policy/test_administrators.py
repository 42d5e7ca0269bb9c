"""Who administers an organisation, and that no change leaves it without."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import ProgrammingError

from drawbridge.config.apply import apply_document
from drawbridge.config.document import parse_document
from drawbridge.config.plan import Plan
from drawbridge.config.sections import AnySection, keeping_laws
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.identity.errors import LastAdministratorError
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.records import KeyRecord
from drawbridge.identity.signin.records import Passkey, PasskeyId
from drawbridge.identity.signin.store import insert_account, insert_passkey, set_passkey_cloned, set_password
from drawbridge.identity.signin.store import set_suspended as set_account_suspended
from drawbridge.identity.signin.tables import accounts
from drawbridge.identity.store import create_principal
from drawbridge.identity.tables import group_members, groups, principals, team_members, teams
from drawbridge.policy.administrators import Administrators
from drawbridge.policy.entries import GrantEntry, PermissionEntry, RoleEntry
from drawbridge.policy.section import policy_sections
from drawbridge.policy.store import create_grant, create_role
from drawbridge.sections import all_sections
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

ADMINISTRATORS = Administrators()
EVERYTHING = (PermissionEntry(may=("*",), on=("*",)),)


@pytest.fixture
async def organisation_id(database: Database) -> OrganisationId:
    """Ana, with an admin key and no grant, in a group and in a team below another; and Ben, with nothing."""
    organisation_id = await make_organisation(database, administrators=())
    async with database.change(organisation_id) as connection:
        ana = await create_principal(connection, organisation_id, "user", "ana")
        await create_principal(connection, organisation_id, "user", "ben")
        await create_role(
            connection, organisation_id, "other", RoleEntry(permissions=EVERYTHING), managed_by_file=False
        )
        group, above, team = uuid7(), uuid7(), uuid7()
        own = {"organisation_id": organisation_id}
        await connection.execute(insert(groups).values(id=group, name="g", **own))
        await connection.execute(insert(teams).values(id=above, name="above", **own))
        await connection.execute(insert(teams).values(id=team, name="t", parent_id=above, **own))
        await connection.execute(insert(group_members).values(principal_group_id=group, principal_id=ana, **own))
        await connection.execute(insert(team_members).values(team_id=team, principal_id=ana, **own))
    return organisation_id


async def admin_key(database: Database, organisation_id: OrganisationId, owner: str = "ana") -> KeyRecord:
    issued = await Keyring(database, HeldClock()).create(organisation_id, KeyRequest(owner, admin=True))
    return issued.record


async def grant(database: Database, organisation_id: OrganisationId, **settings: object) -> None:
    """Make a grant to Ana of the administrators' role, but for some settings, as the file would have them."""
    entry = msgspec.convert({"to": "user:ana", "role": "administrator", **settings}, GrantEntry)
    async with database.change(organisation_id) as connection:
        await create_grant(connection, organisation_id, f"grant-{uuid7()}", entry, managed_by_file=False)


async def is_administered(
    database: Database, organisation_id: OrganisationId, administrators: Administrators = ADMINISTRATORS
) -> bool:
    async with database.organisation(organisation_id) as connection:
        return await administrators(connection, organisation_id, HeldClock().now())


@pytest.mark.parametrize("to", ["user:ana", "group:g", "team:t", "team:above", "everyone"])
async def test_who_holds_the_role_and_an_admin_key_administers(
    database: Database, organisation_id: OrganisationId, to: str
) -> None:
    await admin_key(database, organisation_id)
    before = await is_administered(database, organisation_id)

    await grant(database, organisation_id, to=to)

    assert not before
    assert await is_administered(database, organisation_id)


@pytest.mark.parametrize(
    "settings",
    [
        {"to": "user:ben"},
        {"role": "other"},
        {"role": "member"},
        {"within": "team:t"},
        {"when": {"products": ["admin"]}},
        {"effect": "deny"},
    ],
)
async def test_another_grant_does_not_make_an_administrator(
    database: Database, organisation_id: OrganisationId, settings: dict[str, object]
) -> None:
    await admin_key(database, organisation_id)

    await grant(database, organisation_id, **settings)

    assert not await is_administered(database, organisation_id)


@pytest.mark.parametrize("resource", ["*", "grant:*", "grant:some"])
async def test_who_is_ever_denied_to_manage_grants_does_not_administer(
    database: Database, organisation_id: OrganisationId, resource: str
) -> None:
    await admin_key(database, organisation_id)
    await grant(database, organisation_id)
    deny = {"effect": "deny", "role": None, "may": ("manage",), "on": (resource,)}

    await grant(database, organisation_id, to="team:above", when={"products": ["api"]}, **deny)

    assert not await is_administered(database, organisation_id)


async def test_who_is_suspended_or_has_no_way_in_does_not_administer(
    database: Database, organisation_id: OrganisationId
) -> None:
    await grant(database, organisation_id)
    without_key = await is_administered(database, organisation_id)
    key = await admin_key(database, organisation_id)
    with_key = await is_administered(database, organisation_id)
    async with database.change(organisation_id) as connection:
        suspended = {"suspended_at": HeldClock().now()}
        await connection.execute(update(principals).where(principals.c.name == "ana").values(**suspended))

    assert (without_key, with_key) == (False, True)
    assert not await is_administered(database, organisation_id)
    assert key.admin


async def test_a_key_that_has_ended_is_no_way_in(database: Database, organisation_id: OrganisationId) -> None:
    clock = HeldClock()
    await grant(database, organisation_id)
    ends = clock.now() + timedelta(hours=1)
    await Keyring(database, clock).create(organisation_id, KeyRequest("ana", admin=True, expires_at=ends))

    async with database.organisation(organisation_id) as connection:
        before = await ADMINISTRATORS(connection, organisation_id, clock.now())
        after = await ADMINISTRATORS(connection, organisation_id, ends)

    assert (before, after) == (True, False)


async def test_an_account_that_can_sign_in_is_a_way_in_for_active_administrators_alone(
    database: Database, organisation_id: OrganisationId
) -> None:
    asked: list[set[UUID]] = []

    async def can_sign_in(connection: object, organisation_id: object, principal_ids: Collection[UUID]) -> bool:
        asked.append(set(principal_ids))
        return True

    await grant(database, organisation_id)

    assert await is_administered(database, organisation_id, Administrators(can_sign_in))
    async with database.organisation(organisation_id) as connection:
        ana = select(principals.c.id).where(principals.c.name == "ana")
        assert asked == [{(await connection.execute(ana)).scalar_one()}]


@pytest.mark.parametrize("act", ["delete", "update", "weaken the role", "deny", "revoke"])
async def test_no_change_takes_the_last_administrator_away(
    database: Database, organisation_id: OrganisationId, act: str
) -> None:
    roles, grants = policy_sections(HeldClock(), ADMINISTRATORS)
    entry = GrantEntry(to="user:ana", role="administrator")
    key = await admin_key(database, organisation_id)
    await admin_key(database, organisation_id, "ben")
    async with database.change(organisation_id) as connection:
        await grants.create(connection, organisation_id, "own", entry)

    with pytest.raises(LastAdministratorError):
        if act == "revoke":
            await Keyring(database, HeldClock(), ADMINISTRATORS).revoke(organisation_id, key.id)
        else:
            await change(database, organisation_id, (roles, grants), act)

    assert await is_administered(database, organisation_id)


async def change(
    database: Database, organisation_id: OrganisationId, sections: tuple[AnySection, AnySection], act: str
) -> None:
    roles, grants = sections
    deny = GrantEntry(effect="deny", to="everyone", may=("manage",), on=("grant:*",))
    weak = RoleEntry(permissions=(PermissionEntry(may=("use",), on=("model:*",)),))
    async with (
        database.change(organisation_id) as connection,
        keeping_laws(connection, organisation_id, sections),
    ):
        match act:
            case "delete":
                await grants.delete(connection, organisation_id, "own")
            case "update":
                await grants.update(connection, organisation_id, "own", GrantEntry(to="user:ben", role="member"))
            case "weaken the role":
                await roles.update(connection, organisation_id, "administrator", weak)
            case _:
                await grants.create(connection, organisation_id, "deny", deny)


SWAPPED = """
version: 1
groups: {it: {}, staff: {}}
users:
  ana: {groups: [%s]}
  ben: {groups: [%s]}
grants:
  one: {to: "user:%s", role: administrator}
  two: {to: "user:%s", role: %s}
"""


async def test_administrators_may_change_places_in_one_apply(
    database: Database, organisation_id: OrganisationId
) -> None:
    await admin_key(database, organisation_id)
    await apply(database, organisation_id, SWAPPED % ("", "", "ana", "ben", "member"))
    await admin_key(database, organisation_id, "ben")

    # The first change takes the role from Ana, the second gives Ben's grant to her: between them, nobody has it.
    await apply(database, organisation_id, SWAPPED % ("", "", "ben", "ana", "member"))

    assert await is_administered(database, organisation_id)


@pytest.mark.parametrize(
    ("state", "administers"),
    [
        ("with a password", True),
        ("with a passkey", True),
        ("with a copied passkey", False),
        ("without any credential", False),
        ("suspended", False),
        ("of somebody who is suspended here", False),
        ("of somebody else", False),
    ],
)
async def test_an_administrator_without_key_counts_if_his_account_opens(
    database: Database, organisation_id: OrganisationId, state: str, administers: bool
) -> None:
    await grant(database, organisation_id)

    await link_account(database, organisation_id, state)

    assert await is_administered(database, organisation_id) is administers


async def test_looking_for_accounts_leaves_the_transaction_in_its_organisation(
    database: Database, organisation_id: OrganisationId
) -> None:
    other = await make_organisation(database, "other")
    await grant(database, organisation_id)
    await link_account(database, organisation_id, "with a password")

    async with database.organisation(organisation_id) as connection:
        assert await ADMINISTRATORS(connection, organisation_id, HeldClock().now())
        seen = (await connection.execute(select(principals.c.organisation_id).distinct())).scalars().all()
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(select(accounts))

    assert other not in seen


async def test_the_last_administrator_with_a_key_may_lose_it_who_can_sign_in(
    database: Database, organisation_id: OrganisationId
) -> None:
    await grant(database, organisation_id)
    key = await admin_key(database, organisation_id)
    await link_account(database, organisation_id, "with a password")

    await Keyring(database, HeldClock(), ADMINISTRATORS).revoke(organisation_id, key.id)

    assert await is_administered(database, organisation_id)


async def test_an_apply_that_leaves_nobody_who_administers_changes_nothing(
    database: Database, organisation_id: OrganisationId
) -> None:
    before = SWAPPED % ("it", "", "ana", "ben", "member")
    await admin_key(database, organisation_id)
    await apply(database, organisation_id, before)

    with pytest.raises(LastAdministratorError):
        await apply(database, organisation_id, SWAPPED % ("staff", "", "ben", "ana", "member"))

    assert await is_administered(database, organisation_id)
    assert not (await apply(database, organisation_id, before)).changes


BY_GROUP = """
version: 1
groups: {admins: {}, %s}
users: {ana: {groups: [it]}, ben: {}}
grants: {one: {to: "group:admins", role: administrator}}
"""


async def test_who_administers_by_a_group_around_their_own_stays_within_it(
    database: Database, organisation_id: OrganisationId
) -> None:
    await admin_key(database, organisation_id)
    await apply(database, organisation_id, BY_GROUP % "it: {parent: admins}")

    with pytest.raises(LastAdministratorError):
        await apply(database, organisation_id, BY_GROUP % "it: {}")

    assert await is_administered(database, organisation_id)


async def link_account(database: Database, organisation_id: OrganisationId, state: str) -> None:
    """Give Ana an account; `of somebody else`: give it to Ben."""
    now = HeldClock().now()
    async with database.system("sign_in") as connection:
        account_id = await insert_account(connection, "ana@example.com", "Ana")
        assert account_id is not None
        if "passkey" in state:
            passkey = Passkey(PasskeyId(uuid7()), account_id, b"id", b"key", 0, (), "phone", now, None, None)
            assert await insert_passkey(connection, passkey)
            if "copied" in state:
                await set_passkey_cloned(connection, passkey.id, now)
        elif state != "without any credential":
            await set_password(connection, account_id, "hash", now)
        if state == "suspended":
            await set_account_suspended(connection, account_id, now)
        name = "ben" if state == "of somebody else" else "ana"
        changed: dict[str, object] = {"account_id": account_id}
        if state == "of somebody who is suspended here":
            changed["suspended_at"] = now
        async with database.changing(connection, organisation_id):
            await connection.execute(update(principals).where(principals.c.name == name).values(changed))


async def apply(database: Database, organisation_id: OrganisationId, text: str) -> Plan:
    sections = all_sections(HeldClock())
    document = parse_document(text, "drawbridge.yaml", sections)
    return await apply_document(database, organisation_id, sections, document)
