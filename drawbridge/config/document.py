"""Read `drawbridge.yaml`, one file or several: from text to checked entries that know their files and lines."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from drawbridge.config.errors import DocumentError, Problem
from drawbridge.config.located import Located, Path, Value, read_yaml, write_path
from drawbridge.config.sections import AnySection, is_single
from drawbridge.config.shape import misfits, unknown_setting

VERSION = 1
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,199}$"
"""Names go into URLs, headers and logs; model names have slashes and colons, people's names are e-mail addresses."""

_NAME = re.compile(NAME_PATTERN.removesuffix("$") + r"\Z")  # In Python, $ lets a line end slip in.


@dataclass(frozen=True, slots=True)
class SourceText:
    """One file's text."""

    source: str
    """Its name, for messages."""
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """What one file states, or several together: entries by section and name, each as stated."""

    source: str
    """The name of the whole, for messages: the file's or the folder's."""
    files: tuple[Located, ...]
    entries: Mapping[str, Mapping[str, msgspec.Struct]]
    """Only the sections that are stated; the others are meant to be empty."""
    homes: Mapping[tuple[str, str], Located]
    """In which file an entry stands, by section and name."""
    single: frozenset[str] = frozenset()
    """The sections that are one entry themselves."""

    def problem(self, section: str, name: str, path: Path, message: str) -> Problem:
        """Name a problem within an entry by its file and line, or, where the entry is not stated, by its section's."""
        home = self.homes.get((section, name)) or self._home_of_section(section)
        where = (*self._path(section, name), *path)
        return Problem(self.source, None, write_path(where), message) if home is None else home.problem(where, message)

    def section_problem(self, section: str, message: str) -> Problem:
        """Name a problem with what a section leaves out."""
        home = self._home_of_section(section)
        if home is None:
            return Problem(self.source, None, section, message)
        return home.problem((section,), message)

    def place(self, section: str, name: str) -> str:
        """Return where an entry stands, such as `people.yaml:7`."""
        return _place(self.homes[section, name], self._path(section, name))

    def _path(self, section: str, name: str) -> Path:
        return (section,) if section in self.single else (section, name)

    def _home_of_section(self, section: str) -> Located | None:
        stated = (file for file in self.files if (section,) in file.lines)
        return next(stated, self.files[0] if len(self.files) == 1 else None)


def parse_document(text: str, source: str, sections: Sequence[AnySection]) -> Document:
    """Read a file's text; `source` is its name, for messages.

    Raises DocumentError with everything that is wrong with the entries on their own.
    """
    return parse_documents([SourceText(source, text)], source, sections)


def parse_documents(texts: Iterable[SourceText], source: str, sections: Sequence[AnySection]) -> Document:
    """Read the texts of several files that state one document; `source` is the name of the whole, for messages.

    Raises DocumentError with everything that is wrong with the entries on their own, in any of the files.
    """
    files, problems = _read_all(texts)
    entries: dict[str, dict[str, msgspec.Struct]] = {}
    homes: dict[tuple[str, str], Located] = {}
    for file in files:
        for section, stated in _stated_sections(file, sections, problems):
            fresh = dict(_not_yet_stated(file, section, stated, homes, problems))
            entries.setdefault(section.name, {}).update(_read_entries(file, section, fresh, problems))
    if problems:
        raise DocumentError(problems)
    single = frozenset(section.name for section in sections if is_single(section))
    return Document(source, tuple(files), entries, homes, single)


def _read_all(texts: Iterable[SourceText]) -> tuple[list[Located], list[Problem]]:
    files: list[Located] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            files.append(read_yaml(text.text, text.source))
        except DocumentError as error:
            problems.extend(error.problems)
    return files, problems


def _not_yet_stated(
    file: Located,
    section: AnySection,
    stated: Mapping[str, Value],
    homes: dict[tuple[str, str], Located],
    problems: list[Problem],
) -> Iterator[tuple[str, Value]]:
    """Yield what no earlier file states, and take down where it stands."""
    for name, value in stated.items():
        first = homes.setdefault((section.name, name), file)
        if first is file:
            yield name, value
        else:
            where = (name,) if is_single(section) else (section.name, name)
            message = f"{name!r} is given twice; it stands in {_place(first, where)} already."
            problems.append(file.problem(where, message))


def _place(file: Located, path: Path) -> str:
    line = file.line(path)
    return file.source if line is None else f"{file.source}:{line}"


def _stated_sections(
    located: Located, sections: Sequence[AnySection], problems: list[Problem]
) -> Iterator[tuple[AnySection, dict[str, Value]]]:
    """Return each section that the file states, with its entries by name."""
    top = located.value
    if not isinstance(top, dict):
        problems.append(located.problem((), f"The file must begin with `version: {VERSION}`."))
        return
    known = {section.name: section for section in sections}
    _check_version(located, top, problems)
    for name, stated in top.items():
        if name in known and is_single(known[name]):
            yield known[name], {name: stated}
        elif name in known and isinstance(stated, dict):
            yield known[name], stated
        elif name in known and stated is not None:
            problems.append(located.problem((name,), "must be a mapping from names to entries."))
        elif name not in known and name != "version":
            problems.append(located.problem((name,), unknown_setting(name, ["version", *known])))


def _check_version(located: Located, top: Mapping[str, Value], problems: list[Problem]) -> None:
    version = top.get("version")
    if "version" not in top:
        problems.append(located.problem((), f"`version: {VERSION}` is missing."))
    elif version != VERSION or isinstance(version, bool):
        message = f"this Drawbridge reads version {VERSION} of the file. Write `version: {VERSION}`."
        problems.append(located.problem(("version",), message))


def _read_entries(
    located: Located, section: AnySection, stated: Mapping[str, Value], problems: list[Problem]
) -> Iterator[tuple[str, msgspec.Struct]]:
    wanted = msgspec.inspect.type_info(section.entry_type)
    for name, value in stated.items():
        here = (name,) if is_single(section) else (section.name, name)
        if not is_name(name):
            problems.append(located.problem(here, bad_name(name)))
        wrong = list(misfits({} if value is None else value, wanted))
        if not wrong:
            entry = msgspec.convert({} if value is None else value, section.entry_type)
            wrong = list(section.complaints(entry))
            yield name, entry
        problems.extend(located.problem((*here, *complaint.path), complaint.message) for complaint in wrong)


def is_name(name: str) -> bool:
    """Tell whether something may be named so."""
    return _NAME.match(name) is not None


def bad_name(name: str) -> str:
    """Say what a name must look like."""
    return f"{name!r} is no name: use up to 200 letters, digits and . _ @ : / + -, beginning with a letter or digit."
