"""As which operating system user the embedded server runs, and what it calls the user who connects."""

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from drawbridge.db.errors import AccountUnsuitable

SERVER_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
"""The whole environment of the server's programs: variables such as PGPORT or PGDATA must not reach them."""

# Inside a user namespace, every user who is not mapped into it looks like the kernel's overflow user, which is
# usually called nobody. If we were mapped to nobody, any user who reached the socket would pass for us.
_STAND_INS = ("daemon", "bin", "nonroot", "nobody")
_PROBE_TIMEOUT_S = 10
_WHAT_TO_DO = (
    "Start Drawbridge as another user, one that is not root and has a name in the list of accounts,"
    " or use your own PostgreSQL server: set DRAWBRIDGE_DATABASE_URL."
)


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is what the server sees of whoever connects as us; `prefix` goes before its commands."""

    name: str
    prefix: tuple[str, ...]


def server_account() -> Account:
    """Return how to run PostgreSQL as this user.

    PostgreSQL refuses to run as root, and cannot run as a user id without a name (usual in containers). Both
    get a user namespace in which they are an ordinary user: no file's owner or mode changes.
    """
    user_id = os.geteuid()
    name = _name_of(user_id)
    if user_id != 0 and name is not None:
        return Account(name, ())
    return _account_in_a_namespace()


def _account_in_a_namespace() -> Account:
    who = "as root" if os.geteuid() == 0 else f"as the user id {os.geteuid()}, which has no name here"
    tool = shutil.which("unshare", path=SERVER_ENVIRONMENT["PATH"])
    if not sys.platform.startswith("linux") or tool is None:
        raise AccountUnsuitable(
            f"PostgreSQL cannot run {who}; on Linux with the program unshare it could. {_WHAT_TO_DO}"
        )

    stand_in = _stand_in()
    prefix = (tool, "--user", f"--map-user={stand_in.pw_uid}")
    refusal = _refusal_of(prefix)
    if refusal is not None:
        raise AccountUnsuitable(
            f"PostgreSQL cannot run {who}, and this machine refuses the user namespace in which it could"
            f" ({refusal}). {_WHAT_TO_DO}"
        )
    return Account(stand_in.pw_name, prefix)


def _refusal_of(prefix: tuple[str, ...]) -> str | None:
    try:
        probe = subprocess.run(
            [*prefix, "true"], capture_output=True, check=False, env=SERVER_ENVIRONMENT, timeout=_PROBE_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_PROBE_TIMEOUT_S} s"
    return probe.stderr.decode(errors="replace").strip() if probe.returncode else None


def _stand_in() -> pwd.struct_passwd:
    overflow = _overflow_user_id()
    found = [entry for entry in map(_entry_of, _STAND_INS) if entry is not None and entry.pw_uid != 0]
    found.sort(key=lambda entry: entry.pw_uid == overflow)
    if not found:
        raise AccountUnsuitable(
            f"None of the accounts {', '.join(_STAND_INS)} exists, which PostgreSQL would run as. {_WHAT_TO_DO}"
        )
    return found[0]


def _overflow_user_id() -> int:
    try:
        return int(Path("/proc/sys/kernel/overflowuid").read_text(encoding="ascii"))
    except OSError:
        return 65534


def _entry_of(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _name_of(user_id: int) -> str | None:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return None
