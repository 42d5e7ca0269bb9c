"""Recorded traffic of real vendors goes through the gateway byte for byte, both ways, over real HTTP."""

import asyncio
import itertools
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from drawbridge.gateway.bodies import scan
from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.gateway.objects.kinds import Reference, VendorObject
from drawbridge.gateway.objects.references import find_references
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.identity.store import find_principal
from tests.parts.chat_usage import is_asked, with_usage, without_usage
from tests.parts.gateway import VENDOR_KEY, RunningGateway, running_gateway
from tests.parts.prices import charge
from tests.parts.recordings import FOLDER, Recording, load_recordings
from tests.parts.spelling import SPELLINGS, Spelling, members, spell
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Framing, Request

pytestmark = [
    pytest.mark.recorded_traffic,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there is no recorded traffic at {FOLDER}"),
]

FULL = os.environ.get("DRAWBRIDGE_TEST_SIZE") == "full"
CALLERS = 24
CASE_HEADER = "x-client-request-id"
USD = "0.0125"
TOLD_COST = f": drawbridge-cost {USD}\n\n".encode()
"""The one thing that comes behind a stream that ended well."""
EVENT_ENDS = (b"\n\n", b"\r\n\r\n")
VENDOR_COOKIE = ("Set-Cookie", "vendor=secret; Path=/")


@dataclass(slots=True)
class Case:
    """One call: what the caller sends, and what the vendor has ready for it."""

    recording: Recording
    spelling: Spelling
    path: str
    sent: str
    wanted_path: str
    wanted: str
    """The body that the vendor must get, but for a request for usage."""
    pieces_seed: int
    arrived: Request | None = field(default=None)

    @property
    def target(self) -> str:
        return self.path + (f"?{self.recording.query}" if self.recording.query else "")

    @property
    def wanted_target(self) -> str:
        return self.wanted_path + (f"?{self.recording.query}" if self.recording.query else "")

    def reply_to(self, asked: bool) -> bytes:
        """Return the body that the vendor sends, asked for usage or not."""
        recording = self.recording
        if not recording.counts_when_asked:
            return recording.reply
        text = recording.reply.decode()
        return (with_usage(text) if asked else without_usage(text)).encode()


def cases() -> Iterator[Case]:
    """Make the calls: each interaction as recorded, and in one other spelling (in every other one at full size)."""
    others = itertools.cycle(SPELLINGS[1:])
    for number, recording in enumerate(load_recordings()):
        spellings = SPELLINGS if FULL else (SPELLINGS[0], next(others))
        for variant, spelling in enumerate(spellings):
            yield _case(recording, spelling, seed=number * len(SPELLINGS) + variant)


def _case(recording: Recording, spelling: Spelling, *, seed: int) -> Case:
    chance = random.Random(seed)
    # Every other call names the provider too, so that the gateway has the model's name to change.
    model = recording.model if chance.random() < 0.5 else f"vendor/{recording.model}"
    body = recording.body if recording.model_is_in_path else {**recording.body, "model": model}
    sent = spell(body, spelling, chance)
    return Case(
        recording,
        spelling,
        path=recording.path("/v1beta" if recording.model_is_in_path else "/v1", model),
        sent=sent,
        wanted_path=recording.path("", recording.model),
        wanted=sent if model == recording.model else _with_member(sent, "model", json.dumps(recording.model)),
        pieces_seed=chance.randrange(1 << 30),
    )


def _with_member(text: str, name: str, value: str) -> str:
    member = members(text).get(name)
    return text if member is None else text[: member.value] + value + text[member.end :]


class Script:
    """The vendor's script: the answer recorded for the case that a request names, in pieces of any size."""

    def __init__(self, all_cases: list[Case]) -> None:
        self._cases = all_cases

    def __call__(self, request: Request) -> Answer:
        case = self._cases[int(request.header(CASE_HEADER) or -1)]
        case.arrived = request
        recording, chance = case.recording, random.Random(case.pieces_seed)
        reply = case.reply_to(is_asked(json.loads(request.body)))
        headers = recording.reply_headers
        if not any(name == "content-type" for name, _ in headers):
            kind = "text/event-stream" if recording.is_event_stream else "application/json"
            headers = (*headers, ("content-type", kind))
        framings: tuple[Framing, ...] = ("chunked", "close") if recording.is_event_stream else ("length", "chunked")
        return Answer(
            status=recording.status,
            headers=(*headers, VENDOR_COOKIE),
            pieces=_cut(reply, chance),
            framing=chance.choices(framings, (9, 1))[0],
        )


def _cut(body: bytes, chance: random.Random) -> tuple[tuple[bytes, float], ...]:
    """Cut a body anywhere. Of some bodies each piece travels alone, of the others they may arrive together."""
    cuts = sorted(chance.randrange(len(body) + 1) for _ in range(chance.choice((0, 1, 2, 5, 20))))
    pause_s = 0.001 if chance.random() < 0.3 else 0.0
    edges = [0, *cuts, len(body)]
    return tuple((body[start:end], pause_s) for start, end in itertools.pairwise(edges))


@pytest.fixture
def all_cases() -> list[Case]:
    return list(cases())


@pytest.fixture
async def vendor(all_cases: list[Case]) -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(Script(all_cases)) as vendor:
        yield vendor


@pytest.fixture
async def gateway(tmp_path: Path, database_url: str, vendor: ScriptedVendor) -> AsyncIterator[RunningGateway]:
    async with running_gateway(tmp_path / "data", database_url, vendor.url) as gateway:
        await charge(gateway, USD)
        yield gateway


