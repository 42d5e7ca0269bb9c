"""Where the master keys come from: a file, a variable of the environment, or what a command prints."""

import fcntl
import os
import shlex
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from drawbridge.config.errors import MasterKeyError
from drawbridge.config.key_command import run_key_command
from drawbridge.config.secrets import MasterKeys, new_master_key, parse_master_keys

COMMAND_DEADLINE_S: Final = 10.0

_SHARED_MODE: Final = 0o027
"""Write for the group, anything for others. The group may read: that is how orchestrators mount secrets."""


class KeySource(Protocol):
    """Where the master keys are read."""

    @property
    def is_cheap(self) -> bool:
        """Whether it may be read every few seconds, to see whether something is new."""
        ...

    def read(self, *, make: bool = False) -> MasterKeys:
        """Read the keys. With `make`, one is made where there is none, if the source can be written to.

        May take seconds. Raises MasterKeyError.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file with one key in each line, the newest first."""

    path: Path

    @property
    def is_cheap(self) -> bool:
        """Reading a file costs nothing."""
        return True

    def read(self, *, make: bool = False) -> MasterKeys:
        """Read the keys.

        With `make`, a file that is missing is made, with mode 0600. Only what is new has no key yet: anywhere else a
        new one would hide that the file was named wrongly, or lost.

        Raises MasterKeyError when the file is missing, holds no key, cannot be read, or can be read by everyone.
        """
        path = self.path
        try:
            if make and not path.exists():
                _create(path)
            mode = path.stat().st_mode
            written = path.read_bytes()
        except FileNotFoundError as error:
            raise MasterKeyError(
                f"There is no master key at {path}, and this installation is not new. Put the file back, or name it in"
                " DRAWBRIDGE_MASTER_KEY_FILE. If it is lost, make another and store every secret anew under it,"
                " beginning with: drawbridge secrets set NAME --new-master-key"
            ) from error
        except OSError as error:
            raise MasterKeyError(f"The master key {path} cannot be used: {error.strerror}.") from error
        if mode & _SHARED_MODE:
            raise MasterKeyError(f"The master key {path} is open to others. Close it: chmod 600 {path}")
        try:
            return parse_master_keys(written)
        except MasterKeyError as error:
            raise MasterKeyError(
                f"{path} holds no master key. {error.message} Put the right file back; without it the stored secrets"
                " cannot be opened."
            ) from error

    def add_key(self) -> MasterKeys:
        """Put a new key in front, and return all of them. Raises MasterKeyError."""
        return self._change(lambda lines: [new_master_key(), *lines])

    def drop_old_keys(self, newest: str) -> MasterKeys:
        """Leave only the newest key, which must be the one of this id. Raises MasterKeyError."""

        def keep_first(lines: list[bytes]) -> list[bytes]:
            if parse_master_keys(lines[0]).newest.key_id != newest:
                raise MasterKeyError(f"{self.path} was changed meanwhile, so nothing was done. Try again.")
            return lines[:1]

        return self._change(keep_first)

    def _change(self, edit: Callable[[list[bytes]], list[bytes]]) -> MasterKeys:
        """Write the file anew, in one step: whoever reads it sees the old content or the new, after a crash too."""
        try:
            with _locked(self.path):
                self.read()
                path = self.path.resolve()  # A link stays a link.
                for draft in path.parent.glob(f".{path.name}.*"):
                    draft.unlink()  # Of a change that was killed: it holds keys.
                keys = edit(path.read_bytes().split())
                _write_beside(path, b"\n".join(keys) + b"\n", like=path.stat()).replace(path)
                _sync_folder(path.parent)
        except OSError as error:
            raise MasterKeyError(
                f"The master key {self.path} cannot be written: {error.strerror}. Change it where it comes from: one"
                " key in each line, the newest first. A new one: head -c 32 /dev/urandom | base64"
            ) from error
        return self.read()


@dataclass(frozen=True, slots=True)
class KeyVariable:
    """The variable DRAWBRIDGE_MASTER_KEY: keys with spaces between, the newest first."""

    value: str = field(repr=False)
    is_cheap: bool = False
    """It never changes while the process lives."""

    def read(self, *, make: bool = False) -> MasterKeys:
        """Read the keys. None can be made here. Raises MasterKeyError."""
        del make
        try:
            return parse_master_keys(self.value.encode())
        except MasterKeyError as error:
            raise MasterKeyError(f"DRAWBRIDGE_MASTER_KEY holds no master key. {error.message}") from error


@dataclass(frozen=True, slots=True)
class KeyCommand:
    """A command that prints the keys, with white space between, the newest first. No shell reads it."""

    command: str
    deadline_s: float = COMMAND_DEADLINE_S
    is_cheap: bool = False
    """It may ask a service that counts."""

    def read(self, *, make: bool = False) -> MasterKeys:
        """Run the command and read what it prints. None can be made here. Raises MasterKeyError."""
        del make
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise MasterKeyError(f"DRAWBRIDGE_MASTER_KEY_COMMAND cannot be cut into words: {error}.") from error
        if not words:
            raise MasterKeyError("DRAWBRIDGE_MASTER_KEY_COMMAND names no program. Change or unset it.")
        printed = run_key_command(words, self.deadline_s)
        try:
            return parse_master_keys(printed)
        except MasterKeyError as error:
            raise MasterKeyError(
                f"The command for the master key, {words[0]}, printed none. {error.message}"
            ) from error


def _create(path: Path) -> None:
    """Write a new key beside its place, then link it there: a reader never sees half a key.

    Of two processes that start at once, one link wins and both read that key.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _write_beside(path, new_master_key() + b"\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _write_beside(path: Path, content: bytes, *, like: os.stat_result | None = None) -> Path:
    """Write a draft that is on the disk when this returns, with the mode and owner of `like`."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600.
    try:
        with os.fdopen(descriptor, "wb") as file:
            if like is not None:
                _make_alike(descriptor, like)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        Path(draft).unlink()
        raise
    return Path(draft)


def _make_alike(descriptor: int, like: os.stat_result) -> None:
    if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, like.st_mode & 0o777)


@contextmanager
def _locked(path: Path) -> Generator[None]:
    """Keep out others who would change the file. The lock is on its folder: the file is another after each change."""
    descriptor = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut: without its key every stored secret is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
