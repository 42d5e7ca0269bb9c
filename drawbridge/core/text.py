"""What may stand in a line of text: for names, filters and everything else that is stored, logged and shown."""

from typing import Final

from drawbridge.core.errors import DrawbridgeError

_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


class UnprintableTextError(DrawbridgeError):
    """A text holds control characters, line ends, or halves of characters."""

    code = "unprintable_text"
    status = 400
    fault = "caller"


def require_printable(text: str, what: str, *, longest: int | None = None) -> str:
    """Return a text that can be stored and shown in a line; `what` names it in the message.

    Raises UnprintableTextError for NUL, line ends, escapes and lone surrogates, and for more than `longest` characters.
    """
    if not text.isprintable():
        raise UnprintableTextError(f"{what} holds characters that cannot be shown in a line: leave them out.")
    if longest is not None and len(text) > longest:
        raise UnprintableTextError(f"{what} is longer than {longest} characters: shorten it.")
    return text


def storable(text: str) -> str:
    """Return a text as PostgreSQL can hold it, in jsonb too: without NUL and halves of characters."""
    return text.replace("\0", _UNKNOWN).encode("utf-8", "replace").decode()


def escape_unprintable(text: str) -> str:
    """Write what cannot be shown in a line as escapes: a name cannot forge a line or move the cursor."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text)
