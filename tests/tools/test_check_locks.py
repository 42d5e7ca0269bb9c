"""The lock files: in step with pyproject.toml, with each other, and with hashes."""

import pytest

from tools.check_locks import ROOT, Lock, clients_line, compare, find_complaints, inputs_line, read_pins

PYPROJECT = '[project]\ndependencies = ["a>=1"]\n[dependency-groups]\ndev = ["b"]\n'
A = (
    "a==1.0 ; sys_platform == 'linux' \\\n"
    f"    --hash=sha256:{'1' * 64} \\\n    --hash=sha256:{'2' * 64}\n    # via drawbridge\n"
)
B = f"b-c==2.0 \\\n    --hash=sha256:{'3' * 64}\n"


def complaints(run: str, development: str, pyproject: str = PYPROJECT) -> list[str]:
    head = inputs_line(PYPROJECT) + "\n"
    line = inputs_line(pyproject)
    locks = [Lock("run.lock", head + run, line), Lock("dev.lock", head + development, line), Lock("tool.lock", B)]
    return [*find_complaints(locks), *compare(run, development)]


def test_lock_files_in_step_have_nothing_wrong() -> None:
    assert complaints(A, A + B) == []


def test_a_pin_is_read_with_all_its_hashes() -> None:
    assert read_pins(A + B) == {
        ("a", "1.0"): frozenset({f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"}),
        ("b-c", "2.0"): frozenset({f"sha256:{'3' * 64}"}),
    }


@pytest.mark.parametrize(
    ("old", "new"), [('"a>=1"', '"a>=2"'), ('"b"', '"b", "d"'), ("[project]", '[project]\nrequires-python = ">=3.12"')]
)
def test_a_changed_requirement_asks_for_new_lock_files(old: str, new: str) -> None:
    found = complaints(A, A + B, PYPROJECT.replace(old, new))

    assert [complaint.split(":")[0] for complaint in found] == ["requirements/run.lock", "requirements/dev.lock"]


def test_a_changed_tool_table_asks_for_nothing() -> None:
    assert complaints(A, A + B, PYPROJECT + "[tool.ruff]\nline-length = 1\n") == []


@pytest.mark.parametrize("other", [B, A.replace("1.0", "1.1") + B, A.replace("2" * 64, "4" * 64) + B])
def test_development_must_hold_what_runs_in_the_same_version_with_the_same_hashes(other: str) -> None:
    (found,) = complaints(A, other)

    assert found.startswith("requirements/dev.lock:1: a==1.0 of run.lock")


def test_a_pin_without_a_hash_is_refused() -> None:
    assert complaints(A, A + B + "e==1\n") == ["requirements/dev.lock:1: e==1 has no hash: make lock"]


def test_the_clients_lock_file_goes_with_what_is_asked_for_in_clients_in() -> None:
    made = clients_line("b-c==2.0\n") + "\n" + B

    in_step = find_complaints([Lock("clients.lock", made, clients_line("b-c==2.0\n"))])
    behind = find_complaints([Lock("clients.lock", made, clients_line("b-c==2.1\n"))])

    assert list(in_step) == []
    assert [complaint.split(":")[0] for complaint in behind] == ["requirements/clients.lock"]


@pytest.mark.security_regressions
@pytest.mark.parametrize("name", ["run.lock", "dev.lock", "clients.lock", "bench-litellm.lock", "lock-tool.lock"])
def test_nothing_is_installed_but_what_was_locked_by_its_hash(name: str) -> None:
    """BerriAI/litellm #24512, #24521, MAL-2026-2144: 1.82.7 and 1.82.8 on the registry were somebody else's.

    Who had pinned versions by hash was not reached by them. Nothing that runs Drawbridge depends on that package.
    """
    pins = read_pins((ROOT / "requirements" / name).read_text())

    assert pins
    assert all(hashes for hashes in pins.values())
    of_litellm = {version for package, version in pins if package == "litellm"}
    assert not of_litellm & {"1.82.7", "1.82.8"}
    assert not of_litellm or name in {"clients.lock", "bench-litellm.lock"}


@pytest.mark.security_regressions
def test_every_installation_by_our_tools_asks_for_hashes_and_builds_nothing() -> None:
    """As above: a build runs code of the package, whatever its hash says of the wheel."""
    for tool in ("set_up.py", "lock.sh"):
        said = (ROOT / "tools" / tool).read_text()
        assert "--require-hashes" in said
        assert "--only-binary" in said


@pytest.mark.security_regressions
def test_our_wheel_runs_nothing_by_being_installed() -> None:
    """As above: a .pth file of 1.82.8 ran whenever any Python started."""
    assert not [*(ROOT / "drawbridge").rglob("*.pth")]
    assert "sitecustomize" not in {path.stem for path in (ROOT / "drawbridge").rglob("*.py")}
