"""The vendor objects that a reply tells of: made for its caller, by the call that it answers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

import msgspec

from drawbridge.core.sse import EventSplitter, EventTooLarge
from drawbridge.gateway.bodies import TopLevel
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.objects.kinds import Kind, Reference, is_id
from drawbridge.gateway.wire.counts import as_object, read

Reader = Callable[[bytes], Iterator[Reference]]
"""From a whole reply, or the data of one event of a streamed one, to the objects in it. Never raises."""

_EVENT_LIMIT_BYTES: Final = 64 << 20


def reader_for(dialect: Dialect, top: TopLevel) -> Reader | None:
    """Return what reads the replies to a request; None where they can tell of no object that is kept."""
    match dialect:
        case "openai-responses":
            # Code runs in containers that outlive a response which is not kept. What it and tools of MCP put out may
            # be nothing: items of those come back looking like mere references.
            runs_tools = _mentions(top, "tools", b"code_interpreter", b"shell", b'"mcp"', b"\\u")
            return read_response if runs_tools or top.raw("store") != b"false" else None
        case "openai-chat":
            return read_chat if _mentions(top, "modalities", b"audio", b"\\u") else None
        case "anthropic-messages":
            runs_code = "container" in top.members or _mentions(top, "tools", b"code_execution", b"\\u")
            return read_message if runs_code else None
        case _:
            return None


def _mentions(top: TopLevel, name: str, *words: bytes) -> bool:
    raw = top.raw(name)
    return raw is not None and any(word in raw for word in words)


class _Response(msgspec.Struct, gc=False):
    id: object = None
    type: object = None
    store: object = None
    conversation: object = None
    output: msgspec.Raw = msgspec.Raw(b"[]")
    response: msgspec.Raw = msgspec.Raw(b"")
    item: msgspec.Raw = msgspec.Raw(b"")


class _Item(msgspec.Struct, gc=False):
    id: object = None
    container_id: object = None
    content: msgspec.Raw = msgspec.Raw(b"")


_read_response: Final = msgspec.json.Decoder(_Response).decode
_read_item: Final = msgspec.json.Decoder(_Item).decode
_read_items: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_any: Final = msgspec.json.Decoder().decode


def read_response(data: bytes) -> Iterator[Reference]:
    """Read a response, or an event of one: its own id, its items, and the containers and files that code made."""
    found = read(_read_response, data)
    if found is None:
        return
    if found.type is None:
        yield from _response_objects(found)
    elif bytes(found.response):
        inner = read(_read_response, bytes(found.response))
        if inner is not None:
            yield from _response_objects(inner)
    elif bytes(found.item):
        yield from _item_objects(bytes(found.item))


def _response_objects(found: _Response) -> Iterator[Reference]:
    if found.store is not False:
        yield from _one("response", found.id)
        yield from _one("conversation", as_object(found.conversation).get("id"))
    for item in read(_read_items, bytes(found.output)) or ():
        yield from _item_objects(bytes(item))


def _item_objects(text: bytes) -> Iterator[Reference]:
    item = read(_read_item, text)
    if item is None:
        return
    yield from _one("item", item.id)
    yield from _one("container", item.container_id)
    content = bytes(item.content)
    if b"file_id" in content or b"container_id" in content:
        for part in _objects(read(_read_any, content)):
            yield from _cited(part)


def _cited(part: Mapping[str, object]) -> Iterator[Reference]:
    for annotation in _objects(part.get("annotations")):
        if annotation.get("type") == "container_file_citation":
            yield from _one("file", annotation.get("file_id"))
            yield from _one("container", annotation.get("container_id"))


def read_chat(data: bytes) -> Iterator[Reference]:
    """Read a chat completion, or a chunk of one: the audio that a later message may refer to."""
    if b'"audio"' not in data:
        return
    for choice in _objects(as_object(read(_read_any, data)).get("choices")):
        for name in ("message", "delta"):
            yield from _one("audio", as_object(as_object(choice.get(name)).get("audio")).get("id"))


def read_message(data: bytes) -> Iterator[Reference]:
    """Read a message, or an event of one: the container in which code ran, and the files that it made."""
    if b'"container"' not in data and b'"file_id"' not in data:
        return
    found = as_object(read(_read_any, data))
    for place in (found, as_object(found.get("message")), as_object(found.get("delta"))):
        yield from _one("container", as_object(place.get("container")).get("id"))
        for block in _objects(place.get("content")):
            yield from _block_objects(block)
    yield from _block_objects(as_object(found.get("content_block")))


def _block_objects(block: Mapping[str, object]) -> Iterator[Reference]:
    if not str(block.get("type", "")).endswith("code_execution_tool_result"):
        return
    for output in _objects(as_object(block.get("content")).get("content")):
        if str(output.get("type", "")).endswith("code_execution_output"):
            yield from _one("file", output.get("file_id"))


Members = dict[str, object]


def _objects(value: object) -> Iterator[Members]:
    for element in cast("list[object]", value) if isinstance(value, list) else ():
        if isinstance(element, dict):
            yield cast("Members", element)


def _one(kind: Kind, value: object) -> Iterator[Reference]:
    if isinstance(value, str) and is_id(value):
        yield Reference(kind, value)


class StreamReader:
    """Reads a streamed reply as it passes, cut anywhere."""

    def __init__(self, read_event: Reader) -> None:
        self._read_event = read_event
        self._splitter = EventSplitter(_EVENT_LIMIT_BYTES)
        self._is_blind = False

    def piece(self, data: bytes) -> list[Reference]:
        """Return what the events tell of that this piece ends."""
        if self._is_blind:
            return []
        try:
            events = self._splitter.feed(data)
        except EventTooLarge:
            self._is_blind = True
            return []
        return [found for event in events if (payload := event.data) for found in self._read_event(payload)]


def read_batch(data: bytes) -> Iterator[Reference]:
    """Read a batch of OpenAI's: the files of results that it has when it is done."""
    found = as_object(read(_read_any, data))
    yield from _one("file", found.get("output_file_id"))
    yield from _one("file", found.get("error_file_id"))


def reader_of_kind(kind: Kind, *, is_batch_input: bool = False) -> Reader:
    """Return what reads the reply to a request that makes one object of a kind."""

    def read_one(data: bytes) -> Iterator[Reference]:
        found = as_object(read(_read_any, data))
        if kind == "item":
            for item in _objects(found.get("data")):
                yield from _one("item", item.get("id"))
        elif kind in ("gemini_file", "cache"):
            # {"file": {"name": "files/..."}}, and a cache is {"name": "cachedContents/..."}.
            name = as_object(found.get("file")).get("name") or found.get("name")
            yield from _one(kind, str(name).rpartition("/")[2] if name else None)
        else:
            yield from _one(kind, found.get("id"))
            if is_batch_input:
                yield from _one("batch_input", found.get("id"))

    return read_one
