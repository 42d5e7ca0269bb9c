"""Building the pages: when it is done again, and what happens where there is no Node."""

from pathlib import Path

import pytest

from tools.build_web import BuildError, NoNode, Web, find_npm, has_modules, is_built, prepare, read_version

# Plays npm: `ci` makes a folder, `run ... build` makes what a build makes, and each leaves a line in a log.
_NPM = """#!/bin/sh
echo "$1" >> ../npm.log
case $1 in
  ci) mkdir -p node_modules ;;
  run) mkdir -p dist/assets && echo page > dist/index.html ;;
esac
"""


@pytest.fixture
def web(tmp_path: Path) -> Web:
    """A project with a page."""
    project = Web(tmp_path / "project")
    (project.sources / "src").mkdir(parents=True)
    project.built.parent.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "src/main.ts"):
        (project.sources / name).write_text("{}")
    return project


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH besides the system's own shell: a Node and an npm that are played."""
    folder = tmp_path / "programs"
    folder.mkdir()
    _write(folder / "npm", _NPM)
    _write(folder / "node", "#!/bin/sh\necho v20.19.0\n")
    for name in ("sh", "mkdir", "echo"):
        (folder / name).symlink_to(Path("/bin") / name)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _steps(web: Web) -> list[str]:
    log = web.root / "npm.log"
    return log.read_text().split() if log.exists() else []


@pytest.mark.usefixtures("programs")
def test_what_is_built_is_built_once(web: Web) -> None:
    prepare(web, "dev")
    prepare(web, "dev")
    prepare(web, "run")

    assert _steps(web) == ["ci", "run"]
    assert (web.built / "index.html").is_file()
    assert not (web.sources / "dist").exists()


@pytest.mark.usefixtures("programs")
def test_changed_sources_are_built_again_and_a_changed_lock_is_installed_again(web: Web) -> None:
    prepare(web, "dev")

    (web.sources / "src" / "main.ts").write_text("changed")
    assert not is_built(web)
    prepare(web, "run")
    assert _steps(web) == ["ci", "run", "run"]

    (web.sources / "package-lock.json").write_text('{"changed": 1}')
    assert not has_modules(web)
    prepare(web, "dev")
    assert _steps(web) == ["ci", "run", "run", "ci", "run"]


@pytest.mark.usefixtures("programs")
def test_a_file_that_is_renamed_or_gone_is_a_change(web: Web) -> None:
    prepare(web, "run")

    (web.sources / "src" / "main.ts").rename(web.sources / "src" / "other.ts")

    assert not is_built(web)


def test_what_is_built_needs_no_node_to_be_run(web: Web, programs: Path) -> None:
    prepare(web, "run")
    (programs / "node").unlink()

    prepare(web, "run")

    assert _steps(web) == ["ci", "run"]


@pytest.mark.usefixtures("programs")
def test_a_build_that_fails_leaves_what_was_there(web: Web, programs: Path) -> None:
    prepare(web, "run")
    (web.sources / "src" / "main.ts").write_text("wrong")
    _write(programs / "npm", "#!/bin/sh\nexit 1\n")

    with pytest.raises(BuildError):
        prepare(web, "run")

    assert (web.built / "index.html").is_file()
    assert not is_built(web)


def test_without_node_or_with_an_old_one_it_says_so(programs: Path) -> None:
    _write(programs / "node", "#!/bin/sh\necho v18.20.1\n")
    with pytest.raises(NoNode, match=r"too old: v18\.20\.1"):
        find_npm()

    (programs / "npm").unlink()
    with pytest.raises(NoNode, match="no npm"):
        find_npm()

    (programs / "node").unlink()
    with pytest.raises(NoNode, match="no Node"):
        find_npm()


@pytest.mark.parametrize(("said", "version"), [("v20.19.1\n", (20, 19)), ("v22.3.0", (22, 3)), ("", (0,)), ("x", (0,))])
def test_versions_are_read(said: str, version: tuple[int, ...]) -> None:
    assert read_version(said) == version
