"""Set up .venv: the locked packages, then Drawbridge itself. Started by tools/set_up.sh with a fitting Python.

    set_up.py          what `drawbridge up` needs
    set_up.py dev      what the tests need as well, system packages included

A stamp inside .venv says for which project folder, Python and lock file it was finished. It is written last, so an
interrupted set-up goes on at the next start. Standard library only: it runs before anything is installed.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Kind = Literal["run", "dev"]

ROOT = Path(__file__).resolve().parent.parent
_PIP_TIMEOUT_S = 1800
_PROBE_TIMEOUT_S = 60
_APT_TIMEOUT_S = 600
# Settings that would send the packages elsewhere than into .venv. Those for proxies, mirrors and certificates stay.
_MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT", "PIP_PYTHON", "PYTHONHOME", "PYTHONPATH")


class SetUpError(Exception):
    """The set-up cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Project:
    """The project folder and what stands in it."""

    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    def lock(self, kind: Kind) -> Path:
        return self.root / "requirements" / f"{kind}.lock"

    def stamp(self, kind: Kind) -> Path:
        return self.venv / f"drawbridge-{kind}.stamp"


def describe(project: Project, kind: Kind) -> str:
    """Say what a finished set-up stands on: where it is, which Python, which packages, how it is installed."""
    with (project.root / "pyproject.toml").open("rb") as file:
        pyproject = tomllib.load(file)
    installed_as = json.dumps([pyproject.get("build-system"), pyproject.get("project")], sort_keys=True)
    digest = hashlib.sha256(installed_as.encode() + project.lock(kind).read_bytes()).hexdigest()
    return f"{project.root}\nPython {sys.version_info.major}.{sys.version_info.minor}\n{digest}\n"


def is_ready(project: Project, kind: Kind) -> bool:
    """Tell whether the set-up was finished and nothing changed since."""
    programs = (project.python, project.venv / "bin" / "drawbridge")
    if not all(os.access(program, os.X_OK) for program in programs):
        return False
    try:
        return project.stamp(kind).read_text(encoding="utf-8") == describe(project, kind)
    except FileNotFoundError:
        return False


def prepare(project: Project, kind: Kind) -> None:
    """Make or renew .venv, then write the stamps."""
    for old in get_args(Kind):
        project.stamp(old).unlink(missing_ok=True)
    fault = find_fault(project)
    if fault is not None:
        _say(f"Making .venv again: {fault}.")
        _remove(project.venv)
    if not project.venv.exists():
        _say(f"Making .venv with Python {sys.version.split()[0]} ({sys.executable}).")
        _run([sys.executable, "-I", "-m", "venv", str(project.venv)], "No virtual environment could be made.")
    _say(f"Installing what {project.lock(kind).relative_to(project.root)} lists. The first time takes a minute or two.")
    _install(project, kind)
    # The development packages hold those for running in the same versions: `make check` sees to that.
    kinds: tuple[Kind, ...] = ("run", "dev") if kind == "dev" else ("run",)
    for finished in kinds:
        unfinished = project.stamp(finished).with_suffix(".new")
        unfinished.write_text(describe(project, finished), encoding="utf-8")
        unfinished.replace(project.stamp(finished))


def find_fault(project: Project) -> str | None:
    """Say why an existing .venv cannot be used any more; None where it can, or where there is none."""
    if not project.venv.is_symlink() and not project.venv.exists():
        return None
    probe = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [project.python, "-I", "-c", probe], capture_output=True, text=True, check=False, timeout=_PROBE_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return "its Python does not start any more"
    if answer.returncode != 0:
        return "it has no pip, or was left unfinished"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if answer.stdout.strip() != version:
        return f"it holds Python {answer.stdout.strip()}, not {version}"
    # The programs in .venv/bin name their Python by its full path, so an environment cannot be moved.
    if f"venv {project.venv}\n" not in (project.venv / "pyvenv.cfg").read_text(encoding="utf-8"):
        return "it was made in another folder and moved here"
    return None


