"""Who may do what in the database, held against lists: what is new needs a verdict here."""

import ast
import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest
from sqlalchemy import text

import drawbridge
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database, SystemDuty
from drawbridge.db.migrate import driver_url
from drawbridge.db.roles import APP, OWNER, SYSTEM
from tests.parts.organisations import make_organisation

pytestmark = pytest.mark.tenancy

_CHANGED_BY_ITS_ORGANISATION = {APP: "SELECT, INSERT, UPDATE, DELETE", SYSTEM: "SELECT"}

_FOR_SIGNING_IN = {SYSTEM: "SELECT, INSERT, UPDATE, DELETE"}
"""Accounts are no organisation's."""

_OF_THE_QUEUE = {SYSTEM: "SELECT, INSERT, UPDATE, DELETE"}
"""Tasks are no organisation's: they name one, and ids within it."""

_TABLES: Mapping[str, Mapping[str, str]] = {
    "public.organisation": {APP: "SELECT, INSERT, UPDATE", SYSTEM: "SELECT"},
    "public.principal": _CHANGED_BY_ITS_ORGANISATION,
    "public.api_key": _CHANGED_BY_ITS_ORGANISATION,
    "public.secret": _CHANGED_BY_ITS_ORGANISATION,
    "public.provider": _CHANGED_BY_ITS_ORGANISATION,
    "public.deployment": _CHANGED_BY_ITS_ORGANISATION,
    "public.model": _CHANGED_BY_ITS_ORGANISATION,
    "public.model_route": _CHANGED_BY_ITS_ORGANISATION,
    "public.team": _CHANGED_BY_ITS_ORGANISATION,
    "public.team_member": _CHANGED_BY_ITS_ORGANISATION,
    "public.principal_group": _CHANGED_BY_ITS_ORGANISATION,
    "public.group_member": _CHANGED_BY_ITS_ORGANISATION,
    "public.project": _CHANGED_BY_ITS_ORGANISATION,
    "public.role": _CHANGED_BY_ITS_ORGANISATION,
    "public.policy_grant": _CHANGED_BY_ITS_ORGANISATION,
    "public.policy_grant_subject": _CHANGED_BY_ITS_ORGANISATION,
    "public.price_list": _CHANGED_BY_ITS_ORGANISATION,
    "public.price_row": {APP: "SELECT, INSERT", SYSTEM: "SELECT"},
    "public.repeatable_request": _CHANGED_BY_ITS_ORGANISATION,
    "public.vendor_object": {APP: "SELECT, INSERT, DELETE", SYSTEM: "SELECT"},
    "public.usage_event": {APP: "SELECT", SYSTEM: "SELECT, INSERT"},
    "public.audit_event": {APP: "SELECT, INSERT", SYSTEM: "SELECT, INSERT"},
    "platform.audit_event": {SYSTEM: "SELECT, INSERT"},
    "public.audit_root": {APP: "SELECT", SYSTEM: "SELECT, INSERT"},
    "platform.audit_root": {SYSTEM: "SELECT, INSERT"},
    "platform.audit_key": {SYSTEM: "SELECT, INSERT"},
    "public.audit_stream": _CHANGED_BY_ITS_ORGANISATION,
    "platform.audit_head": {SYSTEM: "SELECT"},
    "public.ledger_period": {APP: "SELECT, INSERT, UPDATE", SYSTEM: "SELECT"},
    "public.ledger_transaction": {APP: "SELECT, INSERT", SYSTEM: "SELECT, INSERT"},
    "public.ledger_entry": {APP: "SELECT, INSERT", SYSTEM: "SELECT, INSERT"},
    "public.usage_correction": {APP: "SELECT, INSERT", SYSTEM: "SELECT"},
    "public.chat_file": _CHANGED_BY_ITS_ORGANISATION,
    "public.chat_file_piece": _CHANGED_BY_ITS_ORGANISATION,
    "public.conversation": _CHANGED_BY_ITS_ORGANISATION,
    "public.message": _CHANGED_BY_ITS_ORGANISATION,
    "public.budget": _CHANGED_BY_ITS_ORGANISATION,
    "public.budget_window": {APP: "SELECT", SYSTEM: "SELECT, INSERT, UPDATE"},
    "public.budget_lease": {APP: "SELECT", SYSTEM: "SELECT, INSERT, UPDATE, DELETE"},
    "public.budget_request": {APP: "SELECT, INSERT, UPDATE", SYSTEM: "SELECT"},
    "public.budget_alert": {APP: "SELECT, INSERT", SYSTEM: "SELECT, INSERT, UPDATE"},
    "platform.budget_lessee": {SYSTEM: "SELECT, INSERT, UPDATE, DELETE"},
    "public.usage_hour": {APP: "SELECT", SYSTEM: "SELECT, INSERT, UPDATE"},
    "public.usage_day": {APP: "SELECT", SYSTEM: "SELECT, INSERT, UPDATE"},
    "public.rate_limit": _CHANGED_BY_ITS_ORGANISATION,
    "public.rate_bucket": {APP: "SELECT", SYSTEM: "SELECT, INSERT, UPDATE"},
    "public.rate_lease": {APP: "SELECT", SYSTEM: "SELECT, INSERT, UPDATE, DELETE"},
    "platform.limit_lessee": {SYSTEM: "SELECT, INSERT, UPDATE, DELETE"},
    "platform.usage_stage": {SYSTEM: "SELECT, INSERT, DELETE"},
    "public.run": {APP: "SELECT, INSERT, UPDATE, DELETE", SYSTEM: "SELECT, UPDATE"},
    "public.run_event": {APP: "SELECT, INSERT", SYSTEM: "SELECT, INSERT"},
    "work.procrastinate_jobs": _OF_THE_QUEUE,
    "work.procrastinate_events": _OF_THE_QUEUE,
    "work.procrastinate_workers": _OF_THE_QUEUE,
    "work.procrastinate_periodic_defers": _OF_THE_QUEUE,
    "public.invitation": _CHANGED_BY_ITS_ORGANISATION,
    "platform.account": _FOR_SIGNING_IN,
    "platform.password": _FOR_SIGNING_IN,
    "platform.passkey": _FOR_SIGNING_IN,
    "platform.totp": _FOR_SIGNING_IN,
    "platform.recovery_code": _FOR_SIGNING_IN,
    "platform.session": _FOR_SIGNING_IN,
    "platform.one_time_link": _FOR_SIGNING_IN,
    "platform.spent_challenge": _FOR_SIGNING_IN,
    "platform.sign_in_attempt": _FOR_SIGNING_IN,
    "platform.revision": {SYSTEM: "SELECT"},
    "platform.master_key_holder": {SYSTEM: "SELECT, INSERT, UPDATE, DELETE"},
    "platform.alembic_version": {},
}
"""What each role may do with each table. The owner's rights are left out: it only migrates."""

