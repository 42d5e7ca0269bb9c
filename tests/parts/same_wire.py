"""Recorded traffic read by a dialect and written by the same: what of it is not equal as JSON.

Read from the folder `shared/traffic` beside the project; its README describes the records.
"""

import gzip
import itertools
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

from drawbridge.core.sse import EventSplitter
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import Dialect, ReplyHead, Target, WireRequest
from drawbridge.gateway.wire.events import Event
from drawbridge.gateway.wire.profiles import UNKNOWN

FOLDER = Path(__file__).parents[3] / "shared" / "traffic"
EXCEPTIONS = Path(__file__).parents[1] / "gateway" / "wire" / "same_exceptions.toml"
"""The records that are not equal, each with its reason: `[openai-chat]`, then `"<id>" = "why"`."""

Family = Literal["chat", "responses", "messages", "gemini"]

# Any: what a vendor's JSON holds is for its dialect to say.
Json = Any


@dataclass(frozen=True, slots=True)
class Record:
    """One interaction. `request` is None where only a reply was recorded."""

    id: str
    provider: str
    endpoint: str
    request: WireRequest | None
    head: ReplyHead
    reply: bytes
    tags: frozenset[str]


def records(family: Family, *endpoints: str) -> Iterator[Record]:
    """Read a family's interactions; only those of certain endpoints, where any are named."""
    for line in filter(None, gzip.decompress((FOLDER / f"{family}.jsonl.gz").read_bytes()).split(b"\n")):
        found: Json = json.loads(line)
        if not endpoints or found["endpoint"] in endpoints:
            yield _record(found)


def exceptions(dialect: str) -> dict[str, str]:
    """Return the ids of records of a dialect that need not be equal, each with its reason."""
    return tomllib.loads(EXCEPTIONS.read_text()).get(dialect, {})


def request_difference(dialect: Dialect, record: Record) -> str | None:
    """Return the first place where a request that was read and written is not the same; None where it is."""
    assert record.request is not None
    read = dialect.read_request(record.request)
    written = dialect.write_request(read, Target("recorded", read.model, UNKNOWN))
    lost = list(written.losses)
    if lost:
        return f"{lost[0].path} is reported as lost: {lost[0].reason}"
    return difference(record.request.body, written.wire.body)


def reply_difference(dialect: Dialect, record: Record, request: Request) -> str | None:
    """Return the first place where a reply that was read and written is not the same; None where it is."""
    events = read_events(dialect, record, request, [record.reply])
    writer = dialect.write_reply(request)
    written = writer.feed(events) + writer.close()
    return difference(payloads(record.reply), payloads(written))


def read_events(dialect: Dialect, record: Record, request: Request, pieces: list[bytes]) -> list[Event]:
    """Return what a reply that comes in these pieces tells."""
    reader = dialect.read_reply(record.head, request)
    return [*itertools.chain.from_iterable(reader.feed(piece) for piece in pieces), *reader.close()]


def payloads(reply: bytes) -> Json:
    """Return a reply as JSON: of a stream a list of what its events carry, other text as it is."""
    text = reply.strip()
    if text[:1] in (b"{", b"["):
        return json.loads(text)
    splitter = EventSplitter(1 << 30)
    events = [*splitter.feed(reply), *splitter.close()]
    return [_payload(event.data) for event in events if event.data]


def difference(wanted: Json, found: Json, path: str = "") -> str | None:
    """Return the first place where two JSON values differ, with both; None where they are equal."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        # casts: Any hides what isinstance has just told.
        return _different_members(cast("dict[str, Json]", wanted), cast("dict[str, Json]", found), path)
    if isinstance(wanted, list) and isinstance(found, list):
        return _different_elements(cast("list[Json]", wanted), cast("list[Json]", found), path)
    same = wanted == found and isinstance(wanted, bool) == isinstance(found, bool)
    return None if same else f"{path} is {_short(found)} instead of {_short(wanted)}"


def _different_members(wanted: dict[str, Json], found: dict[str, Json], path: str) -> str | None:
    for name, value in wanted.items():
        if name not in found:
            return f"{path}.{name} is missing: {_short(value)}"
        if inner := difference(value, found[name], f"{path}.{name}"):
            return inner
    added = next((name for name in found if name not in wanted), None)
    return None if added is None else f"{path}.{added} was added: {_short(found[added])}"


def _different_elements(wanted: list[Json], found: list[Json], path: str) -> str | None:
    for index, (one, other) in enumerate(zip(wanted, found, strict=False)):
        if inner := difference(one, other, f"{path}[{index}]"):
            return inner
    return None if len(wanted) == len(found) else f"{path} has {len(found)} elements instead of {len(wanted)}"


def _record(found: Json) -> Record:
    request, response = found["request"], found["response"]
    wire = None
    if request is not None:
        path, _, query = request["path"].partition("?")
        wire = WireRequest(
            request["method"],
            path,
            tuple(parse_qsl(query, keep_blank_values=True)),
            tuple(request["headers"].items()),
            request["body"],
        )
    head = ReplyHead(
        response["status"], tuple(response["headers"].items()), streamed=bool(found["stream"]), provider="recorded"
    )
    return Record(
        found["id"], found["provider"], found["endpoint"], wire, head, _reply(response), frozenset(found["tags"])
    )


def _reply(response: Json) -> bytes:
    text = response.get("sse", response.get("text"))
    if text is not None:
        return text.encode()
    body = response.get("body")
    return b"" if body is None else json.dumps(body).encode()


def _payload(data: bytes) -> Json:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:160]}..."
