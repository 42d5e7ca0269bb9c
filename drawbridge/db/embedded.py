"""The PostgreSQL server that Drawbridge brings along: started, watched and stopped by one supervisor process."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from drawbridge.db.account import server_account
from drawbridge.db.cluster import SUPERUSER, ensure_cluster, installed_binaries, require_cluster, write_configuration
from drawbridge.db.errors import OrphansRunning
from drawbridge.db.folder import DatabaseFolder, folder_errors_explained
from drawbridge.db.postmaster import Postmaster, end_leftover, find_postmaster
from drawbridge.db.progress import Progress, never, say_nothing

_LOGIN = "drawbridge"
_DATABASE = "drawbridge"
# A server whose pid file was changed ends by itself within a minute, and its processes with it.
_ORPHANS_TIMEOUT_S = 90.0
_ORPHANS_RETRY_S = 0.1


class EmbeddedDatabase:
    """One server on one data folder.

    The folder holds the database (`postgres/`), its log, its socket and the lock that keeps a second process off.
    The lock and the server end with the process that called `start`. After the server died by itself, `start` may be
    called again: it never makes a new database then, and keeps the lock even where it fails. Methods are not for
    several threads at once.
    """

    def __init__(
        self,
        folder: Path,
        report: Callable[[str], None] = say_nothing,
        settings: Mapping[str, str] | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> None:
        """Take the data folder; `report` gets sentences about slow steps, `settings` go to postgresql.conf.

        `should_stop` is asked many times a second while `start` waits.
        """
        self._folder = DatabaseFolder(folder)
        self._progress = Progress(report, should_stop)
        self._settings = settings or {}
        self._postmaster: Postmaster | None = None
        self._has_cluster = False

    @property
    def url(self) -> str:
        """The SQLAlchemy URL for the login role. Known once started."""
        return _url(self._started().socket_folder, _LOGIN, _DATABASE)

    @property
    def superuser_url(self) -> str:
        """The SQLAlchemy URL for the superuser: for tests, backups and extensions, never for serving."""
        return _url(self._started().socket_folder, SUPERUSER, _DATABASE)

    @property
    def pid(self) -> int:
        """The server's process id. Known once started."""
        return self._started().pid

    def start(self) -> None:
        """Start the server and wait until the database and its roles are there.

        Recovery after a crash has no time limit. Raise a DatabaseStartError if the server cannot start, of which
        StartInterrupted says that `should_stop` ended it.
        """
        if self.is_alive():
            return
        is_restart = self._folder.is_held
        with folder_errors_explained(self._folder.path):
            self._folder.lock()
            try:
                self._start_locked()
            except BaseException:
                self._stop_server()
                if not is_restart:
                    self._folder.unlock()
                raise

    def is_alive(self) -> bool:
        """Tell whether the server that `start` started still runs."""
        return self._postmaster is not None and self._postmaster.is_alive()

    def stop(self) -> None:
        """Stop the server, if it runs, and give the folder free."""
        self._stop_server()
        self._folder.unlock()

    def _stop_server(self) -> None:
        if self._postmaster is not None:
            self._postmaster.stop()
            self._postmaster = None

    def _start_locked(self) -> None:
        programs, account = installed_binaries(), server_account()
        end_leftover(self._folder, self._progress)
        if self._has_cluster:
            require_cluster(self._folder)
        else:
            ensure_cluster(self._folder, programs, account, self._progress)
            self._has_cluster = True
        write_configuration(self._folder.data, account, self._settings)
        if self._folder.log.exists():
            self._folder.log.replace(self._folder.log.with_suffix(".log.1"))

        deadline = time.monotonic() + _ORPHANS_TIMEOUT_S
        while True:
            self._postmaster = Postmaster(self._folder, programs, account)
            # Loaded while the server starts; and commands that only ask for `running_url` need it not at all.
            from drawbridge.db.roles import prepare_embedded

            try:
                self._postmaster.wait_until_ready(self._progress)
            except OrphansRunning:
                if time.monotonic() > deadline:
                    raise
                self._progress.check()
                end_leftover(self._folder, self._progress)
                time.sleep(_ORPHANS_RETRY_S)
                continue
            prepare_embedded(self._folder.path, self._postmaster.socket_folder, _LOGIN, _DATABASE)
            return

    def _started(self) -> Postmaster:
        if self._postmaster is None:
            raise RuntimeError("the embedded database has not been started")
        return self._postmaster


def running_url(folder: Path) -> str | None:
    """Return the SQLAlchemy URL of the server that already runs on the data folder, or None if none accepts calls.

    Raise a DatabaseStartError if the folder cannot be read.
    """
    with folder_errors_explained(folder):
        running = find_postmaster(DatabaseFolder(folder))
    if running is None or running.socket_folder is None:
        return None
    return _url(running.socket_folder, _LOGIN, _DATABASE)


def _url(socket_folder: Path, role: str, database: str) -> str:
    # The port is named since libpq would otherwise take it from PGPORT.
    return f"postgresql+psycopg://{role}@/{database}?host={quote(str(socket_folder))}&port=5432"
