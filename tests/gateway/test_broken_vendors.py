"""A vendor that does not keep to HTTP, in any dialect: the caller is told, and the next call finds all in order."""

from dataclasses import replace

import pytest

from tests.gateway.examples import EVENT_STREAMS, WHOLE
from tests.parts.answers import answer_by_path
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json, Reply
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

JSON = ("content-type", "application/json")
HEAD = b"HTTP/1.1 200 OK\r\n"
WITHOUT_A_HEAD = {
    "a reset": Answer(reset=True),
    "no HTTP": Answer(before_head=b"\x16\x03\x01\x00 and this is no HTTP\r\n\r\n"),
    "headers without end": Answer(before_head=HEAD + b"x-more: and more\r\n" * 100_000),
    "a header without end": Answer(before_head=HEAD + b"x-more: " + b"y" * 2_000_000),
    "an HTTP of another kind": Answer(before_head=b"HTTP/9.9 999 ?\r\n\r\n"),
    "two lengths": Answer(headers=(JSON, ("content-length", "5")), pieces=((b"{}", 0),)),
    "a length that is none": Answer(headers=(JSON, ("content-length", "-2")), pieces=((b"{}", 0),), framing="close"),
}
BROKEN_BODIES = {
    "a chunk without a size": b"zz\r\n{}\r\n",
    "a chunk of negative size": b"-2\r\n{}\r\n",
    "a chunk that runs on": b"1\r\n{}}}}}\r\n",
    "a chunk with too large a size": b"f" * 40 + b"\r\n{}\r\n",
}


@pytest.mark.parametrize("answer", WITHOUT_A_HEAD.values(), ids=WITHOUT_A_HEAD)
@pytest.mark.parametrize(("path", "body"), [*WHOLE, *EVENT_STREAMS])
async def test_an_answer_that_cannot_be_read_is_told_in_the_callers_dialect(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json, answer: Answer
) -> None:
    vendor.script = always(answer)
    told = await caller.post(path, body)
    vendor.script = answer_by_path
    after = await caller.post(path, body)

    first, second = await booked.events(2)
    assert told.status == 502
    assert len(message_of(told, path)) > 20
    assert int(told.headers["retry-after"]) > 0
    assert (first.outcome, first.estimated) == ("provider_failed", True)
    assert (after.status, second.outcome) == (200, "ok")
    assert len(vendor.log) == 2, "it was sent again"


@pytest.mark.parametrize("broken", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
@pytest.mark.parametrize(("path", "body"), EVENT_STREAMS)
async def test_a_stream_in_broken_chunks_ends_with_a_failure(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json, broken: bytes
) -> None:
    def script(request: Request) -> Answer:
        usual = answer_by_path(request)
        event = usual.pieces[0][0]
        pieces = ((b"%x\r\n%b\r\n" % (len(event), event), 0.02), (broken, 0.0))
        headers = (*usual.headers, ("transfer-encoding", "chunked"))
        return replace(usual, headers=headers, pieces=pieces, framing="close")

    vendor.script = script
    cut = await caller.post(path, body)
    vendor.script = answer_by_path
    after = await caller.post(path, body)

    first, second = await booked.events(2)
    assert cut.status == 200
    assert b"broke off its reply" in cut.body.rstrip().rpartition(b"\n\n")[2]
    assert (first.outcome, first.estimated) == ("cut_by_provider", True)
    assert (after.status, second.outcome) == (200, "ok")


@pytest.mark.parametrize(("path", "body"), [*WHOLE, *EVENT_STREAMS])
async def test_a_page_instead_of_an_answer_comes_down_as_it_is_and_costs_nothing(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    page = b"<html><h1>502 Bad Gateway</h1></html>"
    vendor.script = always(Answer(status=502, headers=(("content-type", "text/html"),), pieces=((page, 0),)))

    reply = await caller.post(path, body)

    event = await booked.event()
    assert (reply.status, reply.body, reply.headers["content-type"]) == (502, page, "text/html")
    assert (event.outcome, event.cost_nanousd, event.input_tokens) == ("provider_failed", 0, 0)


@pytest.mark.parametrize(("path", "body"), [*WHOLE, *EVENT_STREAMS])
async def test_garbage_with_a_good_status_is_passed_on_and_booked_as_estimated(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    garbage = b'\xff\xfe{"usage": [[[ \x00'
    vendor.script = always(Answer(headers=(JSON,), pieces=((garbage, 0),)))

    reply = await caller.post(path, body)

    event = await booked.event()
    assert (reply.status, reply.body) == (200, garbage)
    assert event.estimated


def message_of(reply: Reply, path: str) -> str:
    """Return what an error says, after a look at its shape in the dialect of a path."""
    told = reply.json()
    error = told["error"]
    match path.split("/")[1:3]:
        case ["v1", "messages"]:
            assert (told["type"], error["type"]) == ("error", "api_error")
        case ["v1", _]:
            assert (error["type"], error["code"]) == ("server_error", "provider_broke_off")
        case _:
            assert (error["code"], error["status"]) == (502, "INTERNAL")
    return error["message"]