_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "platform.next_revision()": (OWNER, APP),
    "platform.require_revision()": (OWNER,),
    "platform.may_record(uuid)": (OWNER,),
    "platform.lock_audit_head(uuid)": (OWNER, APP, SYSTEM),
    "platform.follow_audit_head()": (OWNER,),
    "platform.refuse_change()": (OWNER,),
    "platform.first_id_at(timestamp with time zone)": (OWNER,),
    "platform.make_usage_months()": (OWNER, SYSTEM),
    "platform.require_balance()": (OWNER,),
    "platform.refuse_entry_change()": (OWNER,),
    "platform.open_month(uuid,date)": (OWNER, APP, SYSTEM),
    "platform.require_open_month()": (OWNER,),
    "platform.exchange_leases(text,bigint,jsonb,jsonb)": (OWNER, SYSTEM),
    "platform.close_lessee(text)": (OWNER, SYSTEM),
    "platform.book_usage(text)": (OWNER, SYSTEM),
    "platform.roll_up_usage()": (OWNER,),
    "platform.fill_buckets(uuid[],timestamp with time zone)": (OWNER, SYSTEM),
    "platform.exchange_limits(text,bigint,jsonb,jsonb,timestamp with time zone)": (OWNER, SYSTEM),
    "platform.close_limit_lessee(text,timestamp with time zone)": (OWNER, SYSTEM),
    "platform.spend(text,uuid[],bigint[],bigint[])": (OWNER, SYSTEM),
    "platform.correct_usage(uuid,text,text,text,jsonb)": (OWNER, APP),
    "platform.corrected_figures(uuid,uuid)": (OWNER, APP),
    "platform.add_up_corrections(uuid,uuid)": (OWNER, APP),
    "platform.corrected_totals(uuid,uuid)": (OWNER, APP),
    "platform.follow_corrections(uuid,uuid)": (OWNER, APP),
    "platform.change_period(uuid,date,text)": (OWNER, APP),
    "platform.append_run_events(jsonb,text,timestamp with time zone)": (OWNER, APP, SYSTEM),
    "work.enqueue(text,jsonb,text)": (OWNER, APP),
    "work.enqueue_for(uuid,text,jsonb,text)": (OWNER, SYSTEM),
}
"""Which roles may call each function."""

