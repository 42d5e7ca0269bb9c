"""`drawbridge up`: run one node, and tell its operator what to do first."""

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from drawbridge.address import note_port, noted_port
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.embedded import EmbeddedDatabase, running_url
from drawbridge.report import Report
from drawbridge.settings import Settings
from drawbridge.supervisor import DatabaseUrls, ManagedDatabase, PortTaken, Supervisor

_CONNECTIONS_OF_A_WORKER: Final = 7
"""Three in its pool, as many above that, and one that listens for changes."""
_CONNECTIONS_BESIDE_WORKERS: Final = 20
"""For commands, backups and the superuser."""
_ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - shown as localhost, not bound here


@dataclass(slots=True)
class _OwnServer:
    """An operator's own PostgreSQL: checked at the start, kept alive by its owner."""

    direct_url: str

    def start(self) -> None:
        from drawbridge.db.server import prepare_server

        prepare_server(self.direct_url)

    def is_alive(self) -> bool:
        return True

    def stop(self) -> None:
        return


def run(settings: Settings) -> None:
    """Serve until told to stop. Raises DrawbridgeError when the start fails."""
    stopping = threading.Event()
    database, urls = _database(settings, stopping)
    supervisor = Supervisor(
        settings,
        database,
        urls,
        on_ready=partial(_begin, settings),
        report=_say,
        stopping=stopping,
    )
    try:
        supervisor.run()
    except PortTaken as error:
        if _runs_already(settings):
            raise RunsAlready(_address(settings, settings.port), settings.data) from error
        raise


class RunsAlready(DrawbridgeError):
    """The same installation serves on the port already."""

    code = "runs_already"
    status = 409

    def __init__(self, address: str, data: Path) -> None:
        super().__init__(
            f"This Drawbridge runs already, at {address}, on the folder {data}: nothing was started. To start it anew,"
            " stop that one first."
        )


def _runs_already(settings: Settings) -> bool:
    """Tell whether it is a node on the same data folder that has the port."""
    return noted_port(settings.data) == settings.port and running_url(settings.data) is not None


def _database(settings: Settings, stopping: threading.Event) -> tuple[ManagedDatabase, Callable[[], DatabaseUrls]]:
    if settings.database_url is None:
        connections = _CONNECTIONS_BESIDE_WORKERS + settings.workers * _CONNECTIONS_OF_A_WORKER
        embedded = EmbeddedDatabase(
            settings.data, _say, {"max_connections": str(connections)}, should_stop=stopping.is_set
        )
        return embedded, lambda: DatabaseUrls(embedded.url, embedded.url)
    from drawbridge.db.server import require_usable_url, sqlalchemy_url

    pooled = settings.database_url
    direct = settings.database_direct_url or pooled
    require_usable_url(pooled)
    require_usable_url(direct, "DRAWBRIDGE_DATABASE_DIRECT_URL")
    own = _OwnServer(direct)
    return own, lambda: DatabaseUrls(sqlalchemy_url(pooled), sqlalchemy_url(direct))


def _say(text: str) -> None:
    # Whoever read it may be gone; what it is about goes on all the same.
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def _begin(settings: Settings, port: int, report: Report) -> None:
    note_port(settings.data, port)
    _greet(settings, port, report)


def _greet(settings: Settings, port: int, report: Report) -> None:
    address = _address(settings, port)
    key = report.first_admin_key
    lines = [f"Drawbridge is up at {address}"]
    lines += [
        f"Using {variable} from the environment for provider {name}, by reference."
        for name, variable in report.found_providers.items()
    ]
    if report.set_up_token:
        # Behind the #, which browsers keep to themselves: no log of a proxy shall have it.
        page = f"{settings.public_url or _local_address(port)}/set-up#{report.set_up_token}"
        lines += ["", f"Make the first account, to sign in with: {page}"]
    if key:
        lines += ["", f"Your admin key, shown this once: {key}"]
    lines += ["", "Try it:", "", _curl(address, key), ""]
    if not key:
        lines.append(f"No key at hand? `{_this_program()} keys create --owner admin --admin` makes one.")
    with suppress(OSError, ValueError):
        print("\n".join(lines), flush=True)


def _address(settings: Settings, port: int) -> str:
    host = "localhost" if settings.host in _ANY_ADDRESS else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _local_address(port: int) -> str:
    """Return the one address of this machine that browsers take passkeys for without https."""
    return f"http://localhost:{port}"


def _this_program() -> str:
    """Return what starts this program in a shell, as it was started now: it need not be on the path."""
    started = Path(sys.argv[0])
    return f"{sys.executable} -m drawbridge" if started.name == "__main__.py" else str(started)


def _curl(address: str, key: str | None) -> str:
    bearer = f"'Authorization: Bearer {key}'" if key else '"Authorization: Bearer $DRAWBRIDGE_KEY"'
    body = '{"model": "rehearsal", "messages": [{"role": "user", "content": "Hello!"}]}'
    return f"  curl {address}/v1/chat/completions -H {bearer} -H 'Content-Type: application/json' -d '{body}'"
