"""Recorded replies told to callers of other dialects, whole and as streams, and compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.wire.canonical import Message, Request, Text
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.events import Began, Event
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.profiles import UNKNOWN
from tests.parts.across import FAMILIES
from tests.parts.oracle.replies import ReplyFacts, reply_facts
from tests.parts.same_wire import Record, exceptions, payloads, read_events, records

_REPORTS = {"stop": r"stop|finish", "usage.reasoning": r"reasoning|thought|thinking"}
"""Facts that not every dialect can say, by the loss that must be reported then."""


@dataclass(frozen=True, slots=True)
class ReplyCase:
    """A reply in the words of another dialect."""

    record: Record
    said: ReplyFacts
    told: ReplyFacts
    """As the caller asked for it: whole, or as a stream."""
    told_otherwise: ReplyFacts
    """The same as a stream, or whole."""
    lost: list[str]
    """The paths of the writer's losses."""

    def is_reported(self, fact: str) -> bool:
        """Tell whether a fact that was not told is in the loss report."""
        words = _REPORTS.get(fact)
        return words is not None and any(re.search(words, path) for path in self.lost)


def recorded_replies(source: DialectName) -> Iterator[Record]:
    """Return the replies of a dialect that are answers."""
    family, endpoints = FAMILIES[source]
    known = exceptions(source)
    for record in records(family, *endpoints):
        if record.head.status < 400 and record.reply and "error" not in record.tags and record.id not in known:
            yield record


def reply_cases(source: DialectName, target: DialectName) -> Iterator[ReplyCase]:
    """Tell every recorded reply of a dialect in another."""
    for record in recorded_replies(source):
        asked = caller_request(source, target, record)
        events = dated(read_events(DIALECTS[source], record, asked, [record.reply]))
        told, lost = write(target, asked, events)
        again = dated(read_events(DIALECTS[source], record, asked, [record.reply]))
        otherwise, _ = write(target, replace(asked, streamed=not asked.streamed), again)
        said = reply_facts(source, payloads(record.reply))
        facts = [reply_facts(target, payloads(reply)) for reply in (told, otherwise)]
        yield ReplyCase(record, said, facts[0], facts[1], lost)


def caller_request(source: DialectName, target: DialectName, record: Record) -> Request:
    """Return the request that a caller of another dialect would have made for a reply, to be told its usage."""
    if record.request is None or not isinstance(record.request.body, dict):
        question = Message(role="user", parts=[Text(text="?")])
        streamed = record.head.streamed
        return Request(dialect=target, model="m", messages=[question], streamed=streamed, wants_stream_usage=True)
    asked = DIALECTS[source].read_request(record.request)
    asked.streamed = record.head.streamed
    try:
        written = DIALECTS[target].write_request(asked, Target("recorded", "m", UNKNOWN))
        told = DIALECTS[target].read_request(written.wire)
    except TranslationError:
        told = replace(asked, dialect=target)
    told.streamed = record.head.streamed
    told.wants_stream_usage = True
    return told


def write(target: DialectName, asked: Request, events: list[Event]) -> tuple[bytes, list[str]]:
    """Return a reply in a dialect, and the paths of what of it was lost."""
    writer = DIALECTS[target].write_reply(asked)
    told = writer.feed(events) + writer.close()
    return told, [loss.path for loss in writer.losses]


def dated(events: list[Event]) -> list[Event]:
    """Give a reply without a time one, as the gateway does."""
    for event in events:
        if isinstance(event, Began) and event.created_at is None:
            event.created_at = 1
    return events
