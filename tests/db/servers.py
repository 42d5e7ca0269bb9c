"""PostgreSQL servers as an operator would run them, of several versions, and one that only claims a version."""

import socket
import struct
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from drawbridge.db.account import SERVER_ENVIRONMENT, server_account
from drawbridge.db.cluster import installed_binaries

SUPERUSER_PASSWORD = "over-the-top"


def installed_versions() -> dict[str, Path]:
    """Return the folder of programs for every PostgreSQL that this machine has, by major version."""
    wheel = installed_binaries().parents[1]
    candidates = {
        "15": Path("/usr/lib/postgresql/15/bin"),
        "16": wheel / "pginstall" / "bin",
        "17": Path("/usr/lib/postgresql/17/bin"),
        "18": wheel / "pginstall18" / "bin",
    }
    return {version: programs for version, programs in candidates.items() if (programs / "postgres").exists()}


@dataclass(frozen=True, slots=True)
class OperatorsServer:
    """A server on a port of the loopback address, with passwords."""

    port: int

    def url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser."""
        url = self.url("postgres", SUPERUSER_PASSWORD, database)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def operators_server(programs: Path, folder: Path) -> Generator[OperatorsServer]:
    """Make a cluster with these programs below the folder, and run it."""
    prefix, port = server_account().prefix, free_port()
    data, password_file = folder / "data", folder / "password"
    password_file.write_text(SUPERUSER_PASSWORD)
    initdb = [*prefix, f"{programs}/initdb", "-D", f"{data}", "-U", "postgres", "-A", "scram-sha-256", "--no-sync"]
    subprocess.run(
        [*initdb, f"--pwfile={password_file}", "-E", "UTF8", "--locale=C"],
        check=True,
        capture_output=True,
        env=SERVER_ENVIRONMENT,
    )
    options = ["-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*prefix, f"{programs}/postgres", "-D", f"{data}", *options],
            stdout=log,
            stderr=log,
            env=SERVER_ENVIRONMENT,
        )
    try:
        _wait_for(port)
        yield OperatorsServer(port)
    finally:
        server.send_signal(2)
        server.wait(30)


@contextmanager
def claiming_server(**status: str) -> Generator[int]:
    """Speak just enough of PostgreSQL's start-up protocol to report these parameters; yield the port.

    Protocol: PostgreSQL documentation, section "Message Flow", start-up (version 3.0).
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            connection.recv(65536)  # SSLRequest or GSSENCRequest, or at once the start-up message
            parameters = b"".join(_message(b"S", f"{name}\0{value}\0".encode()) for name, value in status.items())
            ready = _message(b"K", struct.pack("!ii", 1, 2)) + _message(b"Z", b"I")
            connection.sendall(_message(b"R", struct.pack("!i", 0)) + parameters + ready)
            connection.recv(65536)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(30)
        listener.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _wait_for(port: int) -> None:
    for attempt in range(100):
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user="postgres", password=SUPERUSER_PASSWORD, dbname="postgres"
            ).close()
        except psycopg.OperationalError:
            if attempt == 99:
                raise
            threading.Event().wait(0.1)
        else:
            return