_OWN_OF_THE_QUEUE = "work.procrastinate_"
"""How the names of the functions begin that the queue's library makes: all of them for the system alone."""

_WITH_THE_OWNERS_RIGHTS = [
    "platform.next_revision()",
    "platform.lock_audit_head(uuid)",
    "platform.follow_audit_head()",
    "platform.make_usage_months()",
    "work.enqueue(text,jsonb,text)",
]

_DUTIES = {
    ("trail/store.py", "count_by_key", "audit"),
    ("trail/store.py", "not_under", "audit"),
    ("trail/store.py", "replace", "audit"),
    ("config/store.py", "report", "sweeper"),
    ("config/store.py", "leave", "sweeper"),
    ("config/store.py", "alive", "sweeper"),
    ("config/store.py", "sole_rewrapper", "sweeper"),
    ("config/store.py", "count_by_key", "sweeper"),
    ("config/store.py", "not_under", "sweeper"),
    ("db/tenancy.py", "newest_revision", "snapshot"),
    ("db/tenancy.py", "changed_organisations", "snapshot"),
    ("db/tenancy.py", "find_organisation", "sign_in"),
    ("identity/store.py", "_find_keys", "key_lookup"),
    ("identity/organisations/store.py", "read_organisations", "platform"),
    ("identity/signin/store.py", "signing_in", "sign_in"),
    ("identity/signin/store.py", "any_signs_in", "sign_in"),
    ("usage/store.py", "book", "drain"),
    ("usage/store.py", "make_months", "drain"),
    ("usage/budgets/store.py", "exchange", "lease"),
    ("usage/budgets/store.py", "close", "lease"),
    ("usage/limits/store.py", "exchange", "lease"),
    ("usage/limits/store.py", "close", "lease"),
    ("usage/budgets/lessees/store.py", "silent_lessees", "lease"),
    ("usage/budgets/lessees/store.py", "release_lessee", "drain"),
    ("usage/budgets/lessees/store.py", "forget_closed", "sweeper"),
    ("usage/budgets/alerts/store.py", "due", "sweeper"),
    ("usage/budgets/alerts/store.py", "note", "sweeper"),
    ("usage/budgets/requests/store.py", "make_window", "lease"),
    ("chat/store.py", "expired", "sweeper"),
    ("chat/files/store.py", "abandoned", "sweeper"),
    ("chat/search/store.py", "find_messages", "search"),
    ("chat/search/store.py", "find_conversations", "search"),
    ("work/store.py", "forget_failed", "sweeper"),
    ("health/store.py", "look_at_database", "health"),
    ("health/store.py", "living_workers", "health"),
    ("health/store.py", "look_at_queue", "health"),
    ("agents/store.py", "append", "runs"),
    ("agents/store.py", "now", "runs"),
    ("agents/store.py", "newer", "runs"),
    ("agents/store.py", "beat", "runs"),
    ("agents/store.py", "sweep", "runs"),
    ("audit/store.py", "entered", "audit"),
    ("trail/signing.py", "sign_due", "audit"),
    ("trail/sending.py", "_due", "audit"),
    ("trail/checking.py", "signing_keys", "audit"),
}
"""Each place that looks across organisations, and for which duty."""

