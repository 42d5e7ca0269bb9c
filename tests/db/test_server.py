"""What an operator is told of a server that cannot be used."""

from collections.abc import Generator

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from drawbridge.db.errors import (
    DatabaseMissing,
    DatabaseStartError,
    LoginRefused,
    ServerTooOld,
    ServerUnreachable,
    ServerUnsuitable,
    UrlInvalid,
)
from drawbridge.db.server import check_server, require_usable_url, sqlalchemy_url
from tests.db.servers import (
    SUPERUSER_PASSWORD,
    OperatorsServer,
    claiming_server,
    free_port,
    installed_versions,
    operators_server,
)

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[OperatorsServer]:
    oldest = min(installed_versions().items())
    with operators_server(oldest[1], tmp_path_factory.mktemp("postgresql")) as running:
        yield running


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_that_can_be_used_is_accepted(server: OperatorsServer, scheme: str) -> None:
    url = server.url("postgres", SUPERUSER_PASSWORD, "postgres")

    check_server(url.replace("postgresql", scheme))


def test_an_unreachable_server_is_named_with_its_port() -> None:
    port = free_port()

    with pytest.raises(ServerUnreachable, match=rf"127\.0\.0\.1, port {port}\. Check that it runs"):
        check_server(f"postgresql://alice:s3cret-word@127.0.0.1:{port}/shop")


def test_a_host_that_does_not_exist_is_named() -> None:
    with pytest.raises(ServerUnreachable, match=r"nowhere\.invalid, port 5432"):
        check_server("postgresql://alice:s3cret-word@nowhere.invalid/shop")


def test_a_server_that_is_too_old_is_told_with_the_version_found_and_the_version_needed() -> None:
    with (
        claiming_server(server_version="13.4", server_encoding="UTF8") as port,
        pytest.raises(ServerTooOld, match=r"PostgreSQL 13\.4; Drawbridge needs 15 or newer"),
    ):
        check_server(f"postgresql://alice@127.0.0.1:{port}/shop?sslmode=disable&gssencmode=disable")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"in_hot_standby": "on", "server_encoding": "UTF8"}, "read-only standby"),
        ({"server_encoding": "LATIN1"}, "encoding LATIN1; Drawbridge needs UTF8"),
    ],
)
def test_a_server_that_cannot_hold_the_data_is_told(status: dict[str, str], words: str) -> None:
    with claiming_server(server_version="17.2", **status) as port, pytest.raises(ServerUnsuitable, match=words):
        check_server(f"postgresql://alice@127.0.0.1:{port}/shop?sslmode=disable&gssencmode=disable")


def test_a_wrong_password_is_told_without_showing_it(server: OperatorsServer) -> None:
    with pytest.raises(LoginRefused, match='refuses the login "postgres"') as raised:
        check_server(server.url("postgres", "s3cret-word", "postgres"))

    assert "s3cret-word" not in raised.value.message


def test_an_unknown_user_is_told(server: OperatorsServer) -> None:
    with pytest.raises(LoginRefused, match='refuses the login "nobody-knows"'):
        check_server(server.url("nobody-knows", "s3cret-word", "postgres"))


def test_a_missing_database_is_told_with_the_statement_that_makes_it(server: OperatorsServer) -> None:
    with pytest.raises(DatabaseMissing, match='CREATE DATABASE "shop" OWNER "postgres"'):
        check_server(server.url("postgres", SUPERUSER_PASSWORD, "shop"))


