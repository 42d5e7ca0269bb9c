"""Which Python is taken, and what is said where there is none."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FIND_PYTHON = Path(__file__).parents[2] / "tools" / "find_python.sh"
SHELL = shutil.which("sh") or "/bin/sh"


@dataclass(frozen=True, slots=True)
class Machine:
    """A PATH with nothing on it but what a test puts there."""

    folder: Path

    def add(self, name: str, script: str) -> None:
        program = self.folder / name
        program.write_text(f"#!{SHELL}\n{script}\n")
        program.chmod(0o755)

    def add_python(self, name: str) -> None:
        self.add(name, f'exec "{sys.executable}" "$@"')

    def add_python_that(self, name: str, *, exits: int, version: str) -> None:
        """Add one that fails the test of fitness with this status, and gives its version when asked."""
        self.add(name, f'case "$*" in *ensurepip*) exit {exits} ;; *) echo {version} ;; esac')

    def add_fitting(self, name: str, *, optimised: bool) -> None:
        """Add one that passes the test of fitness, and says where it is by its name."""
        self.add(name, f"echo /found/{name}; exit {0 if optimised else 5}")

    def find(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SHELL, FIND_PYTHON],
            cwd=self.folder,
            env={"PATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_fitting_python_is_found_by_its_full_path(machine: Machine) -> None:
    machine.add_python("python3.11")

    found = machine.find()

    assert found.returncode == 0
    assert os.access(found.stdout.strip(), os.X_OK)


def test_a_newer_python_beside_an_old_one_is_taken(machine: Machine) -> None:
    machine.add_python_that("python3", exits=3, version="3.9")
    machine.add_python("python3.12")

    assert machine.find().returncode == 0


def test_a_shim_without_its_version_is_passed_over(machine: Machine) -> None:
    machine.add("python3.13", "echo 'no such version' >&2; exit 127")
    machine.add_python("python3")

    found = machine.find()

    assert found.returncode == 0
    assert found.stderr == ""


def test_an_older_python_that_is_optimised_is_taken_before_a_newer_one_that_is_not(machine: Machine) -> None:
    machine.add_fitting("python3.13", optimised=False)
    machine.add_fitting("python3.12", optimised=True)
    machine.add_fitting("python3.11", optimised=True)

    found = machine.find()

    assert found.stdout == "/found/python3.12\n"


def test_the_newest_python_is_taken_where_none_is_optimised(machine: Machine) -> None:
    machine.add_fitting("python3.13", optimised=False)
    machine.add_fitting("python3.12", optimised=False)

    assert machine.find().stdout == "/found/python3.13\n"


def test_an_optimised_python_is_found_behind_another_of_its_name(machine: Machine) -> None:
    (machine.folder / "system").mkdir()
    machine.add_fitting("python3.11", optimised=False)
    machine.add("system/python3.11", "echo /found/behind")

    found = machine.find(PATH=f"{machine.folder}:{machine.folder / 'system'}")

    assert found.stdout == "/found/behind\n"


def test_the_python_of_an_environment_stays_although_it_is_not_optimised(machine: Machine) -> None:
    (machine.folder / ".venv" / "bin").mkdir(parents=True)
    machine.add(".venv/bin/python", "echo /found/before; exit 5")
    machine.add_fitting("python3.12", optimised=True)

    assert machine.find().stdout == "/found/before\n"


def test_a_named_python_is_taken_although_it_is_not_optimised(machine: Machine) -> None:
    machine.add_fitting("mine", optimised=False)
    machine.add_fitting("python3.12", optimised=True)

    assert machine.find(PYTHON="mine").stdout == "/found/mine\n"


def test_without_any_python_the_message_names_the_command_that_installs_one(machine: Machine) -> None:
    found = machine.find()

    assert found.returncode == 1
    assert "no Python was found" in found.stderr
    assert "apt-get install python3 python3-venv" in found.stderr
    assert "brew install python" in found.stderr
    assert found.stdout == ""


def test_an_old_python_is_named_with_its_version(machine: Machine) -> None:
    machine.add_python_that("python3", exits=3, version="3.9")

    found = machine.find()

    assert found.returncode == 1
    assert "needs Python 3.11 or newer" in found.stderr
    assert "Python 3.9" in found.stderr
    assert "apt-get install python3 python3-venv" in found.stderr


def test_a_python_without_its_venv_package_names_the_package(machine: Machine) -> None:
    machine.add_python_that("python3.12", exits=4, version="3.12")

    found = machine.find()

    assert found.returncode == 1
    assert "apt-get install python3-venv" in found.stderr
    assert "python3.12-venv" in found.stderr


def test_a_named_python_that_does_not_fit_is_refused_though_another_would_fit(machine: Machine) -> None:
    machine.add_python("python3.12")
    machine.add_python_that("mine", exits=3, version="3.10")

    found = machine.find(PYTHON="mine")

    assert found.returncode == 1
    assert "PYTHON=mine" in found.stderr
