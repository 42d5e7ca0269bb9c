"""Recorded requests said in other dialects, and judged."""

from collections.abc import Iterator
from dataclasses import dataclass

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.profiles import UNKNOWN
from tests.parts.oracle.judge import Verdict, judge
from tests.parts.same_wire import Family, Record, records

FAMILIES: dict[DialectName, tuple[Family, tuple[str, ...]]] = {
    "openai-chat": ("chat", ("chat/completions",)),
    "openai-responses": ("responses", ("responses",)),
    "anthropic-messages": ("messages", ("messages",)),
    "gemini": ("gemini", ("generateContent", "streamGenerateContent")),
}
PAIRS: list[tuple[DialectName, DialectName]] = [
    (source, target) for source in FAMILIES for target in FAMILIES if source != target
]


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded request in another dialect; `refused` says why it cannot be said there at all."""

    record: Record
    written: Written | None
    verdict: Verdict
    refused: str | None = None


def recorded_requests(source: DialectName) -> Iterator[Record]:
    """Return the requests of a dialect that its vendors have taken."""
    family, endpoints = FAMILIES[source]
    for record in records(family, *endpoints):
        if record.request is not None and isinstance(record.request.body, dict) and record.head.status < 400:
            yield record


def cases(source: DialectName, target: DialectName) -> Iterator[Case]:
    """Translate and judge every recorded request of a dialect."""
    for record in recorded_requests(source):
        assert record.request is not None
        request = read(source, record.request)
        try:
            written = DIALECTS[target].write_request(request, Target("other", "some-model", UNKNOWN))
        except TranslationError as error:
            yield Case(record, None, Verdict(), error.message)
            continue
        lost = [loss.path for loss in written.losses]
        yield Case(record, written, judge(source, record.request.body, target, written.wire.body, lost))


def read(source: DialectName, wire: WireRequest) -> Request:
    """Read a recorded request."""
    return DIALECTS[source].read_request(wire)
