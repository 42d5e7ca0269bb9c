"""The data folder of the embedded database: what lies where, who holds it, and what stops us from using it."""

import contextlib
import errno
import fcntl
import os
import pwd
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from drawbridge.db.errors import DatabaseStartError, DiskFull, FolderInUse, FolderOfAnotherUser, FolderUnusable

_SOCKET_NAME_BYTES = len("/.s.PGSQL.5432")
# sockaddr_un holds 108 bytes on Linux and 104 elsewhere, the closing zero included.
_SOCKET_PATH_BYTES = 103
_TEMPORARY_PREFIX = "drawbridge-socket-"
_TEMPORARY_NAME_BYTES = len("/drawbridge-socket-12345678/run")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DatabaseFolder:
    """Paths below the data folder, and the lock on it.

    The path is free of symbolic links and "..": processes find each other by it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = _resolved(folder)
        self.data = self.path / "postgres"
        self.log = self.path / "postgres.log"
        self.record = self.path / "postgres.json"
        self._lock_path = self.path / "postgres.lock"
        self._lock: int | None = None
        self._temporary: Path | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._lock is not None

    def lock(self) -> None:
        """Make the folder if need be and hold it until this process ends or calls `unlock`.

        Raise FolderInUse if another process holds it, and FolderOfAnotherUser, before anything is written, if it is
        another user's. A lock file without a holder is no obstacle.
        """
        if self._lock is not None:
            return
        self._refuse_another_users()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._flock(descriptor)
            os.pwrite(descriptor, f"{os.getpid():<20}\n".encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._lock = descriptor

    def unlock(self) -> None:
        """Let others have the folder. The file stays: removing it would let two processes lock two files."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def make_socket_folder(self) -> Path:
        """Return an existing folder for the server's socket that only this user may enter.

        It lies in the data folder, unless a socket's address could not hold that path, or libpq would take its
        comma for the end of a host name; then it lies in a temporary folder, the same until `unlock`: workers know
        the path, and the server may be started again under them.
        """
        chosen = self.path / "run"
        too_long = len(os.fsencode(chosen)) + _SOCKET_NAME_BYTES > _SOCKET_PATH_BYTES
        if too_long or "," in str(chosen):
            self._temporary = self._temporary or _make_temporary_folder()
            chosen = self._temporary / "run"
        self.remove_socket_folder(chosen)
        chosen.mkdir(mode=0o700)
        return chosen

    def remove_socket_folder(self, folder: Path) -> None:
        """Remove a folder that `make_socket_folder` returned, now or in an earlier process.

        Its lock files name process ids that may be others' by now, for which PostgreSQL would not start.
        """
        is_temporary = folder.parent.name.startswith(_TEMPORARY_PREFIX)
        if (folder == self.path / "run" or is_temporary) and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
        if is_temporary and folder.parent != self._temporary:
            shutil.rmtree(folder.parent, ignore_errors=True)

    def _refuse_another_users(self) -> None:
        """Keep a command under sudo from leaving files that the folder's user could not open afterwards.

        An empty folder may be another's: that is how volumes are mounted into containers.
        """
        decisive = next((path for path in (self.data, self._lock_path) if path.exists()), self.path)
        if decisive == self.path and not (self.path.is_dir() and any(self.path.iterdir())):
            return
        owner = decisive.stat().st_uid
        if owner != os.geteuid():
            raise FolderOfAnotherUser(
                f"The folder {self.path} belongs to {_user(owner)}, and this is {_user(os.geteuid())}: run this as"
                f" {_user(owner)}, or choose another folder: set DRAWBRIDGE_DATA. Nothing was changed."
            )

    def _flock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise FolderInUse(
                f"Another Drawbridge (process {holder}) already uses the folder {self.path}: it is starting or"
                " running. Wait a few seconds and try again, or stop it, or give this one a folder of its own: set"
                " DRAWBRIDGE_DATA."
            ) from None
        except OSError as error:
            raise FolderUnusable(
                f"The folder {self.path} cannot be locked ({error.strerror}), so nothing would keep two servers"
                " from using it. Choose a folder on a local disk: set DRAWBRIDGE_DATA."
            ) from error


@contextlib.contextmanager
def folder_errors_explained(folder: Path) -> Generator[None]:
    """Turn an OSError from inside the block into a DatabaseStartError that says what to do about the folder."""
    try:
        yield
    except OSError as error:
        raise explain_folder_error(error, folder) from error


def explain_folder_error(error: OSError, folder: Path) -> DatabaseStartError:
    """Return the error that says what to do about this failure of a file operation below the folder."""
    if error.errno in _FULL:
        return disk_full(folder)
    return FolderUnusable(
        f"The folder {folder} cannot be used ({error.strerror or error}: {error.filename or folder}). Make it writable"
        " for the user who starts Drawbridge, or choose another one: set DRAWBRIDGE_DATA."
    )


def disk_full(folder: Path) -> DiskFull:
    """Return the error for a disk or a quota that is used up."""
    return DiskFull(
        f"The disk that holds {folder} is full. Free some space on it (df -h {folder}) and start again;"
        " the data is unharmed."
    )


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, finds either the old content or the new, never a part."""
    fresh = path.with_name(path.name + ".fresh")
    try:
        with fresh.open("w", encoding="utf-8", errors="surrogateescape") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError):  # A loop of links: making the folder tells of it.
        return folder.absolute()


def _user(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"the user id {user_id}"


def _make_temporary_folder() -> Path:
    # TMPDIR itself may be too long for a socket's address.
    chosen = tempfile.gettempdir()
    if len(os.fsencode(chosen)) + _TEMPORARY_NAME_BYTES + _SOCKET_NAME_BYTES > _SOCKET_PATH_BYTES or "," in chosen:
        chosen = "/tmp"  # noqa: S108 (mkdtemp makes an unguessable folder that only this user may enter)
    return Path(tempfile.mkdtemp(prefix=_TEMPORARY_PREFIX, dir=chosen))
