"""Two organisations in one database: whatever is asked, neither sees or touches the other's rows."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.db.roles import APP, OWNER
from tests.db.furnishing import furnish
from tests.parts.organisations import make_organisation

pytestmark = pytest.mark.tenancy

# Any: rows of whichever tables there are.
Content = dict[str, list[dict[str, Any]]]

_RLS = "new row violates row-level security policy"
_NO_PRIVILEGE = "permission denied"

_USAGE = {"usage_event", "usage_hour", "usage_day"}
_NEVER_INSERTED_BY_AN_ORGANISATION = {
    *_USAGE,
    "audit_root",
    "budget_window",
    "budget_lease",
    "rate_bucket",
    "rate_lease",
}
_GONE_WITH_WHAT_THEY_ARE_OF = {
    "run_event",
    "budget_window",
    "budget_lease",
    "budget_alert",
    "budget_request",
    "rate_bucket",
    "rate_lease",
}
_LEDGER = {"ledger_transaction", "ledger_entry", "usage_correction"}
_NEVER_CHANGED_BY_AN_ORGANISATION = {
    *_USAGE,
    "vendor_object",
    "audit_event",
    "audit_root",
    "price_row",
    "budget_window",
    "budget_lease",
    "budget_alert",
    "rate_bucket",
    "rate_lease",
    "run_event",
    *_LEDGER,
}
_NEVER_DELETED_BY_AN_ORGANISATION = {
    *_USAGE,
    "organisation",
    "audit_event",
    "audit_root",
    "price_row",
    "budget_window",
    "budget_lease",
    "budget_alert",
    "rate_bucket",
    "rate_lease",
    "budget_request",
    "ledger_period",
    "run_event",
    *_LEDGER,
}
_OUTSIDE_THE_SNAPSHOT = {
    *_USAGE,
    "organisation",
    "vendor_object",
    "audit_event",
    "invitation",
    "repeatable_request",
    "audit_root",
    "audit_stream",
    "budget_window",
    "budget_lease",
    "budget_alert",
    "rate_bucket",
    "rate_lease",
    "budget_request",
    "ledger_period",
    "run",
    "run_event",
    *_LEDGER,
    "price_row",
    "chat_file",
    "chat_file_piece",
    "conversation",
    "message",
}
"""What the hot path does not decide from: it may change without a revision."""


@dataclass(frozen=True, slots=True)
class Town:
    """A database in which two organisations live."""

    database: Database
    ours: OrganisationId
    theirs: OrganisationId
    tables: tuple[str, ...]
    """Every table outside of PostgreSQL's own schemas and the platform's, children after their parents."""

    def column(self, table: str) -> str:
        """The column that says whose a row is."""
        return "id" if table == "organisation" else "organisation_id"

    async def content(self, organisation_id: OrganisationId) -> Content:
        """Every row of an organisation, as the system role sees them."""
        async with self.database.system("snapshot") as connection:
            return {
                table: await _rows(
                    connection, f"select to_jsonb(t) from {table} t where {self.column(table)} = '{organisation_id}'"
                )
                for table in self.tables
            }


_TABLES = text("""
    with recursive level (oid, depth) as (
        select c.oid, 0 from pg_class c
        where c.relkind in ('r', 'p', 'm', 'v', 'f') and c.relnamespace = 'public'::regnamespace
        union all
        select f.conrelid, depth + 1 from level join pg_constraint f on f.confrelid = level.oid and f.contype = 'f'
        where f.conrelid <> f.confrelid and f.connamespace = 'public'::regnamespace
    )
    select oid::regclass::text from level group by oid order by max(depth), 1
