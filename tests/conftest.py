"""What all tests share: one PostgreSQL server for the run, and a database cloned from a migrated template."""

import gc
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from drawbridge.db.embedded import EmbeddedDatabase
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url, migrate

settings.register_profile("drawbridge", deadline=None)  # No test may fail by the machine's pace.
settings.load_profile("drawbridge")

_TEMPLATE = "drawbridge_template"
_server = pytest.StashKey[EmbeddedDatabase]()
_folder = pytest.StashKey[Path]()
_urls = pytest.StashKey[tuple[str, str]]()


class _Node(Protocol):
    """A worker of xdist, as its parent sees it."""

    config: pytest.Config
    workerinput: dict[str, str]


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the process that lasts for the whole run, and tell xdist's workers where it is."""
    worker_input: dict[str, str] | None = getattr(config, "workerinput", None)
    if worker_input is not None:
        config.stash[_urls] = (worker_input["database_url"], worker_input["superuser_url"])
        return
    if config.option.collectonly or config.option.help:
        return
    folder = Path(tempfile.mkdtemp(prefix="drawbridge-tests-"))
    server = EmbeddedDatabase(folder, settings={"fsync": "off", "max_connections": "200"})
    server.start()
    config.stash[_server] = server
    config.stash[_folder] = folder
    config.stash[_urls] = (server.url, server.superuser_url)
    _make_template(server)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started."""
    if _server in config.stash:
        config.stash[_server].stop()
        shutil.rmtree(config.stash[_folder], ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: _Node) -> None:
    """Hand the addresses to a worker of xdist."""
    url, superuser_url = node.config.stash[_urls]
    node.workerinput.update(database_url=url, superuser_url=superuser_url)


def _make_template(server: EmbeddedDatabase) -> None:
    with psycopg.connect(driver_url(server.superuser_url), autocommit=True) as connection:
        _create(connection, _TEMPLATE, "drawbridge")
    migrate(_with_database(server.url, _TEMPLATE))


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


_numbers = itertools.count()
_COLLECT_EVERY: Final = 100


@pytest.fixture(autouse=True)
def _undisturbed() -> Iterator[None]:
    """Keep the garbage collector from what the whole run gathered so far while a test is at work.

    A full collection of that takes up to a second, in which no server of the process answers: tests of what must
    happen within a second saw it (2026-11-23).
    """
    gc.freeze()
    yield
    gc.unfreeze()
    if next(_tests) % _COLLECT_EVERY == 0:
        gc.collect()


_tests = itertools.count(1)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, worker_id: str) -> Iterator[str]:
    """Give a migrated database of its own to a test."""
    with _migrated_database(request.config, worker_id) as url:
        yield url


@pytest.fixture
def superuser(request: pytest.FixtureRequest, database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection to a test's own database of somebody to whom no rule applies."""
    _, url = request.config.stash[_urls]
    own = _with_database(url, database_url.partition("?")[0].rpartition("/")[2])
    with psycopg.connect(driver_url(own), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def shared_database_url(request: pytest.FixtureRequest, worker_id: str) -> Iterator[str]:
    """Give a migrated database to the tests of a module."""
    with _migrated_database(request.config, worker_id) as url:
        yield url


@contextmanager
def _migrated_database(config: pytest.Config, worker_id: str) -> Generator[str]:
    url, superuser_url = config.stash[_urls]
    name = f"test_{worker_id}_{next(_numbers)}"
    with psycopg.connect(driver_url(superuser_url), autocommit=True) as connection:
        _create(connection, name, _TEMPLATE)
        yield _with_database(url, name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _create(connection: psycopg.Connection, name: str, template: str) -> None:
    statement = sql.SQL("create database {} template {} owner drawbridge_owner strategy file_copy")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a connection pool to a test's own database."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, the only loop that the product uses."""
    return "asyncio"
