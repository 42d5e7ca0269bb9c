"""The set-up of .venv: when it is finished, when it starts anew, and which system packages it would install."""

import sys
from pathlib import Path

import pytest

from tools.set_up import Project, SystemPackage, describe, find_fault, is_ready, read_system_packages

PROBE = '#!/bin/sh\necho "{version}"\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose .venv was finished; its programs are stand-ins."""
    (tmp_path / "requirements").mkdir()
    for kind in ("run", "dev"):
        (tmp_path / "requirements" / f"{kind}.lock").write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "drawbridge"\n')
    made = Project(tmp_path)
    (made.venv / "bin").mkdir(parents=True)
    write_program(made.python, PROBE.format(version=f"{sys.version_info.major}.{sys.version_info.minor}"))
    write_program(made.venv / "bin" / "drawbridge", "#!/bin/sh\n")
    (made.venv / "pyvenv.cfg").write_text(f"command = python3 -m venv {made.venv}\n")
    made.stamp("run").write_text(describe(made, "run"))
    return made


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_a_finished_set_up_is_ready(project: Project) -> None:
    assert is_ready(project, "run")
    assert find_fault(project) is None


def test_a_set_up_for_running_is_not_one_for_development(project: Project) -> None:
    assert not is_ready(project, "dev")


def test_an_unfinished_set_up_is_not_ready(project: Project) -> None:
    project.stamp("run").unlink()

    assert not is_ready(project, "run")


def test_a_changed_lock_file_is_installed_again(project: Project) -> None:
    project.lock("run").write_text("a==2\n")

    assert not is_ready(project, "run")


def test_a_changed_project_table_is_installed_again_and_a_tool_table_is_not(project: Project) -> None:
    pyproject = project.root / "pyproject.toml"

    pyproject.write_text(pyproject.read_text() + "[tool.ruff]\nline-length = 1\n")
    assert is_ready(project, "run")

    pyproject.write_text('[project]\nname = "drawbridge"\nscripts = {drawbridge = "a:b"}\n')
    assert not is_ready(project, "run")


def test_a_python_that_is_gone_is_a_fault(project: Project) -> None:
    project.python.unlink()
    project.python.symlink_to(project.root / "gone")

    assert not is_ready(project, "run")
    assert find_fault(project) == "its Python does not start any more"


def test_a_python_without_pip_is_a_fault(project: Project) -> None:
    write_program(project.python, "#!/bin/sh\nexit 1\n")

    assert find_fault(project) == "it has no pip, or was left unfinished"


def test_another_version_of_python_is_a_fault_that_names_it(project: Project) -> None:
    write_program(project.python, PROBE.format(version="3.9"))

    fault = find_fault(project)

    assert fault is not None
    assert "it holds Python 3.9" in fault


def test_a_moved_folder_is_a_fault(project: Project) -> None:
    moved = Project(project.root.parent / "moved")
    project.root.rename(moved.root)

    assert not is_ready(moved, "run")
    assert find_fault(moved) == "it was made in another folder and moved here"


def test_no_environment_at_all_is_no_fault(tmp_path: Path) -> None:
    assert find_fault(Project(tmp_path)) is None


def test_the_list_of_system_packages_may_be_empty_and_have_comments() -> None:
    assert read_system_packages("# nothing\n\n") == []
    assert read_system_packages("pgrep procps  # to count\n") == [SystemPackage("pgrep", "procps")]
