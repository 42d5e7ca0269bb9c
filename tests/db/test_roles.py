"""The roles on an operator's own server, of each version that this machine has."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from drawbridge.db.errors import LoginRefused, RolesMissing
from drawbridge.db.roles import ROLES, SYSTEM
from drawbridge.db.server import check_server, prepare_server
from tests.db.servers import SUPERUSER_PASSWORD, OperatorsServer, installed_versions, operators_server

pytestmark = pytest.mark.embedded


@dataclass(frozen=True, slots=True)
class Place:
    server: OperatorsServer
    version: int


@pytest.fixture(scope="module", params=sorted(installed_versions()))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    version: str = request.param
    folder = tmp_path_factory.mktemp(f"postgresql-{version}-")
    with operators_server(installed_versions()[version], folder) as server:
        yield Place(server, int(version))


@pytest.fixture
def database(place: Place) -> Generator[str]:
    """An empty database called shop, that the login shopkeeper owns; the roles are removed again."""
    place.server.run("create role shopkeeper login password 'pw'", "create database shop owner shopkeeper")
    yield "shop"
    owned = [f"drop role if exists {role}" for role in (*ROLES, "shopkeeper")]
    place.server.run("drop database shop with (force)", *owned)


def shopkeeper(place: Place) -> str:
    return place.server.url("shopkeeper", "pw", "shop")


def test_a_login_that_may_create_roles_gets_them(place: Place, database: str) -> None:
    place.server.run("alter role shopkeeper createrole")

    prepare_server(shopkeeper(place))

    with psycopg.connect(shopkeeper(place)) as connection:
        for role in ROLES:
            connection.execute(f"set role {role}".encode())
        connection.execute("set role drawbridge_owner")
        connection.execute("create schema platform")
        connection.execute("create table public.thing ()")


def test_preparing_twice_changes_nothing(place: Place, database: str) -> None:
    place.server.run("alter role shopkeeper createrole")
    prepare_server(shopkeeper(place))
    place.server.run("alter role shopkeeper nocreaterole")

    prepare_server(shopkeeper(place))


def test_a_login_that_may_not_create_roles_is_told_the_sql_that_an_administrator_runs(
    place: Place, database: str
) -> None:
    with pytest.raises(RolesMissing) as raised:
        prepare_server(shopkeeper(place))
    assert raised.value.sql in raised.value.message

    place.server.run(*filter(str.strip, raised.value.sql.split(";")), database="shop")

    prepare_server(shopkeeper(place))


def test_a_login_that_does_not_own_the_database_is_told_the_sql_too(place: Place, database: str) -> None:
    place.server.run("alter role shopkeeper createrole", "alter database shop owner to postgres")
    with pytest.raises(RolesMissing) as raised:
        prepare_server(shopkeeper(place))

    place.server.run(*filter(str.strip, raised.value.sql.split(";")), database="shop")

    prepare_server(shopkeeper(place))


def test_a_refused_attempt_leaves_no_roles_behind(place: Place, database: str) -> None:
    place.server.run("alter role shopkeeper createrole", "alter database shop owner to postgres")

    with pytest.raises(RolesMissing):
        prepare_server(shopkeeper(place))

    with psycopg.connect(shopkeeper(place)) as connection:
        found = connection.execute("select count(*) from pg_roles where rolname = any(%s)", [list(ROLES)]).fetchone()
    assert found == (0,)


def test_the_login_has_a_roles_rights_only_after_switching_to_it(place: Place, database: str) -> None:
    place.server.run("alter role shopkeeper createrole")

    prepare_server(shopkeeper(place))

    assert not _inherits(place)


def _inherits(place: Place) -> bool:
    with psycopg.connect(shopkeeper(place)) as connection:
        row = connection.execute("select pg_has_role(%s::name, 'usage')", [SYSTEM]).fetchone()
    return row == (True,)


def _administer(place: Place, needed: str) -> None:
    place.server.run(*filter(str.strip, needed.split(";")), database="shop")


_OLD_ROLES = tuple(f"create role {role} nologin" for role in ROLES)


@pytest.mark.parametrize("way", ["by an administrator", "through a group"])
def test_a_login_that_inherits_the_roles_rights_is_told_the_sql_that_ends_it(
    place: Place, database: str, way: str
) -> None:
    member = "staff" if way == "through a group" else "shopkeeper"
    place.server.run("drop role if exists staff", "create role staff nologin", *_OLD_ROLES)
    place.server.run(f"grant {', '.join(ROLES)} to {member}", "grant staff to shopkeeper")
    assert _inherits(place)

    with pytest.raises(RolesMissing, match="INHERIT") as raised:
        prepare_server(shopkeeper(place))
    _administer(place, raised.value.sql)

    prepare_server(shopkeeper(place))
    assert not _inherits(place)


def test_a_login_that_inherits_the_roles_rights_and_may_end_it_does(place: Place, database: str) -> None:
    place.server.run("alter role shopkeeper createrole")
    if place.version >= 16:
        place.server.run("alter role shopkeeper set createrole_self_grant = 'set, inherit'")
    with psycopg.connect(shopkeeper(place), autocommit=True) as connection:
        for role in ROLES:
            connection.execute(f"create role {role} nologin".encode())
            if place.version < 16:
                connection.execute(f"grant {role} to shopkeeper".encode())
    assert _inherits(place)

    prepare_server(shopkeeper(place))

    assert not _inherits(place)


@pytest.fixture
def rival(place: Place, database: str) -> Generator[str]:
    """The URL of another installation's login, in the first one's database."""
    place.server.run("drop role if exists rival", "create role rival login noinherit password 'pw'")
    yield place.server.url("rival", "pw", "shop")
    place.server.run("drop owned by rival", "drop role rival")


def test_another_installations_login_cannot_enter_the_database(place: Place, database: str, rival: str) -> None:
    place.server.run("alter role shopkeeper createrole")
    check_server(rival)

    prepare_server(shopkeeper(place))
    place.server.run(f"grant {', '.join(ROLES)} to rival")

    with pytest.raises(LoginRefused, match="permission denied for database"):
        check_server(rival)
    prepare_server(shopkeeper(place))


def test_the_sql_for_an_administrator_keeps_other_logins_out(place: Place, database: str, rival: str) -> None:
    place.server.run("alter database shop owner to postgres")
    with pytest.raises(RolesMissing) as raised:
        prepare_server(shopkeeper(place))

    _administer(place, raised.value.sql)

    prepare_server(shopkeeper(place))
    with pytest.raises(LoginRefused, match="permission denied for database"):
        check_server(rival)


def test_a_login_that_may_not_keep_others_out_starts_all_the_same(place: Place, database: str, rival: str) -> None:
    place.server.run("alter role shopkeeper createrole")
    prepare_server(shopkeeper(place))
    place.server.run("alter database shop owner to postgres", "grant connect on database shop to public")

    prepare_server(shopkeeper(place))

    check_server(rival)


def test_the_sql_of_the_documentation_leaves_nothing_to_do(place: Place, database: str) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = manual.partition("\\connect drawbridge\n")[2].partition("```")[0]
    documented = re.sub(r"\b(DATABASE|TO) drawbridge\b", r"\1 NAMED", documented)
    documented = documented.replace("DATABASE NAMED", "DATABASE shop").replace("TO NAMED", "TO shopkeeper")
    place.server.run("alter role shopkeeper noinherit", "alter database shop owner to postgres")

    _administer(place, documented)

    prepare_server(shopkeeper(place))
    with psycopg.connect(place.server.url("postgres", SUPERUSER_PASSWORD, "shop")) as connection:
        opened = connection.execute("select has_database_privilege('public', 'shop', 'connect')").fetchone()
    assert opened == (False,)


@pytest.mark.parametrize("attribute", ["bypassrls", "superuser", "login"])
def test_a_role_that_would_see_past_the_tenancy_rules_is_cut_down(place: Place, database: str, attribute: str) -> None:
    place.server.run(f"create role drawbridge_app {attribute}")

    prepare_server(place.server.url("postgres", "over-the-top", "shop"))

    with psycopg.connect(shopkeeper(place)) as connection:
        mighty = connection.execute(
            "select rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname = 'drawbridge_app'"
        ).fetchone()
    assert mighty == (False, False, False)