def _remove(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink()
    else:
        shutil.rmtree(folder)


def _install(project: Project, kind: Kind) -> None:
    pip = [str(project.python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    # Ready-made packages only: no compiler is needed, and nothing is run that no hash stands for.
    locked = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(project.lock(kind))]
    _run(
        [*pip, *locked],
        "The packages could not be installed; pip says why above. Run the same command again once it is mended:\n"
        "  no network, a proxy or a mirror   set HTTPS_PROXY, or PIP_INDEX_URL\n"
        "  no matching distribution          one of them is not made for this Python or this system:\n"
        "                                    use Python 3.11 to 3.14 on Linux or macOS (make ... PYTHON=python3.13)\n"
        "  no space left on device           free some: 1 GB will do; TMPDIR may name another disk",
    )
    itself = ["--no-deps", "--no-build-isolation", "--no-index", "-e", str(project.root)]
    _run([*pip, *itself], "Drawbridge itself could not be installed into .venv; pip says why above.")


def _run(command: list[str], otherwise: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    try:
        # It inherits the lock (close_fds): if this process is killed, the next one waits until pip is done as well.
        finished = subprocess.run(
            command, check=False, timeout=_PIP_TIMEOUT_S, env=environment, stdin=subprocess.DEVNULL, close_fds=False
        )
    except subprocess.TimeoutExpired as error:
        raise SetUpError(f"{otherwise}\nIt was stopped after {_PIP_TIMEOUT_S} s.") from error
    if finished.returncode != 0:
        raise SetUpError(otherwise)


@contextmanager
def alone(project: Project) -> Generator[None]:
    """Wait until no other set-up of this project runs. The system lets go of the lock when its holder dies."""
    folder = project.root / "build"
    folder.mkdir(exist_ok=True)
    with (folder / "set_up.lock").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another set-up of this folder is running: waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A program that the tests start, and the Debian package that has it."""

    program: str
    package: str


def read_system_packages(text: str) -> list[SystemPackage]:
    """Read tools/system_packages.txt: a program and its package on each line, # starts a comment."""
    lines = [line.partition("#")[0].split() for line in text.splitlines()]
    return [SystemPackage(program, package) for program, package in filter(None, lines)]


def install_system_packages(wanted: list[SystemPackage]) -> None:
    """Install what is missing where that is allowed; where it is not, say so and go on."""
    missing = sorted({each.package for each in wanted if shutil.which(each.program) is None})
    if not missing:
        return
    packages = " ".join(missing)
    apt = _apt_get()
    if apt is None:
        _say(
            f"These system packages are missing and may not be installed from here: {packages}. Tests that need them"
            f" fail, or say that they are skipped. As an administrator: apt-get install {packages}"
        )
        return
    _say(f"Installing system packages: {packages}")
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        finished = subprocess.run([*apt, *command], check=False, timeout=_APT_TIMEOUT_S, stdin=subprocess.DEVNULL)
        if finished.returncode != 0:
            _say(f"apt-get {command[0]} failed, see above. As an administrator: apt-get install {packages}")
            return


def _apt_get() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return apt
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True, timeout=_PROBE_TIMEOUT_S)
    return ["sudo", "-n", *apt] if allowed.returncode == 0 else None


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def set_up(project: Project, kind: Kind) -> None:
    """Do what is missing; nothing, and no write, where nothing is."""
    if not is_ready(project, kind):
        with alone(project):
            if not is_ready(project, kind):
                prepare(project, kind)
    if kind == "dev":
        listed = (project.root / "tools" / "system_packages.txt").read_text(encoding="utf-8")
        install_system_packages(read_system_packages(listed))


def main(arguments: list[str]) -> int:
    """Set up for the kind named; return the exit status."""
    parser = argparse.ArgumentParser(description="Set up .venv with the locked packages.")
    parser.add_argument("kind", nargs="?", choices=get_args(Kind), default="run")
    kind: Kind = parser.parse_args(arguments).kind
    os.umask(os.umask(0o077) | 0o022)  # Whatever the mask here: others must not be able to write what is run.
    try:
        set_up(Project(ROOT), kind)
    except SetUpError as error:
        _say(f"\n{error}")
        return 1
    except OSError as error:
        _say(f"\nThe set-up cannot write or start something: {error}. Mend that, then run the same command again.")
        return 1
    except KeyboardInterrupt:
        _say("\nInterrupted. The same command goes on from here.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
