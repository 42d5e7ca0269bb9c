"""The clients as their registries publish them, in a cache folder of their own: npm's by `npm ci`, Python's by pip."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_NPM_FILES = tuple(_ROOT / "tests" / "clients" / "npm" / name for name in ("package.json", "package-lock.json"))
_PYTHON_LOCK = _ROOT / "requirements" / "clients.lock"
_INSTALL_TIMEOUT_S = 540
_MARK = "complete"


@dataclass(frozen=True, slots=True)
class Installed:
    """Where installed clients are."""

    programs: Path
    """The folder to put on the PATH."""
    packages: Path


class CannotInstall(Exception):
    """The clients could not be installed; the message says why."""


class NotHere(CannotInstall):
    """They need something that this machine does not have."""


def install_npm_clients() -> Installed:
    """Install what the npm lock names, Node among it, unless it is there. Raises CannotInstall."""
    if shutil.which("npm") is None:
        raise NotHere("there is no npm on the PATH: install Node 20 or newer")

    def fill(target: Path) -> None:
        for file in _NPM_FILES:
            shutil.copy(file, target)
        # Scripts are left out: one would fetch things from elsewhere, and each client runs without.
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], target)

    folder = _npm_folder()
    _fill_once(folder, fill)
    return _npm_installed(folder)


def installed_npm_clients() -> Installed | None:
    """Return where the npm clients are; None where they are not installed."""
    folder = _npm_folder()
    return _npm_installed(folder) if _is_complete(folder) else None


def _npm_folder() -> Path:
    return _folder("npm", _NPM_FILES)


def _npm_installed(folder: Path) -> Installed:
    return Installed(folder / "node_modules" / ".bin", folder / "node_modules")


def install_python_clients() -> Installed:
    """Install what the lock of the Python clients names into an environment of its own. Raises CannotInstall."""

    def fill(target: Path) -> None:
        _run([sys.executable, "-m", "venv", str(target / "venv")], target)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
        options = ["--require-hashes", "--only-binary", ":all:", "-r", str(_PYTHON_LOCK)]
        _run([str(target / "venv" / "bin" / "python"), *install, *options], target)

    folder = _python_folder()
    _fill_once(folder, fill)
    return _python_installed(folder)


def installed_python_clients() -> Installed | None:
    """Return where the Python clients are; None where they are not installed."""
    folder = _python_folder()
    return _python_installed(folder) if _is_complete(folder) else None


def _python_folder() -> Path:
    return _folder("python", (_PYTHON_LOCK,))


def _python_installed(folder: Path) -> Installed:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return Installed(folder / "venv" / "bin", folder / "venv" / "lib" / version / "site-packages")


def _folder(kind: str, inputs: tuple[Path, ...]) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in inputs) + sys.version.encode()).hexdigest()
    return Path(cache) / "drawbridge" / "clients" / f"{kind}-{digest[:16]}"


def _fill_once(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder in place, as environments cannot be moved; a mark says that it is whole.

    Of several processes that need it one fills it, and the others wait.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_complete(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            fill(folder)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            raise CannotInstall(f"{type(error).__name__}: {str(said)[-600:]}") from error
        (folder / _MARK).touch()


def _is_complete(folder: Path) -> bool:
    return (folder / _MARK).exists()


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S)
