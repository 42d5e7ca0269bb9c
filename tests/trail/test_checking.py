"""A record in the database, against somebody with every right in it."""

from datetime import timedelta
from typing import Any, Final, LiteralString

import psycopg
import pytest

from drawbridge.audit.acts import COMMAND_LINE, Act
from drawbridge.audit.events import PLATFORM
from drawbridge.audit.lines import event_line
from drawbridge.audit.record import record, record_platform
from drawbridge.audit.roots import Root
from drawbridge.audit.store import chain_links, entered, read_roots
from drawbridge.config.secrets import master_key
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.trail.checking import Finding, check_database, check_lines
from drawbridge.trail.signing import Signer
from tests.parts.master_keys import held_keys
from tests.parts.organisations import make_organisation

pytestmark = pytest.mark.audit

# Any: rows of whatever columns there are.
Superuser = psycopg.Connection[Any]

_BEFORE_THE_FIRST: Final = """
    insert into audit_event
    select (jsonb_populate_record(e, '{"number": -1}')).* from audit_event e where number = 1
"""

MASTER_KEY = master_key(bytes(32))


async def act(database: Database, chain: OrganisationId, count: int = 1) -> None:
    for number in range(count):
        async with database.organisation(chain) as connection:
            await record(connection, chain, Act(COMMAND_LINE, "key.created", "key", f"bot-{number}"))


async def sign(database: Database) -> int:
    return await Signer(database, held_keys(MASTER_KEY), every=timedelta(0)).sign_due()


async def roots_of(database: Database, chain: OrganisationId) -> list[Root]:
    async with entered(database, chain) as connection:
        return await read_roots(connection, chain)


async def lines_of_chain(database: Database, chain: OrganisationId) -> list[bytes]:
    return [event_line(link) async for link in chain_links(database, chain)]


def tamper(superuser: Superuser, *statements: LiteralString) -> None:
    superuser.execute("alter table audit_event disable trigger user")
    superuser.execute("alter table audit_root disable trigger user")
    for statement in statements:
        assert superuser.execute(statement).rowcount


def where(finding: Finding) -> int | None:
    return None if finding.fault is None else finding.fault.number


async def test_what_was_not_touched_is_accepted(database: Database, organisation_id: OrganisationId) -> None:
    await act(database, organisation_id, 4)
    await sign(database)
    await act(database, organisation_id, 2)

    finding = await check_database(database, organisation_id)

    assert (finding.fault, finding.head.number, finding.roots_met) == (None, 6, 1)


async def test_an_export_is_verified_by_itself(database: Database, organisation_id: OrganisationId) -> None:
    await act(database, organisation_id, 5)
    await sign(database)
    lines = await lines_of_chain(database, organisation_id)
    roots = await roots_of(database, organisation_id)

    assert check_lines(lines, exported=roots).fault is None
    assert check_lines(lines[2:], after_number=2, exported=roots).fault is None
    assert where(check_lines(lines[2:], exported=roots)) == 1
    assert where(check_lines(lines[:3] + lines[4:], exported=roots)) == 4
    assert where(check_lines(lines[:3], exported=roots)) == 4
    assert where(check_lines([*lines[:3], lines[3] + b" ", *lines[4:]], exported=roots)) == 4
    assert where(check_lines([], exported=roots)) == 1
    assert where(check_lines(lines, exported=roots, keys=["0" * 32])) == 5


async def test_an_export_of_another_organisation_does_not_pass_for_this_one(
    database: Database, organisation_id: OrganisationId
) -> None:
    other = await make_organisation(database, "other")
    await act(database, organisation_id, 2)
    await sign(database)
    await act(database, other, 2)

    finding = check_lines(await lines_of_chain(database, other), exported=await roots_of(database, organisation_id))

    assert "another organisation" in str(finding.fault)


