"""What vendors say in their errors, whatever the shape: the words alone."""

from typing import Final

import msgspec

_LONGEST: Final = 2_000


class _Words(msgspec.Struct):
    message: str | None = None


class _Error(msgspec.Struct):
    """`error` of OpenAI, Anthropic, Gemini and all that copy them; some say it by itself, or at the top."""

    error: _Words | str | None = None
    message: str | None = None
    detail: str | None = None


_read: Final = msgspec.json.Decoder(_Error).decode


def error_words(body: bytes) -> str | None:
    """Return what an error's body says to people; None where nothing in it is known to be that."""
    try:
        said = _read(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    words = said.error.message if isinstance(said.error, _Words) else said.error
    found = words or said.message or said.detail
    return found[:_LONGEST] if found else None