@pytest.mark.parametrize(
    "url",
    [
        "mysql://alice:s3cret-word@127.0.0.1/shop",
        "postgresql://alice:p@s3cret-word@127.0.0.1/shop",
        "postgresql://alice:p/s3cret-word@127.0.0.1/shop",
        "postgresql://alice:p?s3cret-word@127.0.0.1/shop",
        "postgresql://alice:1?s3cret-word@127.0.0.1/shop",
        "postgresql://alice:p#s3cret-word@127.0.0.1/shop",
        "postgresql://alice:1/s3cret-word@127.0.0.1/shop",
        "postgresql://alice:%s3cret-word@127.0.0.1/shop",
        "postgresql://alice:[s3cret-word@127.0.0.1/shop",
        "postgresql://alice:s3cret-word@127.0.0.1:five/shop",
        "postgresql://alice:s3cret-word@127.0.0.1:54x32/shop",
        "postgresql://alice:s3cret-word@127.0.0.1:0/shop",
        "postgresql://alice:s3cret-word@127.0.0.1:65536/shop",
        "postgresql://alice:s3cret-word@127.0.0.1:\u0665/shop",
        "postgresql://alice:s3cret-word@/shop?port=54x32",
        "postgresql://alice:s3cret-word@[::1]:54x32/shop",
        "postgresql://alice:%ffs3cret-word@127.0.0.1/shop",
        "postgresql://alice:p s3cret-word@127.0.0.1/shop",
        "postgresql://alice:s3cret-word@127.0.0.1/shop\n",
        "s3cret-word",
        "",
    ],
)
def test_a_url_that_cannot_be_read_is_told_without_showing_any_of_it(url: str) -> None:
    with pytest.raises(UrlInvalid, match="postgresql://user:password@host:5432/database") as raised:
        require_usable_url(url)

    assert "s3cret" not in raised.value.message
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("hosts", ["h1:5432,h2:5433", "h1,h2", "h1:5432,h2"])
def test_several_hosts_are_told_the_form_that_works(hosts: str) -> None:
    with pytest.raises(UrlInvalid, match=r"several hosts.*@/database\?host=host1,host2&port=5432,5433") as raised:
        require_usable_url(f"postgresql://alice:s3cret-word@{hosts}/shop")

    assert "s3cret" not in raised.value.message


def test_a_url_is_refused_by_the_name_of_its_variable() -> None:
    with pytest.raises(UrlInvalid, match="DRAWBRIDGE_DATABASE_DIRECT_URL"):
        require_usable_url("mysql://alice@127.0.0.1/shop", "DRAWBRIDGE_DATABASE_DIRECT_URL")


@pytest.mark.parametrize(
    "address",
    [
        "alice:p%40%2F%23w@db.example:5433/shop",
        "alice:p:w@db.example/shop?sslmode=require",
        "alice@[::1]:5433/shop",
        "alice@/shop?host=/var/run/postgresql",
        "alice:pw@/shop?host=h1,h2&port=5432,5433",
        "alice:pw@/shop?host=h1,h2",
    ],
)
def test_a_url_that_is_accepted_means_the_same_to_sqlalchemy_and_to_libpq(address: str) -> None:
    url = f"postgresql://{address}"

    require_usable_url(url)

    _, arguments = create_engine(sqlalchemy_url(url)).dialect.create_connect_args(make_url(sqlalchemy_url(url)))
    ours = {name: value for name, value in arguments.items() if name != "context" and value != ","}
    assert {name: str(value) for name, value in ours.items()} == conninfo_to_dict(url)


@pytest.mark.parametrize("url", ["postgresql://alice:s3cret-word@127.0.0.1:1/shop", "postgres://alice:s3cret-word@/x"])
def test_no_failure_shows_the_password(url: str) -> None:
    with pytest.raises(DatabaseStartError) as raised:
        check_server(url + "?connect_timeout=1&host=127.0.0.1&port=1")

    assert "s3cret-word" not in str(raised.value)


def test_any_form_of_the_url_becomes_one_that_sqlalchemy_opens_with_psycopg() -> None:
    urls = [sqlalchemy_url(f"{scheme}://a:p%40w@db.example:5433/shop") for scheme in ("postgres", "postgresql")]

    assert {make_url(url).drivername for url in urls} == {"postgresql+psycopg"}
    assert make_url(urls[0]).password == "p@w"