_OPENS = {"system", "system_within"}


@pytest.fixture
async def login(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
    """A connection of the login role, before it has become anyone."""
    connection = await psycopg.AsyncConnection.connect(driver_url(database_url), autocommit=True)
    async with connection:
        yield connection


Login = psycopg.AsyncConnection[tuple[Any, ...]]

_OURS = "nspname !~ '^pg_' and nspname <> 'information_schema'"


async def test_each_role_may_do_with_each_table_what_is_listed_and_no_more(login: Login) -> None:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    rows = await login.execute(f"""
        select nspname || '.' || relname, rolname, string_agg(p, ', ' order by place) filter (where granted)
        from pg_class c join pg_namespace n on n.oid = relnamespace
        cross join pg_roles r
        cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
            with ordinality as privilege (p, place)
        cross join lateral (select has_table_privilege(r.oid, c.oid, p) as granted) g
        where relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition and {_OURS}
            and rolname not like 'pg\\_%' and not rolsuper
        group by 1, 2
    """)
    async for table, role, privileges in rows:
        found[table].update({role: privileges} if privileges and role != OWNER else {})

    assert dict(found) == _TABLES


async def test_every_function_may_be_called_by_those_listed_and_nobody_else(login: Login) -> None:
    functions = await login.execute(f"""
        select p.oid::regprocedure::text,
            array(select rolname::text from pg_roles where not rolsuper and rolname not like 'pg\\_%'
                and has_function_privilege(rolname, p.oid, 'execute') order by rolname = '{OWNER}' desc, rolname),
            prosecdef, proconfig
        from pg_proc p join pg_namespace n on n.oid = pronamespace where {_OURS}
    """)
    found = await functions.fetchall()

    assert {name: tuple(roles) for name, roles, _, _ in found if not name.startswith(_OWN_OF_THE_QUEUE)} == _FUNCTIONS
    for name, roles, has_owners_rights, settings in found:
        if name.startswith(_OWN_OF_THE_QUEUE):
            assert (tuple(roles), has_owners_rights) == ((OWNER, SYSTEM), False), name
            assert settings == ["search_path=work, pg_catalog, pg_temp"], name
    mighty = {name: settings for name, _, has_owners_rights, settings in found if has_owners_rights}
    assert mighty == {name: ["search_path=pg_catalog, pg_temp"] for name in _WITH_THE_OWNERS_RIGHTS}


async def test_row_level_security_is_enabled_and_forced_on_every_table_of_the_products(login: Login) -> None:
    rows = await login.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p', 'v', 'm', 'f') and not (relrowsecurity and relforcerowsecurity)"
    )

    assert await rows.fetchall() == []


async def test_every_table_has_just_the_policies_of_the_app_and_the_system(login: Login) -> None:
    rows = await login.execute(
        "select tablename, policyname, permissive, roles::text[], cmd, qual, with_check from pg_policies"
    )
    found = {(table, policy): tuple(rest) async for table, policy, *rest in rows}

    expected: dict[tuple[str, str], tuple[object, ...]] = {}
    for table in (name.removeprefix("public.") for name in _TABLES if name.startswith("public.")):
        column = "id" if table == "organisation" else "organisation_id"
        mine = f"({column} = (NULLIF(current_setting('drawbridge.org'::text, true), ''::text))::uuid)"
        expected[table, "app"] = ("PERMISSIVE", [APP], "ALL", mine, mine)
        expected[table, "system"] = ("PERMISSIVE", [SYSTEM], "ALL", "true", "true")
    assert found == expected


async def test_no_role_is_above_the_rules(login: Login) -> None:
    rows = await login.execute(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit, rolcanlogin"
        " from pg_roles where rolname like 'drawbridge%' order by rolname"
    )
    found = {name: rest async for name, *rest in rows}

    above = [False] * 5
    assert found == {
        "drawbridge": [*above, False, True],
        APP: [*above, True, False],
        OWNER: [*above, True, False],
        SYSTEM: [*above, True, False],
    }


