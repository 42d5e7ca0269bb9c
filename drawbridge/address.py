"""Where people find the pages: known to the node that listens, and noted for the links that commands print."""

from contextlib import suppress
from pathlib import Path
from typing import Final

_NOTE: Final = "port"


def note_port(folder: Path, port: int) -> None:
    """Note in the data folder on which port this machine's node listens; a later start notes its own."""
    fresh = folder / f"{_NOTE}.new"
    # Only links depend on it: a full disk must not end a start that has succeeded.
    with suppress(OSError):
        fresh.write_text(f"{port}\n")
        fresh.replace(folder / _NOTE)


def pages_url(public_url: str | None, folder: Path, port: int) -> str:
    """Return where people find the pages; `port` is for a folder whose node was never started.

    Without a public URL it is the one name that needs no https for passkeys.
    """
    return public_url or f"http://localhost:{noted_port(folder) or port}"


def noted_port(folder: Path) -> int | None:
    """Return the port of the last start on a data folder; None where none is noted."""
    try:
        return int((folder / _NOTE).read_text())
    except (OSError, ValueError):
        return None
