"""groundingMetadata as citations, and back.

Sources are in `groundingChunks`; `groundingSupports` tell which words of the answer rest on which of them, in bytes of
UTF-8. https://ai.google.dev/gemini-api/docs/google-search#attributing_sources_with_inline_citations, read 2026-11-23.
"""

from bisect import bisect_right
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.canonical import Citation, Json
from drawbridge.gateway.wire.gemini.lengths import Lengths
from drawbridge.gateway.wire.gemini.spelling import Spelled, tree
from drawbridge.gateway.wire.json_text import elements, encode, members, text_or_none, whole_number

_GROUNDING: Final = tree("groundingChunks groundingSupports")
_AT: Final = "candidates[].groundingMetadata"
_MOST_READINGS: Final = 16


class Said(Struct):
    """A text of the answer, by its part."""

    index: int
    pieces: list[str]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class _Texts:
    """The texts of an answer, looked through for the words of segments."""

    def __init__(self, texts: list[Said]) -> None:
        self._texts = [(said.index, Lengths(said.text)) for said in texts]
        self._before = [0]
        """How many bytes each text has before it; the last is those of all."""
        for _, lengths in self._texts:
            self._before.append(self._before[-1] + lengths.size_bytes)
        self._number = {index: number for number, (index, _) in enumerate(self._texts)}
        # For segments that are not where they say: so much is looked through, however many there are.
        self._left_bytes = _MOST_READINGS * self._before[-1]

    def find(self, segment: dict[str, Json]) -> "_Words | None":
        """Return the words that a segment is, in characters: where it says they are, or where its text is."""
        wanted = text_or_none(segment.get("text"))
        end = whole_number(segment.get("endIndex", segment.get("end_index")))
        start = whole_number(segment.get("startIndex", segment.get("start_index"))) or 0
        if end is not None and start < end:
            number = max(0, bisect_right(self._before, start, hi=len(self._texts)) - 1)
            before = self._before[number]
            words = self._between(number, start - before, end - before, wanted)
            if words is not None:
                return words
        return self._search(start, end, wanted) if wanted or end is not None else None

    def _search(self, start: int, end: int | None, wanted: str | None) -> "_Words | None":
        """Try each text as the one that is counted in, and as the one that has the words."""
        for number, (index, lengths) in enumerate(self._texts):
            self._left_bytes -= lengths.size_bytes
            if self._left_bytes < 0:
                return None
            words = None if end is None or start >= end else self._between(number, start, end, wanted)
            if words is not None:
                return words
            place = lengths.text.find(wanted) if wanted else -1
            if wanted and place >= 0:
                return _Words(index, place, place + len(wanted))
        return None

    def _between(self, number: int, start: int, end: int, wanted: str | None) -> "_Words | None":
        index, lengths = self._texts[number]
        first, last = lengths.characters_before(start), lengths.characters_before(end)
        if first is None or last is None or wanted not in {None, lengths.text[first:last]}:
            return None
        return _Words(index, first, last)

    def segment(self, index: int, citation: Citation) -> dict[str, Json] | None:
        """Return the words of a part that a citation is for; None where there are none."""
        number = self._number.get(index)
        if number is None:
            return None
        lengths = self._texts[number][1]
        text = lengths.text
        words = text[citation.start or 0 : len(text) if citation.end is None else citation.end]
        first = self._before[number] + lengths.bytes_before(citation.start or 0)
        last = first + len(words.encode())
        return {"startIndex": first, "endIndex": last, "text": words} if words else None


class _Words(Struct):
    index: int
    start: int
    end: int


def read_grounding(raw: dict[str, Json], texts: list[Said]) -> tuple[list[tuple[int, Citation]], dict[str, Json]]:
    """Return the citations with the parts that they are in, and what of the metadata is in none of them."""
    if not texts:
        return [], raw
    fields = Spelled(raw, _GROUNDING)
    chunks = [_source(members(chunk)) for chunk in elements(fields.take_any("groundingChunks"))]
    found: list[tuple[int, Citation]] = []
    used: set[int] = set()
    looked_through = _Texts(texts)
    for support in elements(fields.take_any("groundingSupports")):
        given = members(support)
        segment = members(given.get("segment"))
        for number in elements(given.get("groundingChunkIndices", given.get("grounding_chunk_indices"))):
            if isinstance(number, int) and 0 <= number < len(chunks):
                used.add(number)
                index, citation = _placed(chunks[number], number, segment, looked_through)
                found.append((texts[0].index if index is None else index, citation))
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


def _placed(source: _Source, number: int, segment: dict[str, Json], texts: _Texts) -> tuple[int | None, Citation]:
    citation = _citation(source, number)
    words = texts.find(segment)
    if words is None:
        return None, citation
    citation.start, citation.end = words.start, words.end
    return words.index, citation


def write_grounding(citations: list[tuple[int, Citation]], texts: list[Said]) -> dict[str, Json]:
    """Write citations, each with the part that it is in, as groundingMetadata of the texts one behind the other."""
    # By their JSON: the same source may be cited many times.
    chunks: dict[bytes, Json] = {}
    numbers: dict[bytes, int] = {}
    supports: list[Json] = []
    looked_through = _Texts(texts)
    for index, citation in citations:
        chunk = _chunk(citation)
        written = encode(chunk)
        chunks.setdefault(written, chunk)
        number = numbers.setdefault(written, len(numbers))
        segment = looked_through.segment(index, citation)
        if segment is not None:
            supports.append({"segment": segment, "groundingChunkIndices": [number]})
    return {"groundingChunks": [*chunks.values()], **({"groundingSupports": supports} if supports else {})}


def _chunk(citation: Citation) -> Json:
    if citation.kind == "url" or (citation.url is not None and citation.cited_text is None):
        about = {"uri": citation.url, "title": citation.title}
        return {"web": {name: value for name, value in about.items() if value is not None}}
    about = {"uri": citation.url, "title": citation.title, "text": citation.cited_text}
    return {"retrievedContext": {name: value for name, value in about.items() if value is not None}}
