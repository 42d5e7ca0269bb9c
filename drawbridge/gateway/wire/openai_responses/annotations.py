"""Citations within the text of an answer.

`end_index` is excluded, although the reference speaks of "the index of the last character": in recorded traffic
`text[start_index:end_index]` is the cited passage (2026-11-23).
"""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import Citation, Json, Opaque
from drawbridge.gateway.wire.json_text import text_or_none
from drawbridge.gateway.wire.openai_responses.fields import Fields, put_back

_URL: Final[Mapping[str, str]] = {"start": "start_index", "end": "end_index"}
_FILE: Final[Mapping[str, str]] = {"start": "start_index", "end": "end_index", "file": "file_id", "title": "filename"}
_FILES: Final = frozenset({"file_citation", "container_file_citation", "file_path"})


def read_annotation(raw: Json, at: str, provider: str | None) -> Citation:
    """Read an annotation. One of a kind that is not known here is all extras."""
    fields = Fields(raw)
    kind = text_or_none(fields.raw.get("type"))
    if kind == "url_citation":
        citation = Citation(at=at, raw=raw, names=_URL, kind="url", url=fields.text("url"), title=fields.text("title"))
    elif kind in _FILES:
        file_id = fields.text("file_id")
        file = None if file_id is None else Opaque(file_id, "openai-responses", provider)
        citation = Citation(at=at, raw=raw, names=_FILE, kind="file", title=fields.text("filename"), file=file)
    else:
        return Citation(at=at, raw=raw, extras=fields.extras)
    fields.text("type")
    citation.shape = kind
    citation.start, citation.end = fields.whole("start_index"), fields.whole("end_index")
    citation.extras = fields.extras
    return citation


def same_annotation(citation: Citation) -> dict[str, Json]:
    """Write an annotation that was read here, as it was."""
    said: dict[str, Json] = {} if not citation.shape else {"type": citation.shape}
    is_url = citation.kind == "url"
    known: tuple[tuple[str, Json], ...] = (
        ("url", citation.url),
        ("file_id", None if citation.file is None else citation.file.value),
        ("title" if is_url else "filename", citation.title),
        ("start_index", citation.start),
        ("end_index", citation.end),
    )
    said.update({name: value for name, value in known if value is not None})
    return put_back(citation.extras, said)


def url_annotation(citation: Citation, text: str) -> dict[str, Json] | None:
    """Write a citation of another dialect, as far as it names an address; None where it does not.

    `text` is what it is for, where the citation does not say of which characters.
    """
    if citation.url is None:
        return None
    return {
        "type": "url_citation",
        "url": citation.url,
        "title": citation.title or "",
        "start_index": citation.start or 0,
        "end_index": len(text) if citation.end is None else citation.end,
    }
