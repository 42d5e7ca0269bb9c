"""Check that the lock files fit what they were made from and each other, without asking anyone.

    check_locks.py                      complain about what does not fit
    check_locks.py --inputs-line NAME   print the line that tools/lock.sh writes at the head of a lock file

Standard library only.
"""

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_FOLDER = ROOT / "requirements"
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def inputs_line(pyproject: str) -> str:
    """Return the line that stands for everything in pyproject.toml that a lock file is made from."""
    read = tomllib.loads(pyproject)
    project = read.get("project", {})
    inputs = [
        project.get("requires-python"),
        project.get("dependencies"),
        project.get("optional-dependencies"),
        read.get("dependency-groups"),
    ]
    return _line_of(json.dumps(inputs, sort_keys=True))


def clients_line(requirements: str) -> str:
    """Return the line that stands for clients.in, from which clients.lock is made."""
    return _line_of(requirements)


def _line_of(inputs: str) -> str:
    return f"# inputs: sha256:{hashlib.sha256(inputs.encode()).hexdigest()}"


def read_pins(lock: str) -> dict[tuple[str, str], frozenset[str]]:
    """Return the hashes of each package and version that a lock file holds."""
    starts = list(_PIN.finditer(lock))
    ends = [*(start.start() for start in starts[1:]), len(lock)]
    pins: dict[tuple[str, str], frozenset[str]] = {}
    for start, end in zip(starts, ends, strict=True):
        pins[start["name"], start["version"]] = frozenset(_HASH.findall(lock, start.start(), end))
    return pins


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file: its name, what is in it, and the line that it begins with if it fits what it was made from."""

    name: str
    text: str
    inputs_line: str | None = None
    """None where no tool makes it."""


def find_complaints(locks: Iterable[Lock]) -> Iterator[str]:
    """Say which lock files do not fit what they were made from, or lack a pin or a hash."""
    for lock in locks:
        if lock.inputs_line is not None and lock.text.split("\n", 1)[0] != lock.inputs_line:
            yield f"requirements/{lock.name}:1: it was not made from what is asked for now: make lock"
        pins = read_pins(lock.text)
        if not pins:
            yield f"requirements/{lock.name}:1: it pins nothing: make lock"
        for (package, version), hashes in pins.items():
            if not hashes:
                yield f"requirements/{lock.name}:1: {package}=={version} has no hash: make lock"


def compare(run: str, development: str) -> Iterator[str]:
    """Say what runs in another version than development has it."""
    pins = read_pins(development)
    for pin, hashes in read_pins(run).items():
        if pins.get(pin) != hashes:
            yield f"requirements/dev.lock:1: {pin[0]}=={pin[1]} of run.lock is missing or has other hashes: make lock"


def main(arguments: list[str]) -> int:
    """Check, or print the line of one lock file; return the exit status."""
    lines = _lines()
    match arguments:
        case ["--inputs-line", name]:
            print(lines[name])
            return 0
        case _:
            complaints = list(_check(lines))
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


def _lines() -> dict[str, str | None]:
    """Return what each lock file has to begin with."""
    pyproject = inputs_line((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    clients = clients_line((_FOLDER / "clients.in").read_text(encoding="utf-8"))
    return {"run.lock": pyproject, "dev.lock": pyproject, "clients.lock": clients, "lock-tool.lock": None}


def _check(lines: dict[str, str | None]) -> Iterator[str]:
    texts = {name: (_FOLDER / name).read_text(encoding="utf-8") for name in lines}
    yield from find_complaints(Lock(name, texts[name], line) for name, line in lines.items())
    yield from compare(texts["run.lock"], texts["dev.lock"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
