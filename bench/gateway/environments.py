"""Where the peers are installed: environments of their own in a cache folder, from files with pinned hashes."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from drawbridge.settings import load_settings

_ROOT = Path(__file__).parents[2]
_LITELLM_LOCK = _ROOT / "requirements" / "bench-litellm.lock"
_NPM_FILES = tuple(_ROOT / "bench" / "npm" / name for name in ("package.json", "package-lock.json"))
_INSTALL_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Node:
    """What npm installed."""

    program: Path
    """Node itself, of the locked version."""
    packages: Path


def cache_folder() -> Path:
    """Return the folder for what the bench builds and installs once."""
    environment = load_settings().environment
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "drawbridge" / "bench"


def require_programs(*names: str) -> None:
    """Raise RuntimeError if a program that the bench cannot bring along is not there."""
    path = load_settings().environment.get("PATH")
    if missing := [name for name in names if shutil.which(name, path=path) is None]:
        raise RuntimeError(f"the bench needs {', '.join(missing)}: install what has it (on Debian: nginx, gcc, npm)")


def install_litellm() -> Path:
    """Install LiteLLM's proxy unless it is there, and return the folder of its programs."""

    def fill(folder: Path) -> None:
        _run([sys.executable, "-I", "-m", "venv", str(folder / "venv")], folder)
        pip = [str(folder / "venv" / "bin" / "python"), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        _run([*pip, "install", *options, "-r", str(_LITELLM_LOCK)], folder)

    return _filled("litellm", (_LITELLM_LOCK,), fill) / "venv" / "bin"


def install_portkey() -> Node:
    """Install Portkey's gateway unless it is there, and the Node that runs it."""

    def fill(folder: Path) -> None:
        for file in _NPM_FILES:
            shutil.copy(file, folder)
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    packages = _filled("npm", _NPM_FILES, fill) / "node_modules"
    return Node(packages / ".bin" / "node", packages)


def _filled(kind: str, inputs: Sequence[Path], fill: Callable[[Path], None]) -> Path:
    """Return a folder that was filled in place, as environments cannot be moved; a mark says that it is whole."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in inputs) + sys.version.encode()).hexdigest()
    folder = cache_folder() / f"{kind}-{digest[:16]}"
    mark = folder / "complete"
    if not mark.exists():
        print(f"Installing a peer into {folder} (once)", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fill(folder)
        mark.touch()
    return folder


def _run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, timeout=_INSTALL_TIMEOUT_S, stdout=subprocess.DEVNULL)
