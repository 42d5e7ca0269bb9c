"""Read `drawbridge.yaml`: from text to checked entries that know their lines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from drawbridge.config.errors import DocumentError, Problem
from drawbridge.config.located import Located, Path, Value, read_yaml
from drawbridge.config.sections import AnySection
from drawbridge.config.shape import misfits, unknown_setting

VERSION = 1
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,199}$"
"""Names go into URLs, headers and logs; model names have slashes and colons, people's names are e-mail addresses."""

_NAME = re.compile(NAME_PATTERN.removesuffix("$") + r"\Z")  # In Python, $ lets a line end slip in.


@dataclass(frozen=True, slots=True)
class Document:
    """A file's entries, by section and name, each as stated."""

    located: Located
    entries: Mapping[str, Mapping[str, msgspec.Struct]]
    """Only the sections that the file has; the others are meant to be empty."""

    def problem(self, section: str, name: str, path: Path, message: str) -> Problem:
        """Name a problem within an entry, by its line."""
        return self.located.problem((section, name, *path), message)


def parse_document(text: str, source: str, sections: Sequence[AnySection]) -> Document:
    """Read a file's text; `source` is its name, for messages.

    Raises DocumentError with everything that is wrong with the entries on their own.
    """
    located = read_yaml(text, source)
    problems: list[Problem] = []
    entries: dict[str, dict[str, msgspec.Struct]] = {}
    for section, stated in _stated_sections(located, sections, problems):
        entries[section.name] = dict(_read_entries(located, section, stated, problems))
    if problems:
        raise DocumentError(problems)
    return Document(located, entries)


def _stated_sections(
    located: Located, sections: Sequence[AnySection], problems: list[Problem]
) -> Iterator[tuple[AnySection, dict[str, Value]]]:
    top = located.value
    if not isinstance(top, dict):
        problems.append(located.problem((), f"The file must begin with `version: {VERSION}`."))
        return
    known = {section.name: section for section in sections}
    _check_version(located, top, problems)
    for name, stated in top.items():
        if name in known and isinstance(stated, dict):
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
        here = (section.name, name)
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
