"""What a process and all that it started have used: CPU time and memory."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import psutil

_T = TypeVar("_T")

_LOOK_EVERY_S = 0.5
_QUIET_CPU_S = 0.03
"""Two ticks of the kernel's clock and a little: idle processes look around now and then."""
_QUIET_TIMEOUT_S = 60.0


def cpu_s(root: int) -> float:
    """Return the CPU time, user and system, of a process and its descendants, also of those that have ended."""
    times = [_read(process, lambda process: process.cpu_times()) for process in _tree(root)]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times if each)


def cpu_s_when_quiet(root: int) -> float:
    """Return the CPU time once the processes have nothing left to do, as booking what they were called for."""
    deadline = time.monotonic() + _QUIET_TIMEOUT_S
    before = cpu_s(root)
    while time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
        now = cpu_s(root)
        if now - before <= _QUIET_CPU_S:
            return now
        before = now
    raise RuntimeError(f"process {root} is still busy {_QUIET_TIMEOUT_S:.0f} s after the load")


def cpu_s_by_worker(root: int) -> Mapping[int, float]:
    """Return the CPU time of each of Drawbridge's workers, by its process id."""
    workers = (process for process in _tree(root) if _read(process, _name) == "worker")
    times = {process.pid: _read(process, lambda process: process.cpu_times()) for process in workers}
    return {pid: each.user + each.system for pid, each in times.items() if each}


def pss_bytes_by_name(root: int) -> Mapping[str, int]:
    """Return the proportional set size of the processes, added up by their names; Python ones by their part."""
    sizes: dict[str, int] = {}
    for process in _tree(root):
        name, size = _read(process, _name), _read(process, lambda process: process.memory_full_info().pss)
        if name and size:
            sizes[name] = sizes.get(name, 0) + size
    return sizes


def _name(process: psutil.Process) -> str:
    command = process.cmdline()
    if "drawbridge.worker" in command:
        return "worker"
    return "supervisor" if "drawbridge" in command else process.name()


def _tree(root: int) -> Iterator[psutil.Process]:
    parent = psutil.Process(root)
    yield parent
    yield from parent.children(recursive=True)


def _read(process: psutil.Process, read: Callable[[psutil.Process], _T]) -> _T | None:
    try:
        return read(process)
    except psutil.NoSuchProcess:
        return None