async def test_every_recorded_interaction_passes_through_byte_for_byte(
    gateway: RunningGateway, vendor: ScriptedVendor, all_cases: list[Case], capsys: pytest.CaptureFixture[str]
) -> None:
    await _own_all(gateway, all_cases)
    numbered = iter(enumerate(all_cases))
    problems: list[str] = []
    began_at = time.monotonic()

    async def call(session: aiohttp.ClientSession) -> None:
        for number, case in numbered:
            problems.extend(f"{_name(case)}: {problem}" for problem in await _problems(gateway, session, number, case))

    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, auto_decompress=False) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(CALLERS):
            group.create_task(call(session))

    seconds = time.monotonic() - began_at
    with capsys.disabled():
        print(f"\n{_report(all_cases)} in {seconds:.1f} s")
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:40])
    assert len(vendor.log) == len(all_cases)


async def _own_all(gateway: RunningGateway, all_cases: list[Case]) -> None:
    """Make the caller the owner of every object that the recorded requests refer to."""
    organisation_id = gateway.organisation_id
    async with gateway.database.organisation(organisation_id) as connection:
        principal = await find_principal(connection, organisation_id, "admin")
    assert principal is not None
    references: set[Reference] = set()
    for case in all_cases:
        target = find_target("POST", case.path)
        assert isinstance(target, Target)
        references |= find_references(target.dialect, scan(case.sent.encode()))
    owned = [
        VendorObject(organisation_id, principal.id, "vendor", reference.kind, reference.id) for reference in references
    ]
    assert {"response", "file", "container", "cache"} <= {found.kind for found in owned}
    await VendorObjectStore(gateway.database).record(owned)


async def _problems(gateway: RunningGateway, session: aiohttp.ClientSession, number: int, case: Case) -> list[str]:
    headers = {
        **dict(case.recording.headers),
        "authorization": f"Bearer {gateway.key}",
        "cookie": "caller=secret",
        CASE_HEADER: str(number),
    }
    headers.setdefault("content-type", "application/json")
    url = URL(gateway.url + case.target, encoded=True)
    async with asyncio.timeout(30), session.post(url, data=case.sent.encode(), headers=headers) as reply:
        body = await reply.read()
    if case.arrived is None:
        return [f"did not reach the vendor: {reply.status} {body[:300]!r}"]
    return [*_request_problems(case, case.arrived), *_reply_problems(case, reply, body)]


def _request_problems(case: Case, arrived: Request) -> Iterator[str]:
    if arrived.target != case.wanted_target:
        yield f"the vendor got {arrived.target}, not {case.wanted_target}"
    got = arrived.body.decode()
    if got != case.wanted and not (case.recording.counts_when_asked and _only_asks_usage(case, got)):
        yield f"the vendor got another body: {_difference(case.wanted.encode(), arrived.body)}"
    if case.recording.counts_when_asked and not is_asked(json.loads(got)):
        yield "the vendor was not asked for usage"
    received = {name.lower(): value for name, value in arrived.headers}
    for name, value in case.recording.headers:
        if received.get(name) != value:
            yield f"the vendor got {name}: {received.get(name)}, not {value}"
    if received.get("authorization") != f"Bearer {VENDOR_KEY}" or "cookie" in received:
        yield "the caller's credentials went to the vendor"


def _only_asks_usage(case: Case, got: str) -> bool:
    """Tell whether a chat stream's request differs in nothing but that it asks for usage."""
    if (
        case.recording.body.get("stream") is not True
        or is_asked(json.loads(case.wanted))
        or not is_asked(json.loads(got))
    ):
        return False
    added, before = members(got)["stream_options"], members(case.wanted).get("stream_options")
    if before is None:
        return case.wanted in added.without(got)
    options: dict[str, object] = json.loads(case.wanted)["stream_options"] or {}
    if json.loads(got)["stream_options"] != {**options, "include_usage": True}:
        return False
    return _with_member(got, "stream_options", case.wanted[before.value : before.end]) == case.wanted


def _reply_problems(case: Case, reply: aiohttp.ClientResponse, body: bytes) -> Iterator[str]:
    if case.recording.status == 401:
        # The one reply that is not passed on: the credential that the vendor refuses is not the caller's.
        if reply.status != 400 or b"refuses the credential" not in body:
            yield f"the caller got status {reply.status} with {body[:100]!r} for a vendor's 401"
        return
    wanted = case.reply_to(is_asked(case.recording.body))
    if reply.status != case.recording.status:
        yield f"the caller got status {reply.status}, not {case.recording.status}"
    if case.recording.is_event_stream and not case.recording.model_is_in_path and wanted.endswith(EVENT_ENDS):
        wanted += TOLD_COST
    if body != wanted:
        yield f"the caller got another body: {_difference(wanted, body)}"
    for name, value in case.recording.reply_headers:
        if reply.headers.getall(name, []) != [value]:
            yield f"the caller got {name}: {reply.headers.getall(name, [])}, not {value}"
    if "set-cookie" in reply.headers:
        yield "the vendor's cookie came down"


def _difference(wanted: bytes, got: bytes) -> str:
    at = next((at for at, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b), min(len(wanted), len(got)))
    return (
        f"at byte {at} of {len(wanted)} {got[max(0, at - 60) : at + 60]!r}, not {wanted[max(0, at - 60) : at + 60]!r}"
    )


def _name(case: Case) -> str:
    return f"{case.recording.id} {case.recording.operation} ({case.spelling})"


def _report(all_cases: list[Case]) -> str:
    recordings = {case.recording.id: case.recording for case in all_cases}
    kinds = Counter(recording.operation for recording in recordings.values())
    spelled = Counter(case.spelling for case in all_cases)
    return (
        f"recorded traffic: {len(recordings)} interactions in {len(all_cases)} calls"
        f" ({', '.join(f'{count} {name}' for name, count in kinds.most_common())};"
        f" {', '.join(f'{count} {name}' for name, count in spelled.most_common())})"
    )