@pytest.mark.parametrize(
    ("statements", "number"),
    [
        (["update audit_event set action = 'nothing' where number = 3"], 3),
        (["update audit_event set actor_name = 'somebody' where number = 3"], 3),
        (["update audit_event set outcome = 'allowed' where number = 3"], 3),
        (["update audit_event set at = at + interval '1 microsecond' where number = 3"], 3),
        (["update audit_event set at = 'infinity' where number = 3"], 3),
        (["update audit_event set at = '0044-03-15 BC' where number = 3"], 3),
        (["update audit_event set detail = '{\"a\":1}' where number = 3"], 3),
        (["update audit_event set detail = '{} ' where number = 3"], 3),
        (["update audit_event set detail = 'no JSON' where number = 3"], 3),
        (["update audit_event set hash = sha256('x') where number = 3"], 3),
        (["update audit_event set previous_hash = '' where number = 3"], 3),
        (["update audit_event set number = 9 where number = 6"], 6),
        (["update audit_event set number = number + 10 where number > 3"], 4),
        (["update audit_event set number = 0 where number = 1"], 1),
        (["delete from audit_event where number = 1"], 1),
        (["delete from audit_event where number = 3"], 3),
        (["delete from audit_event where number > 4"], 5),
        (["delete from audit_event"], 1),
        (
            [
                "update audit_event set number = 99 where number = 3",
                "update audit_event set number = 3 where number = 4",
                "update audit_event set number = 4 where number = 99",
            ],
            3,
        ),
        (
            [
                "alter table audit_event drop constraint audit_event_pkey",
                "alter table audit_event drop constraint audit_event_organisation_id_id_key",
                "insert into audit_event select * from audit_event where number = 3",
            ],
            4,
        ),
        (
            [
                "alter table audit_event drop constraint audit_event_organisation_id_id_key",
                _BEFORE_THE_FIRST,
            ],
            1,
        ),
        (["delete from audit_event where number > 4", "update platform.audit_head set number = 4"], 5),
        (["update audit_root set number = 2"], 2),
        (["update audit_root set hash = sha256('x')"], 5),
        (["update audit_root set signature = ''"], 5),
    ],
)
async def test_whatever_somebody_with_every_right_does_to_the_rows_is_found(
    database: Database,
    organisation_id: OrganisationId,
    superuser: Superuser,
    statements: list[LiteralString],
    number: int,
) -> None:
    await act(database, organisation_id, 5)
    await sign(database)
    await act(database, organisation_id)
    assert (await check_database(database, organisation_id)).fault is None

    for statement in statements:
        superuser.execute("alter table audit_event disable trigger user")
        superuser.execute("alter table audit_root disable trigger user")
        superuser.execute(statement)

    assert where(await check_database(database, organisation_id)) == number


async def test_an_end_cut_with_all_that_the_database_knows_of_it_is_found_against_the_exported_root(
    database: Database, organisation_id: OrganisationId, superuser: Superuser
) -> None:
    await act(database, organisation_id, 5)
    await sign(database)
    exported = await roots_of(database, organisation_id)
    tamper(
        superuser,
        "delete from audit_event where number > 2",
        "delete from audit_root",
        "update platform.audit_head set (number, hash, at)"
        " = (select number, hash, at from audit_event where number = 2)",
    )

    assert (await check_database(database, organisation_id)).fault is None
    assert where(await check_database(database, organisation_id, exported)) == 3


async def test_a_record_written_anew_with_a_new_signing_key_is_found_against_the_exported_root(
    database: Database, organisation_id: OrganisationId, superuser: Superuser
) -> None:
    await act(database, organisation_id, 2)
    await sign(database)
    exported = await roots_of(database, organisation_id)
    tamper(
        superuser,
        "delete from audit_event",
        "delete from audit_root",
        "delete from platform.audit_head where chain <> 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    )
    superuser.execute("delete from platform.audit_key")
    superuser.execute("alter table audit_event enable trigger user")
    await act(database, organisation_id, 2)
    await sign(database)

    assert (await check_database(database, organisation_id)).fault is None
    assert "not by a key of this installation" in str((await check_database(database, organisation_id, exported)).fault)
    assert where(check_lines(await lines_of_chain(database, organisation_id), exported=exported)) == 2


async def test_the_platforms_record_is_verified_too(database: Database, superuser: Superuser) -> None:
    for _ in range(3):
        async with database.system("sign_in") as connection:
            await record_platform(connection, Act(COMMAND_LINE, "organisation.created"))
    assert (await check_database(database, PLATFORM)).head.number == 3

    superuser.execute("alter table platform.audit_event disable trigger user")
    superuser.execute("update platform.audit_event set action = 'nothing' where number = 2")

    assert where(await check_database(database, PLATFORM)) == 2


async def test_a_record_longer_than_is_read_at_once_is_verified_while_it_grows(
    database: Database, organisation_id: OrganisationId
) -> None:
    async with database.organisation(organisation_id) as connection:
        for _ in range(1100):
            await record(connection, organisation_id, Act(COMMAND_LINE, "key.created"))

    finding = await check_database(database, organisation_id)

    assert (finding.fault, finding.head.number) == (None, 1100)
