"""Build the workspace's pages from web/ into the package, where their sources changed since the last time.

    build_web.py          before `drawbridge up`: without Node, or if a build fails, it says so and all else goes on
    build_web.py dev      before the tests: with Node there, a build that fails is a failure
    build_web.py check    type checks, lint, unit tests, and whether the API client fits the API

What was built carries a stamp, written last, of the sources that it was made from; node_modules has one of its lock.
Standard library only. The wheel carries what was built: whoever installs it needs no Node.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Kind = Literal["run", "dev", "check"]

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = (20, 19)
_LOCKED = ("package.json", "package-lock.json")
_NOT_SOURCES = frozenset({"node_modules", "dist"})
_NPM_TIMEOUT_S = 1200
_PROBE_TIMEOUT_S = 60


class NoNode(Exception):
    """There is no Node, or one that is too old; the message says what there is."""


class BuildError(Exception):
    """A step failed; it said above why."""


@dataclass(frozen=True, slots=True)
class Web:
    """Where the sources are, and where what is built goes."""

    root: Path

    @property
    def sources(self) -> Path:
        return self.root / "web"

    @property
    def modules_stamp(self) -> Path:
        return self.sources / "node_modules" / "drawbridge.stamp"

    @property
    def built(self) -> Path:
        return self.root / "drawbridge" / "workspace" / "built"

    @property
    def built_stamp(self) -> Path:
        return self.built / "made-from.txt"


def list_sources(web: Web) -> Iterator[Path]:
    """List what the pages are made from, in order."""
    for folder, names, files in os.walk(web.sources):
        names[:] = sorted(set(names) - _NOT_SOURCES)
        yield from (Path(folder) / name for name in sorted(files))


def digest_sources(web: Web) -> str:
    """Return what stands for all sources: their names and contents."""
    return _digest(web, list_sources(web))


def digest_lock(web: Web) -> str:
    """Return what stands for the packages that are locked."""
    return _digest(web, (web.sources / name for name in _LOCKED))


def is_built(web: Web) -> bool:
    """Tell whether what was built is finished and made from the sources as they are."""
    return _read(web.built_stamp) == digest_sources(web)


def has_modules(web: Web) -> bool:
    """Tell whether the packages were installed, and are those that are locked."""
    return _read(web.modules_stamp) == digest_lock(web)


def find_npm() -> str:
    """Return the npm to use. Raises NoNode."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NoNode(f"there is no {'Node' if node is None else 'npm'} on the PATH")
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=_PROBE_TIMEOUT_S)
    if read_version(asked.stdout) < OLDEST_NODE:
        raise NoNode(f"Node is too old: {asked.stdout.strip() or 'it does not start'}")
    return npm


def read_version(said: str) -> tuple[int, ...]:
    """Read what `node --version` says, such as v20.19.1, to the first two numbers; (0,) where it says none."""
    parts = said.strip().removeprefix("v").split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (0,)


def install_modules(web: Web, npm: str) -> None:
    """Install the locked packages. None of their scripts is run."""
    _say("Installing the packages that the pages are built with. The first time takes a minute or two.")
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], web)
    web.modules_stamp.write_text(digest_lock(web), encoding="utf-8")


def build(web: Web, npm: str) -> None:
    """Build beside what is there, then put it in its place."""
    made_from = digest_sources(web)
    _run([npm, "run", "--silent", "build"], web)
    fresh = web.sources / "dist"
    (fresh / web.built_stamp.name).write_text(made_from, encoding="utf-8")
    if web.built.exists():
        shutil.rmtree(web.built)
    fresh.replace(web.built)


def prepare(web: Web, kind: Kind) -> None:
    """Do what is missing. Raises NoNode, BuildError."""
    if (kind == "run" and is_built(web)) or (is_built(web) and has_modules(web)):
        return
    npm = find_npm()
    with _alone(web):
        if not has_modules(web):
            install_modules(web, npm)
        if not is_built(web):
            build(web, npm)


def _digest(web: Web, paths: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web.root).as_posix()}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _read(stamp: Path) -> str | None:
    try:
        return stamp.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _run(command: list[str], web: Web) -> None:
    try:
        finished = subprocess.run(
            command, cwd=web.sources, check=False, timeout=_NPM_TIMEOUT_S, stdin=subprocess.DEVNULL, close_fds=False
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{' '.join(command[1:3])} was stopped after {_NPM_TIMEOUT_S} s") from error
    if finished.returncode != 0:
        raise BuildError(f"npm {' '.join(command[1:3])} failed, see above")


@contextmanager
def _alone(web: Web) -> Generator[None]:
    """Wait until nobody else builds. The system lets go of the lock when its holder dies."""
    folder = web.root / "build"
    folder.mkdir(exist_ok=True)
    with (folder / "web.lock").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Do what is missing for the kind named; return the exit status."""
    parser = argparse.ArgumentParser(description="Build the workspace's pages.")
    parser.add_argument("kind", nargs="?", choices=get_args(Kind), default="run")
    kind: Kind = parser.parse_args(arguments).kind
    web = Web(ROOT)
    try:
        prepare(web, kind)
        if kind == "check":
            _run([find_npm(), "run", "--silent", "check"], web)
    except NoNode as missing:
        wanted = ".".join(map(str, OLDEST_NODE))
        _say(f"The workspace's pages are not built: {missing}. Install Node {wanted} or newer with npm.")
        _say("The API, /sign-in and /account work without them; tests that need them are skipped.")
        return 1 if os.environ.get("CI") == "true" else 0
    except (BuildError, OSError) as error:
        _say(f"The workspace's pages could not be built: {error}.")
        return 1 if kind != "run" else 0
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
