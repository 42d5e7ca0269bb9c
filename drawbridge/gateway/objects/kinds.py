"""What can live at a vendor, and who may use it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from drawbridge.core.ids import AttemptId, OrganisationId, PrincipalId

Kind = Literal[
    "response",
    "item",
    "conversation",
    "audio",
    "container",
    "file",
    "batch_input",
    "batch",
    "message_batch",
    "gemini_file",
    "gemini_name",
    "cache",
    "vector_store",
    "prompt",
    "skill",
    "search_store",
]
"""`batch_input` marks a file whose lines were checked when it was uploaded, beside its row as a file.
`gemini_name` says who may give a file of Gemini's this name, whether or not there is one at the moment.

Vector stores, prompts, skills and search stores cannot be made through Drawbridge: nobody here owns one.
"""

LIFETIMES: Final[dict[Kind, timedelta]] = {
    # https://developers.openai.com/api/docs/guides/conversation-state (read 2026-11-23): 30 days.
    "response": timedelta(days=31),
    # https://ai.google.dev/gemini-api/docs/files (read 2026-11-23): 48 hours, from before we hear of it.
    "gemini_file": timedelta(days=2),
    # Two days to upload, two for the file, and longer than any call about it that may still be under way.
    "gemini_name": timedelta(days=5),
}
"""How long objects are known here whose vendor removes them by itself. The items of a conversation stay."""

RENEWED: Final[frozenset[Kind]] = frozenset({"gemini_file", "gemini_name"})
"""Kinds whose ids callers may choose, so that one id can be made again."""

KEPT_FOR_CALLERS: Final[frozenset[Kind]] = frozenset(
    {"container", "file", "batch_input", "batch", "message_batch", "gemini_file", "gemini_name", "cache"}
)
"""Kinds that need the right to use the provider. The others are what calls of models leave behind."""

# Vendors' ids are opaque: whatever can stand in a line of ASCII, at a length that an index takes.
_ID: Final = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True, slots=True)
class Reference:
    """An object as a request names it."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class VendorObject:
    """An object at a provider, and the principal that had it made."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    provider: str
    kind: Kind
    id: str
    deployment: str | None = None
    """The deployment whose reply told of it; None where no model was run."""
    models: tuple[str, ...] | None = None
    """Of a `batch_input`: what its lines name, as `batches` writes it. None where that is not known."""
    attempt_id: AttemptId | None = None
    """Of a response in the background: the attempt that made it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted: by what comes after an id, or before it."""

    limit: int
    after: str | None
    before: str | None
    descending: bool


def is_id(value: object) -> bool:
    """Tell whether something that a vendor or a caller sent can be an object's id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None