async def test_only_the_login_is_a_member_of_roles_and_inherits_nothing_from_them(login: Login) -> None:
    rows = await login.execute(
        "select m.rolname, r.rolname, admin_option, inherit_option from pg_auth_members a"
        " join pg_roles r on r.oid = roleid join pg_roles m on m.oid = member"
        " where r.rolname like 'drawbridge%' or m.rolname like 'drawbridge%'"
    )

    assert set(await rows.fetchall()) == {("drawbridge", role, False, False) for role in (OWNER, APP, SYSTEM)}


@pytest.mark.parametrize(
    "statement",
    ["create table public.mine ()", "create table platform.mine ()", "create table work.mine ()", "create schema mine"],
)
@pytest.mark.parametrize("role", [APP, SYSTEM])
async def test_only_the_owner_makes_tables(login: Login, role: str, statement: str) -> None:
    await login.execute(f"set role {role}".encode())

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await login.execute(statement.encode())


async def test_a_role_cannot_end_row_level_security_for_itself(login: Login, database: Database) -> None:
    await make_organisation(database)
    await login.execute(f"set role {APP}".encode())
    await login.execute("set row_security = off")

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="would be affected by row-level security"):
        await login.execute("select * from organisation")


@pytest.mark.parametrize("ending", ["commit", "error", "cancelled"])
@pytest.mark.parametrize("kind", ["organisation", "change", "system"])
async def test_nothing_of_a_transaction_is_left_for_the_next_user_of_its_connection(
    database: Database, kind: str, ending: str
) -> None:
    organisation_id = await make_organisation(database)
    opened = {
        "organisation": lambda: database.organisation(organisation_id),
        "change": lambda: database.change(organisation_id),
        "system": lambda: database.system("snapshot"),
    }[kind]
    driver: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    try:
        async with asyncio.timeout(10) as deadline, opened() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if ending == "error":
                raise ValueError
            if ending == "cancelled":
                deadline.reschedule(0)
                await connection.execute(text("select pg_sleep(9)"))
    except (ValueError, TimeoutError):
        assert ending != "commit"

    assert driver is not None
    if ending == "cancelled" and driver.closed:
        return
    left = await driver.execute(
        "select current_user::text, coalesce(current_setting('drawbridge.org', true), ''),"
        " coalesce(current_setting('drawbridge.revision', true), '')"
    )
    assert await left.fetchone() == ("drawbridge", "", "")
    await driver.rollback()


async def test_revisions_follow_one_another_without_gaps_however_changes_end(database: Database) -> None:
    organisation_ids = [await make_organisation(database, name) for name in ("one", "two", "three")]
    async with database.system("snapshot") as connection:
        before = (await connection.execute(text("select number from platform.revision"))).scalar_one()

    results = await asyncio.gather(
        *(_change(database, organisation_ids[turn % 3], fails=turn % 4 == 1) for turn in range(40))
    )

    taken = sorted(number for number in results if number is not None)
    assert taken == list(range(before + 1, before + 31))
    async with database.system("snapshot") as connection:
        newest = (await connection.execute(text("select max(revision) from organisation"))).scalar_one()
    assert newest == taken[-1]


async def _change(database: Database, organisation_id: OrganisationId, *, fails: bool) -> int | None:
    try:
        async with database.change(organisation_id) as connection:
            number = (
                await connection.execute(text("select current_setting('drawbridge.revision')::bigint"))
            ).scalar_one()
            if fails:
                raise ValueError
    except ValueError:
        return None
    return number


def test_what_looks_across_organisations_is_what_is_listed() -> None:
    root = Path(drawbridge.__file__).parent
    found = {place for path in root.rglob("*.py") for place in _system_duties(path, root)}

    assert found == _DUTIES
    assert {duty for _, _, duty in found} == set(get_args(SystemDuty))


def _system_duties(path: Path, root: Path) -> Iterator[tuple[str, str, str]]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _OPENS:
                yield path.relative_to(root).as_posix(), function.name, ast.literal_eval(call.args[-1])
