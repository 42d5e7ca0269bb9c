"""Read configuration from where it is: a file, a folder of files, or standard input."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from drawbridge.config.document import Document, SourceText, parse_documents
from drawbridge.config.errors import ConfigError, DocumentError, Problem
from drawbridge.config.sections import AnySection

STANDARD_INPUT: Final = Path("-")

_LARGEST_FILE_BYTES = 10 * 1024 * 1024
_LARGEST_FOLDER = 100 * 1024 * 1024
"""In characters."""
_MOST_FILES = 10_000
_SUFFIXES = frozenset({".yaml", ".yml"})
_STANDARD_INPUT_NAME = "standard input"


def read_document(where: Path, sections: Sequence[AnySection]) -> Document:
    """Read a document from a file, from all files of a folder, or, as `-`, from standard input.

    Raises ConfigError when there is nothing to read, DocumentError with everything that is wrong in any file.
    """
    if where == STANDARD_INPUT:
        text = _as_text(_read_to_limit(sys.stdin.buffer, _STANDARD_INPUT_NAME), _STANDARD_INPUT_NAME)
        return parse_documents([text], _STANDARD_INPUT_NAME, sections)
    try:
        is_folder = stat.S_ISDIR(where.stat().st_mode)
    except OSError as error:
        raise ConfigError(
            f"{where} cannot be read: {error.strerror}. Name a file or a folder of YAML files."
        ) from error
    texts = _read_folder(where) if is_folder else [read_file(where)]
    return parse_documents(texts, str(where), sections)


def files_in(folder: Path) -> list[Path]:
    """List the YAML files in a folder and below it, sorted, without what is hidden.

    What is reached twice, by way of links, is listed once.

    Raises ConfigError for a folder that cannot be read.
    """
    seen = {os.path.realpath(folder)}
    files = list(islice(_walk(folder, seen), _MOST_FILES + 1))
    if len(files) > _MOST_FILES:
        raise ConfigError(f"{folder} holds more than {_MOST_FILES} YAML files: that is no configuration.")
    return files


def read_file(path: Path) -> SourceText:
    """Read one file's text. Raises DocumentError when it is no regular file, too large, or not UTF-8."""
    try:
        # Without waiting: the opening of a FIFO would last until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                message = "is no regular file. To read from a pipe, pipe it in, and give - as the file."
                raise DocumentError([Problem(str(path), None, "", message)])
            content = _read_to_limit(file, str(path))
    except OSError as error:
        raise DocumentError([_unreadable(path, error)]) from error
    return _as_text(content, str(path))


def _walk(folder: Path, seen: set[str]) -> Iterator[Path]:
    try:
        found = [(path, path.is_dir()) for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        raise DocumentError([_unreadable(folder, error)]) from error
    for path, is_folder in found:
        true_path = os.path.realpath(path)
        if true_path in seen or not (is_folder or path.suffix.lower() in _SUFFIXES):
            continue
        seen.add(true_path)
        if is_folder:
            yield from _walk(path, seen)
        else:
            yield path


def _read_folder(folder: Path) -> list[SourceText]:
    """Read every file of a folder, or none: what is left out would be deleted."""
    paths = files_in(folder)
    if not paths:
        raise ConfigError(
            f"{folder} holds no YAML file, so nothing was done: it would mean to delete everything that is managed by"
            " file. To mean that, give a file with nothing but `version: 1`."
        )
    texts: list[SourceText] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            texts.append(read_file(path))
        except DocumentError as error:
            problems.extend(error.problems)
        if sum(len(text.text) for text in texts) > _LARGEST_FOLDER:
            raise ConfigError(f"{folder} holds more than {_LARGEST_FOLDER // 1024**2} MiB: that is no configuration.")
    if problems:
        raise DocumentError(problems)
    if files_in(folder) != paths:
        raise ConfigError(f"{folder} was changed while it was read, so nothing was done. Try again.")
    return texts


def _read_to_limit(file: BinaryIO, source: str) -> bytes:
    content = file.read(_LARGEST_FILE_BYTES + 1)
    if len(content) > _LARGEST_FILE_BYTES:
        message = f"is larger than {_LARGEST_FILE_BYTES // 1024**2} MiB: that is no drawbridge.yaml."
        raise DocumentError([Problem(source, None, "", message)])
    return content


def _as_text(content: bytes, source: str) -> SourceText:
    try:
        return SourceText(source, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError([Problem(source, line, "", "is not UTF-8 text: save it as UTF-8.")]) from error


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(str(path), None, "", f"cannot be read: {error.strerror}. Mend it, or take it away.")
