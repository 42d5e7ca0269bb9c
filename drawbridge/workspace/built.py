"""The files of a build: which there are, in which encodings, and how long browsers may keep each."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).parent / "built"
"""Where `tools/build_web.py` puts the pages; a wheel carries them."""

FIRST_PAGE: Final = "index.html"

_ASSETS: Final = "assets"
_TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".woff2": b"font/woff2",
    ".woff": b"font/woff",
    ".ttf": b"font/ttf",
}
_ENCODINGS: Final = {".br": "br", ".gz": "gzip"}


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file, and the encodings in which it lies there."""

    type: bytes
    tag: bytes
    """An entity tag, which changes with the contents."""
    is_named_by_content: bool
    """Its name changes with its contents, so whoever has it has it for good."""
    plain: Path
    encoded: Mapping[str, Path]
    """By the name of the encoding as HTTP has it, the smallest first."""

    def choose(self, accepted: str) -> tuple[str | None, Path]:
        """Return the encoding for an Accept-Encoding header, None for the plain file, and where that lies."""
        wanted = _accepted(accepted)
        for name, path in self.encoded.items():
            if name in wanted:
                return name, path
        return None, self.plain


@dataclass(frozen=True, slots=True)
class Built:
    """A build. Nothing but what was listed when it was opened is ever read, so no path leads out of it."""

    files: Mapping[str, BuiltFile]
    """By the path below the folder, with slashes."""

    @property
    def is_there(self) -> bool:
        """Tell whether there are pages at all: a checkout without Node has none."""
        return FIRST_PAGE in self.files


def open_built(folder: Path = BUILT) -> Built:
    """List the files of a build; none where there is no folder."""
    if not folder.is_dir():
        return Built({})
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in _TYPES and not path.is_symlink())
    return Built({path.relative_to(folder).as_posix(): _describe(folder, path) for path in found})


def _describe(folder: Path, path: Path) -> BuiltFile:
    beside = {name: path.with_name(path.name + suffix) for suffix, name in _ENCODINGS.items()}
    is_named_by_content = path.relative_to(folder).parts[0] == _ASSETS
    tag = path.name if is_named_by_content else hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    return BuiltFile(
        type=_TYPES[path.suffix],
        tag=f'"{tag}"'.encode(),
        is_named_by_content=is_named_by_content,
        plain=path,
        encoded={name: encoded for name, encoded in beside.items() if encoded.is_file()},
    )


def _accepted(header: str) -> set[str]:
    """Return the encodings that an Accept-Encoding header names without ruling them out (RFC 9110, 12.5.3)."""
    names: set[str] = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            names.add(name.strip())
    return names