""")


@pytest.fixture(scope="module")
async def town(shared_database_url: str) -> AsyncIterator[Town]:
    """A town in which nothing changes."""
    database = Database(shared_database_url)
    yield await _build_town(database)
    await database.close()


@pytest.fixture
async def other_town(database: Database) -> Town:
    """A town for a test that changes it."""
    return await _build_town(database)


async def _build_town(database: Database) -> Town:
    ours, theirs = await furnish(database, "ours"), await furnish(database, "theirs")
    async with database.system("snapshot") as connection:
        tables = tuple((await connection.execute(_TABLES)).scalars())
    return Town(database, ours, theirs, tables)


@pytest.fixture
async def login(shared_database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection of the login role, before it has become anyone."""
    engine = create_async_engine(shared_database_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def _rows(connection: AsyncConnection, statement: str) -> list[dict[str, Any]]:
    return list((await connection.execute(text(statement))).scalars())


async def _refusal(connection: AsyncConnection, statement: str, **parameters: object) -> str:
    """Return what the database says to a statement, of which nothing stays; "" where it does it."""
    savepoint = await connection.begin_nested()
    try:
        await connection.execute(text(statement), parameters)
    except (ProgrammingError, IntegrityError) as error:
        return str(error.orig)
    finally:
        await savepoint.rollback()
    return ""


def _first(content: Content, table: str) -> str:
    return json.dumps(content[table][0])


async def test_both_organisations_have_a_row_in_every_table(town: Town) -> None:
    for organisation_id in (town.ours, town.theirs):
        content = await town.content(organisation_id)

        assert [table for table, rows in content.items() if not rows] == []
    assert len(town.tables) >= 9


async def test_without_any_where_only_the_organisations_own_rows_are_there(town: Town) -> None:
    seen: Content = {}
    async with town.database.organisation(town.ours) as connection:
        for table in town.tables:
            seen[table] = await _rows(connection, f"select to_jsonb(t) from {table} t")

    assert seen == await town.content(town.ours)


async def test_rows_of_another_organisation_are_not_there_even_when_they_are_asked_for(town: Town) -> None:
    found: Content = {}
    async with town.database.organisation(town.ours) as connection:
        for table in town.tables:
            condition = f"{town.column(table)} = '{town.theirs}'"
            found[table] = await _rows(connection, f"select to_jsonb(t) from {table} t where {condition}")

    assert found == {table: [] for table in town.tables}


@pytest.mark.parametrize("setting", [None, ""], ids=["never-set", "left-empty"])
async def test_without_an_organisation_nothing_is_there_and_nothing_raises(
    town: Town, login: AsyncConnection, setting: str | None
) -> None:
    await login.execute(text(f"set role {APP}"))
    if setting is not None:
        await login.execute(text("select set_config('drawbridge.org', :setting, false)"), {"setting": setting})

    found = {table: await _rows(login, f"select to_jsonb(t) from {table} t") for table in town.tables}

    assert found == {table: [] for table in town.tables}


async def test_the_owner_of_the_tables_sees_nothing(town: Town, login: AsyncConnection) -> None:
    await login.execute(text(f"set role {OWNER}"))
    await login.execute(text("select set_config('drawbridge.org', :ours, false)"), {"ours": str(town.ours)})

    found = {table: await _rows(login, f"select to_jsonb(t) from {table} t") for table in town.tables}

    assert found == {table: [] for table in town.tables}


async def test_the_login_sees_nothing_before_it_has_become_somebody(town: Town, login: AsyncConnection) -> None:
    refusals = {table: await _refusal(login, f"select * from public.{table}") for table in town.tables}

    assert {table for table, refusal in refusals.items() if _NO_PRIVILEGE not in refusal} == set()


async def test_an_update_without_where_leaves_the_other_organisations_rows_alone(other_town: Town) -> None:
    before = await other_town.content(other_town.theirs)
    ours = await other_town.content(other_town.ours)
    changed: dict[str, int] = {}

    async with other_town.database.change(other_town.ours) as connection:
        for table in other_town.tables:
            if table in _NEVER_CHANGED_BY_AN_ORGANISATION:
                assert _NO_PRIVILEGE in await _refusal(connection, f"update {table} set organisation_id = null")
            else:
                column = other_town.column(table)
                result = await connection.execute(text(f"update {table} set {column} = {column}"))
                changed[table] = result.rowcount

    assert changed == {table: len(ours[table]) for table in changed}
    assert await other_town.content(other_town.theirs) == before


async def test_a_delete_without_where_leaves_the_other_organisations_rows_alone(other_town: Town) -> None:
    before = await other_town.content(other_town.theirs)

    async with other_town.database.change(other_town.ours) as connection:
        for table in reversed(other_town.tables):
            if table in _NEVER_DELETED_BY_AN_ORGANISATION:
                assert _NO_PRIVILEGE in await _refusal(connection, f"delete from {table}")
            else:
                await connection.execute(text(f"delete from {table}"))

    left = {table for table, rows in (await other_town.content(other_town.ours)).items() if rows}
    assert left == _NEVER_DELETED_BY_AN_ORGANISATION - _GONE_WITH_WHAT_THEY_ARE_OF
    assert await other_town.content(other_town.theirs) == before


async def test_no_table_can_be_truncated(town: Town) -> None:
    async with town.database.change(town.ours) as connection:
        refusals = {table: await _refusal(connection, f"truncate {table} cascade") for table in town.tables}

    assert {table for table, refusal in refusals.items() if _NO_PRIVILEGE not in refusal} == set()


async def test_a_row_for_another_organisation_cannot_be_inserted(town: Town) -> None:
    theirs = await town.content(town.theirs)
    refusals: dict[str, str] = {}
    controls: dict[str, str] = {}

    for organisation_id, said in ((town.ours, refusals), (town.theirs, controls)):
        async with town.database.change(organisation_id) as connection:
            for table in town.tables:
                # The row is there already, so its own organisation is told of a duplicate and of nothing else.
                row = f"jsonb_populate_record(null::{table}, (:row)::jsonb)"
                said[table] = await _refusal(
                    connection, f"insert into {table} select ({row}).*", row=_first(theirs, table)
                )

    not_inserted = {table for table, refusal in refusals.items() if _NO_PRIVILEGE in refusal}
    assert not_inserted == _NEVER_INSERTED_BY_AN_ORGANISATION
    assert {table for table, refusal in refusals.items() if _RLS not in refusal} == not_inserted
    assert {table for table, refusal in controls.items() if "duplicate key" not in refusal} == not_inserted


async def test_a_row_cannot_be_given_to_another_organisation(town: Town) -> None:
    refusals: dict[str, str] = {}

    async with town.database.change(town.ours) as connection:
        for table in set(town.tables) - _NEVER_CHANGED_BY_AN_ORGANISATION:
            statement = f"update {table} set {town.column(table)} = '{town.theirs}'"
            refusals[table] = await _refusal(connection, statement)

    assert {table for table, refusal in refusals.items() if _RLS not in refusal} == set()


async def test_a_row_cannot_lead_into_another_organisation(town: Town) -> None:
    theirs = await town.content(town.theirs)
    led = (
        ("api_key", "principal_id", "principal", ""),
        ("deployment", "provider_id", "provider", ""),
        ("model_route", "model_id", "model", ", position = 9"),
        ("model_route", "deployment_id", "deployment", ""),
    )

    async with town.database.change(town.ours) as connection:
        refusals = [
            await _refusal(connection, f"update {table} set {column} = '{theirs[target][0]['id']}'{more}")
            for table, column, target, more in led
        ]

    assert ["violates foreign key constraint" in refusal for refusal in refusals] == [True] * len(led)


_LEADING_OUT = text("""
    select conrelid::regclass || ': ' || conname
    from pg_constraint f
    where contype = 'f' and connamespace = 'public'::regnamespace and confrelid <> 'organisation'::regclass
    and not exists (
        select from unnest(f.conkey, f.confkey) as pair (here, there)
        join pg_attribute h on h.attrelid = f.conrelid and h.attnum = pair.here
        join pg_attribute t on t.attrelid = f.confrelid and t.attnum = pair.there
        where h.attname = 'organisation_id' and t.attname = 'organisation_id'
    )
""")


async def test_every_foreign_key_holds_the_organisation_too(town: Town) -> None:
    async with town.database.system("snapshot") as connection:
        assert list((await connection.execute(_LEADING_OUT)).scalars()) == []


async def test_a_change_of_what_the_hot_path_decides_from_needs_a_revision(town: Town) -> None:
    refusals: dict[str, str] = {}

    for table in set(town.tables) - _OUTSIDE_THE_SNAPSHOT:
        with pytest.raises(DBAPIError) as raised:
            async with town.database.organisation(town.ours) as connection:
                await connection.execute(text(f"update {table} set {town.column(table)} = {town.column(table)}"))
        refusals[table] = str(raised.value.orig)

    for table, refusal in refusals.items():
        assert f"table {table} was changed without taking a revision: use Database.change()" in refusal
    assert len(refusals) >= 7


async def test_the_server_ends_a_transaction_whose_process_stands_still(database: Database) -> None:
    limit = text("select current_setting('idle_in_transaction_session_timeout')")
    organisation_id = await make_organisation(database)

    async with database.organisation(organisation_id) as connection:
        of_an_organisation = (await connection.execute(limit)).scalar_one()
    async with database.system("runs") as connection:
        of_the_system = (await connection.execute(limit)).scalar_one()

    assert (of_an_organisation, of_the_system) == ("70s", "70s")
