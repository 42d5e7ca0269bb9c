"""What the operating system tells of a process, so that a reused process id is not taken for an old process."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PS_TIMEOUT_S = 5
_LSTART_WORDS = 5


@dataclass(frozen=True, slots=True)
class Process:
    """One running process; a pid and `started` together name it for ever."""

    pid: int
    started: str
    command: str


def find_process(pid: int) -> Process | None:
    """Return the process with this id, or None if there is none or only its exit status is left."""
    if (_PROC / "self" / "stat").exists():
        return find_in_proc(pid)
    return find_with_ps(pid)


def find_in_proc(pid: int) -> Process | None:
    """Look a process up in Linux's /proc. `started` is the boot's id and the clock ticks since that boot."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="surrogateescape")
        command = (_PROC / str(pid) / "cmdline").read_text(encoding="utf-8", errors="surrogateescape")
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None

    # The second field is the program's name in parentheses and may itself contain spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, ticks = fields[0], fields[19]
    if state in "ZX":
        return None
    return Process(pid, f"{boot}:{ticks}", command.rstrip("\0").replace("\0", " "))


def find_with_ps(pid: int) -> Process | None:
    """Look a process up with ps, where there is no /proc. `started` is a date to the second."""
    try:
        answer = subprocess.run(
            ["ps", "-ww", "-o", "stat=,lstart=,command=", "-p", str(pid)],
            capture_output=True,
            check=False,
            env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"},
            timeout=_PS_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None

    words = answer.stdout.decode("utf-8", "surrogateescape").strip().split(maxsplit=1 + _LSTART_WORDS)
    if len(words) < 2 + _LSTART_WORDS or words[0].startswith("Z"):
        return None
    return Process(pid, " ".join(words[1 : 1 + _LSTART_WORDS]), words[1 + _LSTART_WORDS])
