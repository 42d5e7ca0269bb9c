"""The documents and the code say the same: commands, paths, settings, examples and links."""

import ast
import dataclasses
import itertools
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from drawbridge.admin import DESCRIPTION
from drawbridge.cli import main
from drawbridge.config.document import parse_document
from drawbridge.core.clock import SystemClock
from drawbridge.db.engine import Database
from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.sections import all_sections
from drawbridge.settings import Settings, load_settings
from tests.parts.admin import admin_api, operations

_ROOT = Path(__file__).resolve().parents[2]
_DOCUMENTS = (_ROOT / "README.md", _ROOT / "CHANGELOG.md", *sorted((_ROOT / "docs").rglob("*.md")))
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"^ {4}\S.*$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+)\)")
_CODE_PATH = re.compile(r"`((?:drawbridge|tests|tools|requirements|docs)/[\w./-]*)`")
_VARIABLE = re.compile(r"\bDRAWBRIDGE_[A-Z_]+[A-Z]\b")
_SETTING_ROW = re.compile(r"^\| `(DRAWBRIDGE_\w+)` \| (.+?) \|", re.MULTILINE)
_BASE_URL = re.compile(r"""(?:base_url|baseURL)["']?\s*[=:]\s*["'](http://localhost[^"']*)["']""")
_CALLED = re.compile(r"curl (http://localhost:\d+[^\s'\"]*)")
_BUILT_IN = frozenset({"/", "/healthz", "/readyz"})
_OF_THE_READER = frozenset({"DRAWBRIDGE_KEY"})
"""Variables that the documents use and Drawbridge does not read."""


def _named(path: Path) -> str:
    return str(path.relative_to(_ROOT))


def _blocks(language: str) -> Iterator[tuple[str, str]]:
    for document in _DOCUMENTS:
        for found, block in _FENCED.findall(document.read_text()):
            if found == language:
                yield _named(document), block


def _shell_lines() -> Iterator[str]:
    for document in _DOCUMENTS:
        joined = document.read_text().replace("\\\n", " ")
        yield from (line.strip() for line in _INDENTED.findall(joined))


def _words(line: str) -> list[str]:
    return shlex.split(line, comments=True)


def _settings() -> Iterator[tuple[str, object]]:
    defaults = load_settings({})
    for field in dataclasses.fields(Settings):
        if field.name != "environment":
            yield f"DRAWBRIDGE_{field.name.upper()}", getattr(defaults, field.name)


def _documented_defaults() -> dict[str, str]:
    return dict(_SETTING_ROW.findall((_ROOT / "docs" / "configuration.md").read_text()))


def test_every_setting_is_documented_and_no_other() -> None:
    assert _documented_defaults().keys() == {variable for variable, _ in _settings()}


@pytest.mark.parametrize(("variable", "default"), [pair for pair in _settings() if isinstance(pair[1], int | float)])
def test_a_documented_default_is_that_of_the_code(variable: str, default: float) -> None:
    written = {True: "yes", False: "no"}[default] if isinstance(default, bool) else str(default)
    assert _documented_defaults()[variable] == f"`{written}`".replace(".0`", "`")


def test_every_variable_of_a_setting_is_read() -> None:
    source = (_ROOT / "drawbridge" / "settings.py").read_text()

    for variable, _ in _settings():
        assert variable in source


def test_no_document_names_a_variable_that_does_not_exist() -> None:
    known = {variable for variable, _ in _settings()} | _OF_THE_READER

    for document in _DOCUMENTS:
        assert set(_VARIABLE.findall(document.read_text())) <= known, _named(document)


@pytest.mark.parametrize("block", list(_blocks("yaml")), ids=lambda block: block[0])
def test_every_example_of_the_file_is_read_without_complaint(block: tuple[str, str]) -> None:
    source, text = block

    document = parse_document(text, source, all_sections(SystemClock()))

    assert document.entries


