"""Check that the lock files fit pyproject.toml and each other, without asking anyone.

    check_locks.py                 complain about what does not fit
    check_locks.py --inputs-line   print the line that tools/lock.sh writes at the head of each lock file

Standard library only.
"""

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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
    return f"# inputs: sha256:{hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()}"


def read_pins(lock: str) -> dict[tuple[str, str], frozenset[str]]:
    """Return the hashes of each package and version that a lock file holds."""
    starts = list(_PIN.finditer(lock))
    ends = [*(start.start() for start in starts[1:]), len(lock)]
    pins: dict[tuple[str, str], frozenset[str]] = {}
    for start, end in zip(starts, ends, strict=True):
        pins[start["name"], start["version"]] = frozenset(_HASH.findall(lock, start.start(), end))
    return pins


def find_complaints(pyproject: str, locks: dict[str, str], tool: str) -> Iterator[str]:
    """Say what does not fit; `locks` are run.lock and dev.lock by their names, `tool` is the resolver's own."""
    for name, lock in locks.items():
        if lock.split("\n", 1)[0] != inputs_line(pyproject):
            yield f"requirements/{name}:1: it was not made from this pyproject.toml: make lock"
    for name, lock in {**locks, "lock-tool.lock": tool}.items():
        pins = read_pins(lock)
        if not pins:
            yield f"requirements/{name}:1: it pins nothing: make lock"
        for (package, version), hashes in pins.items():
            if not hashes:
                yield f"requirements/{name}:1: {package}=={version} has no hash: make lock"
    development = read_pins(locks["dev.lock"])
    for pin, hashes in read_pins(locks["run.lock"]).items():
        if development.get(pin) != hashes:
            yield f"requirements/dev.lock:1: {pin[0]}=={pin[1]} of run.lock is missing or has other hashes: make lock"


def main(arguments: list[str]) -> int:
    """Check, or print the line; return the exit status."""
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if arguments == ["--inputs-line"]:
        print(inputs_line(pyproject))
        return 0
    folder = ROOT / "requirements"
    locks = {name: (folder / name).read_text(encoding="utf-8") for name in ("run.lock", "dev.lock")}
    complaints = list(find_complaints(pyproject, locks, (folder / "lock-tool.lock").read_text(encoding="utf-8")))
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
