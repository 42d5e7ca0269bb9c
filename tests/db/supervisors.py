"""An embedded server on a data folder, run by this process or by a supervisor in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import Connection, NullPool, create_engine

from drawbridge.db.embedded import EmbeddedDatabase

_ROOT = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0
PATIENCE_S = 30.0

# Start the database, print its pid, and stop it when a line is read; on a DatabaseStartError print that instead.
SUPERVISOR = """
import sys
from pathlib import Path
from drawbridge.db.embedded import EmbeddedDatabase
from drawbridge.db.errors import DatabaseStartError
database = EmbeddedDatabase(Path(sys.argv[1]))
print("starting", flush=True)
try:
    database.start()
except DatabaseStartError as error:
    print(type(error).__name__, error.message, flush=True)
    sys.exit(3)
print(database.pid, flush=True)
sys.stdin.readline()
database.stop()
"""


@contextmanager
def running(
    folder: Path, report: Callable[[str], None] | None = None, settings: dict[str, str] | None = None
) -> Generator[EmbeddedDatabase]:
    database = EmbeddedDatabase(folder, report or (lambda _: None), settings)
    try:
        database.start()
        yield database
    finally:
        database.stop()


@contextmanager
def supervisor(folder: Path, *prefix: str) -> Generator[subprocess.Popen[str]]:
    """A supervisor in a process of its own; whatever it left behind is ended afterwards."""
    process = subprocess.Popen(
        [*prefix, sys.executable, "-c", SUPERVISOR, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=_ROOT,
    )
    try:
        assert line(process) == "starting"
        yield process
    finally:
        process.kill()
        process.communicate()
        for left in servers_on(folder):
            with suppress(psutil.NoSuchProcess):  # It may be at its end.
                left.kill()


def run(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


@contextmanager
def opened(url: str) -> Generator[Connection]:
    """A connection as the product opens it."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


def answer(database: EmbeddedDatabase) -> object:
    return run(database.superuser_url, "select answer from kept")


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


def socket_folder_of(database: EmbeddedDatabase) -> Path:
    return Path(str(run(database.superuser_url, "show unix_socket_directories")).strip('"').replace('""', '"'))


def servers_on(folder: Path) -> list[psutil.Process]:
    """Every process that works in a database folder below this one, initdb's included."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and str(folder) in " ".join(
                [*process.cmdline(), process.cwd()]
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return [process for process in found if _name(process) in ("postgres", "initdb", "unshare")]


def guardian_of(process: subprocess.Popen[str]) -> psutil.Process:
    return next(child for child in psutil.Process(process.pid).children() if _name(child) == "sh")


def _name(process: psutil.Process) -> str:
    """Return a process's name; none for one that has just ended."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""
