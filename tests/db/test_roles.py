"""The roles on an operator's own server, of each version that this machine has."""

from collections.abc import Generator
from dataclasses import dataclass

import psycopg
import pytest

from drawbridge.db.errors import RolesMissing
from drawbridge.db.roles import ROLES, SYSTEM
from drawbridge.db.server import prepare_server
from tests.db.servers import OperatorsServer, installed_versions, operators_server

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
    if place.version < 16:
        pytest.skip("before PostgreSQL 16, whether rights are inherited is the login's own attribute")
    place.server.run("alter role shopkeeper createrole")

    prepare_server(shopkeeper(place))

    with psycopg.connect(shopkeeper(place)) as connection:
        inherits = connection.execute("select pg_has_role(%s::name, 'usage')", [SYSTEM]).fetchone()
    assert inherits == (False,)


@pytest.mark.parametrize("attribute", ["bypassrls", "superuser", "login"])
def test_a_role_that_would_see_past_the_tenancy_rules_is_cut_down(place: Place, database: str, attribute: str) -> None:
    place.server.run(f"create role drawbridge_app {attribute}")

    prepare_server(place.server.url("postgres", "over-the-top", "shop"))

    with psycopg.connect(shopkeeper(place)) as connection:
        mighty = connection.execute(
            "select rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname = 'drawbridge_app'"
        ).fetchone()
    assert mighty == (False, False, False)
