"""groundingMetadata as citations, and back.

Sources are in `groundingChunks`; `groundingSupports` tell which words of the answer rest on which of them, in bytes of
UTF-8. https://ai.google.dev/gemini-api/docs/google-search#attributing_sources_with_inline_citations, read 2026-11-23.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.canonical import Citation, Json
from drawbridge.gateway.wire.gemini.spelling import Spelled, tree
from drawbridge.gateway.wire.json_text import elements, members, text_or_none, whole_number

_GROUNDING: Final = tree("groundingChunks groundingSupports")
_AT: Final = "candidates[].groundingMetadata"


class Said(Struct):
    """A text of the answer, by its part."""

    index: int
    text: str


def read_grounding(raw: dict[str, Json], texts: list[Said]) -> tuple[list[tuple[int, Citation]], dict[str, Json]]:
    """Return the citations with the parts that they are in, and what of the metadata is in none of them."""
    if not texts:
        return [], raw
    fields = Spelled(raw, _GROUNDING)
    chunks = [_source(members(chunk)) for chunk in elements(fields.take_any("groundingChunks"))]
    found: list[tuple[int, Citation]] = []
    used: set[int] = set()
    for support in elements(fields.take_any("groundingSupports")):
        given = members(support)
        segment = members(given.get("segment"))
        for number in elements(given.get("groundingChunkIndices", given.get("grounding_chunk_indices"))):
            if isinstance(number, int) and 0 <= number < len(chunks):
                used.add(number)
                found.append(_placed(chunks[number], number, segment, texts))
    # A source that nothing points to is one of all the words.
    found += [(texts[0].index, _citation(chunk, number)) for number, chunk in enumerate(chunks) if number not in used]
    return found, fields.extras()


class _Source(Struct):
    kind: str
    raw: dict[str, Json]


def _source(chunk: dict[str, Json]) -> _Source:
    kind = next((name for name in chunk if isinstance(chunk[name], dict)), "")
    return _Source(kind, members(chunk.get(kind)))


def _citation(source: _Source, number: int) -> Citation:
    raw, is_web = source.raw, source.kind in {"web", "maps"}
    address = text_or_none(raw.get("uri"))
    return Citation(
        at=f"{_AT}.groundingChunks[].{source.kind}",
        raw=raw,
        names={"url": "uri", "cited_text": "text"},
        kind="url" if is_web else "document" if source.kind == "retrievedContext" else "other",
        url=address,
        title=text_or_none(raw.get("title")),
        cited_text=text_or_none(raw.get("text")),
        source_index=None if is_web else number,
    )


def _placed(source: _Source, number: int, segment: dict[str, Json], texts: list[Said]) -> tuple[int, Citation]:
    citation = _citation(source, number)
    where = _find(segment, texts)
    if where is None:
        return texts[0].index, citation
    said, citation.start, citation.end = where
    return said.index, citation


def _find(segment: dict[str, Json], texts: list[Said]) -> tuple[Said, int, int] | None:
    """Return the words that a segment is, in characters: where it says they are, or where its text is."""
    wanted = text_or_none(segment.get("text"))
    end = whole_number(segment.get("endIndex", segment.get("end_index")))
    start = whole_number(segment.get("startIndex", segment.get("start_index"))) or 0
    for said, before in _offsets(texts):
        words = None if end is None else _between(said.text, start - before, end - before)
        if words is not None and wanted in {None, said.text[words[0] : words[1]]}:
            return said, *words
    for said in texts:
        place = said.text.find(wanted) if wanted else -1
        if wanted and place >= 0:
            return said, place, place + len(wanted)
    return None


def _offsets(texts: list[Said]) -> Iterator[tuple[Said, int]]:
    """Try each text as the one that is counted in, and as a piece of all of them."""
    before = 0
    for said in texts:
        yield said, before
        if before:
            yield said, 0
        before += len(said.text.encode())


def _between(text: str, start: int, end: int) -> tuple[int, int] | None:
    encoded = text.encode()
    if not 0 <= start < end <= len(encoded):
        return None
    try:
        first = len(encoded[:start].decode())
        return first, first + len(encoded[start:end].decode())
    except UnicodeDecodeError:
        return None


def write_grounding(citations: list[tuple[int, Citation]], texts: list[Said]) -> dict[str, Json]:
    """Write citations, each with the part that it is in, as groundingMetadata of the texts one behind the other."""
    chunks: list[Json] = []
    supports: list[Json] = []
    for index, citation in citations:
        chunk = _chunk(citation)
        if chunk not in chunks:
            chunks.append(chunk)
        segment = _segment(index, citation, texts)
        if segment is not None:
            supports.append({"segment": segment, "groundingChunkIndices": [chunks.index(chunk)]})
    return {"groundingChunks": chunks, **({"groundingSupports": supports} if supports else {})}


def _chunk(citation: Citation) -> Json:
    if citation.kind == "url" or (citation.url is not None and citation.cited_text is None):
        about = {"uri": citation.url, "title": citation.title}
        return {"web": {name: value for name, value in about.items() if value is not None}}
    about = {"uri": citation.url, "title": citation.title, "text": citation.cited_text}
    return {"retrievedContext": {name: value for name, value in about.items() if value is not None}}


def _segment(index: int, citation: Citation, texts: list[Said]) -> dict[str, Json] | None:
    before = 0
    for said in texts:
        if said.index == index:
            start = 0 if citation.start is None else citation.start
            end = len(said.text) if citation.end is None else citation.end
            words = said.text[start:end]
            first = before + len(said.text[:start].encode())
            segment = {"startIndex": first, "endIndex": first + len(words.encode()), "text": words}
            return segment if words else None
        before += len(said.text.encode())
    return None