def test_there_are_examples_of_the_file_in_readme_and_configuration() -> None:
    assert {source for source, _ in _blocks("yaml")} >= {"README.md", "docs/configuration.md"}


def test_every_python_snippet_is_python_and_names_the_right_base_url() -> None:
    snippets = [text for _, text in _blocks("python")]

    assert len(snippets) >= 3
    for text in snippets:
        ast.parse(text)
        base_urls: list[str] = _BASE_URL.findall(text)
        [base_url] = base_urls
        assert urlsplit(base_url).path == ("/v1" if "from openai" in text else "")


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [words[words.index("make") + 1] for words in map(_words, _shell_lines()) if "make" in words[:2]]
    spoken = [name for text in _all_text() for name in re.findall(r"`make ([a-z-]+)", text)]

    assert named
    assert set(named + spoken) <= targets


def test_every_command_that_is_named_exists_with_its_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = list(_commands())

    assert len(commands) >= 10
    for words in commands:
        groups = {"accounts", "audit", "budgets", "keys", "ledger", "organisations", "people", "secrets", "wire"}
        name = words[: 2 if words[0] in groups else 1]
        monkeypatch.setattr(sys, "argv", ["drawbridge", *name, "--help"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, words
        shown = capsys.readouterr().out
        for option in (word.rstrip(":,") for word in words if re.match(r"--[a-z]", word)):
            assert f"{option} " in shown, words


def test_every_address_that_is_called_is_served() -> None:
    urls: list[str] = [url for text in _all_text() for url in _CALLED.findall(text)]

    assert urls
    for path in (urlsplit(url).path for url in urls):
        assert path in _BUILT_IN or isinstance(find_target("POST", path), Target), path


async def test_every_path_of_the_api_that_is_named_exists(database: Database) -> None:
    named = {path for text in _all_text() for path in re.findall(r"(?<!\w)/api/[\w./-]+\w", text)}
    routes = [re.sub(r"\{\w+\}", "[^/]+", path) for _, path in operations(admin_api(database, SystemClock()))]

    assert named
    for path in named - {DESCRIPTION}:
        assert any(re.fullmatch(route, path) for route in routes), path


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_named)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets: list[str] = _LINK.findall(document.read_text())

    for target in targets:
        assert urlsplit(target).scheme in {"http", "https"} or (document.parent / target).exists(), target


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_named)
def test_every_path_of_the_project_that_is_named_exists(document: Path) -> None:
    paths: list[str] = _CODE_PATH.findall(document.read_text())

    for path in paths:
        assert (_ROOT / path).exists(), path


def test_every_module_of_the_code_map_exists() -> None:
    text = (_ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`((?:\w+/)*\w+\.py)`", text)

    assert len(named) > 20
    for path in named:
        assert (
            path.startswith("tests/")
            or path in {"store.py", "tables.py", "http.py", "errors.py"}
            or (_ROOT / "drawbridge" / path).exists()
        ), path


@pytest.mark.parametrize("document", sorted((_ROOT / "docs" / "decisions").glob("*.md")), ids=_named)
def test_a_decision_has_a_date_and_says_what_why_and_with_what_consequences(document: Path) -> None:
    text = document.read_text()

    assert text.startswith(f"# {int(document.name[:4])}. ")
    assert re.search(r"^\d{4}-\d\d-\d\d$", text, re.MULTILINE)
    for part in ("Context", "Decision", "Why", "Consequences"):
        assert f"**{part}.**" in text


def _all_text() -> list[str]:
    return [document.read_text() for document in _DOCUMENTS]


def _commands() -> Iterator[list[str]]:
    """Yield what follows the name of the program, wherever it stands at the beginning of a command."""
    for line in _shell_lines():
        for part in line.split("&&"):
            words = list(itertools.dropwhile(re.compile(r"[A-Z_]+=").match, _words(part)))
            if words and words[0] in {"drawbridge", ".venv/bin/drawbridge"}:
                yield words[1:]
