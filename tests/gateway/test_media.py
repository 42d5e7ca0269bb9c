"""Media by address: fetched from the public web only, within bounds, and without a word about the network inside."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator

import pytest

from drawbridge.egress import Deadlines, PoolDoor
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.media import MediaFetcher, take_in_data_urls
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.wire.canonical import Medium, Message, Request, ToolResult
from drawbridge.gateway.wire.dialect import Target, WireRequest
from drawbridge.gateway.wire.gemini import GEMINI
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.profiles import UNKNOWN
from tests.egress.servers import MadeUpNetwork
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer
from tests.parts.wire import Request as Received

PUBLIC = "93.184.216.34"
PNG = b"\x89PNG\r\n\x1a\n and more"
PATIENT = Deadlines(connect_s=5, first_byte_s=5, between_bytes_s=5, total_s=10)
TARGET = Target("google", "gemini-x", UNKNOWN)


def picture(request: Received) -> Answer:
    del request
    return Answer(headers=(("content-type", "image/png; name=x"),), pieces=((PNG, 0),))


class Web:
    """A site at a public address of a network that is made up, and who fetches from it."""

    def __init__(self, site: ScriptedVendor, *addresses: tuple[str, ...]) -> None:
        self.site = site
        self.network = MadeUpNetwork(*(addresses or ((PUBLIC,),)), ports={PUBLIC: site.port, "127.0.0.1": site.port})
        self.door = PoolDoor(network=self.network, names_remembered_s=0)

    def answers(self, answer: Answer) -> None:
        """Have the site answer everything so."""

        def script(request: Received) -> Answer:
            del request
            return answer

        self.site.script = script

    async def fetch(self, *media: Medium, deadlines: Deadlines = PATIENT, at_once: int = 32) -> None:
        await MediaFetcher(self.door, at_once, deadlines).fetch_media(_asked(*media), GEMINI, TARGET)

    async def refused(self, *media: Medium, deadlines: Deadlines = PATIENT) -> Refusal:
        with pytest.raises(Refusal) as refusal:
            await self.fetch(*media, deadlines=deadlines)
        return refusal.value


def _asked(*media: Medium) -> Request:
    return Request(dialect="openai-chat", model="m", messages=[Message(role="user", parts=[*media])])


def image(url: str = "http://site.example/a.png") -> Medium:
    return Medium(at="messages[0].content[0]", raw=None, kind="image", url=url)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with ScriptedVendor(picture) as site:
        web = Web(site)
        yield web
        await web.door.close()


async def test_a_medium_is_fetched_and_is_of_the_type_that_its_server_says(web: Web) -> None:
    medium = image()

    await web.fetch(medium)

    assert (b64decode(medium.data or ""), medium.media_type, medium.url) == (PNG, "image/png", None)


async def test_what_stands_in_several_places_is_fetched_once_and_put_into_all_of_them(web: Web) -> None:
    within = Medium(at="a", raw=None, kind="document", blocks=[image()])
    result = ToolResult(at="b", raw=None, call_id="1", parts=[image()])
    request = Request(
        dialect="openai-chat", model="m", messages=[Message(role="user", parts=[image(), within, result])]
    )

    await MediaFetcher(web.door).fetch_media(request, GEMINI, TARGET)

    assert len(web.site.requests) == 1
    first, document, answer = request.messages[0].parts
    assert isinstance(first, Medium)
    assert isinstance(document, Medium)
    assert isinstance(answer, ToolResult)
    inner = [*(document.blocks or ()), *answer.parts]
    assert {first.data} == {medium.data for medium in inner if isinstance(medium, Medium)}
    assert len(inner) == 2


async def test_nothing_of_the_caller_goes_to_the_server_of_a_medium(web: Web) -> None:
    await web.fetch(image())

    names = {name.lower() for name, _ in web.site.requests[0].headers}
    assert names == {"host", "accept", "accept-encoding", "user-agent"}


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("http://site.example/a b.png", "/a%20b.png"),
        ("http://site.example/ä.png?q=ö%20", "/%C3%A4.png?q=%C3%B6%20"),
        (" http://site.example/a.png#part\n", "/a.png"),
        ("HTTP://SITE.example/%2e%2e/x?a=b&c[]=d", "/%2e%2e/x?a=b&c[]=d"),
    ],
)
async def test_an_address_may_be_written_as_people_write_it(web: Web, written: str, target: str) -> None:
    await web.fetch(image(written))

    assert web.site.requests[0].target == target


async def test_a_host_in_another_alphabet_is_looked_up_by_its_plain_name(web: Web) -> None:
    await web.fetch(image("http://bücher.example/a.png"))

    assert web.network.looked_up == ["xn--bcher-kva.example"]


INSIDE = [
    "127.0.0.1",
    "10.0.0.7",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "::ffff:10.0.0.7",
    "fd00::7",
    "64:ff9b::10.0.0.7",
]


@pytest.mark.parametrize("address", INSIDE)
async def test_a_name_that_leads_inside_is_not_fetched_and_not_told_from_one_that_does_not_answer(
    web: Web, address: str
) -> None:
    inside = Web(web.site, (address,))
    silent = Web(web.site, ("93.184.216.35",))

    refusal = await inside.refused(image("http://intranet.example/secret"))

    assert web.site.requests == []
    assert inside.network.connected == []
    assert refusal.message == (await silent.refused(image("http://intranet.example/secret"))).message
    assert address not in refusal.message


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0", "[::1]", "[::ffff:7f00:1]", "localhost"],
)
async def test_no_spelling_of_this_machine_is_fetched_from(web: Web, host: str) -> None:
    door = PoolDoor()

    with pytest.raises(Refusal) as refusal:
        await MediaFetcher(door).fetch_media(_asked(image(f"http://{host}:{web.site.port}/a.png")), GEMINI, TARGET)

    assert web.site.connections_opened == 0
    assert "not on the public internet" in refusal.value.message
    await door.close()


async def test_a_name_that_turns_private_between_two_media_is_refused_for_the_second(web: Web) -> None:
    rebound = Web(web.site, (PUBLIC,), ("127.0.0.1",))
    await rebound.fetch(image())
    await rebound.door.close()

    await rebound.refused(image("http://site.example/other.png"))

    assert rebound.network.connected == [PUBLIC]


async def test_a_redirect_is_not_followed(web: Web) -> None:
    web.answers(Answer(status=302, headers=(("location", "http://127.0.0.1/secret"),)))

    refusal = await web.refused(image())

    assert "answered 302" in refusal.message
    assert len(web.site.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://site.example/a.png",
        "gopher://site.example/a",
        "rehearsal:/chat/completions",
        "/a.png",
        "//site.example/a.png",
        "http://ann:secret@site.example/a.png",
        "http://[::1/a.png",
        "http://site.example:99999/a.png",
        "http:///a.png",
        "http://site.example\\@127.0.0.1/a.png",
        "http://" + "ä" * 300 + ".example/",
        "http://site.example/\ud800",
        "gs://bucket/object",
    ],
)
async def test_what_is_no_plain_address_of_the_web_is_refused_by_name(web: Web, url: str) -> None:
    refusal = await web.refused(image(url))

    assert (refusal.reason, refusal.param) == ("bad_request", "messages[0].content[0]")
    assert "secret" not in refusal.message
    assert web.network.looked_up == []


async def test_an_endless_medium_is_left_at_its_limit(web: Web) -> None:
    web.answers(Answer(pieces=((bytes(1 << 20), 0),) * 64, framing="chunked"))

    refusal = await web.refused(image())

    assert "it is larger than" in refusal.message
    assert web.site.log[0].sent_bytes < 64 << 20


async def test_media_that_are_too_large_together_are_refused(web: Web) -> None:
    web.answers(Answer(headers=(("content-type", "image/png"),), pieces=((bytes(18 << 20), 0),)))

    refusal = await web.refused(image("http://site.example/1"), image("http://site.example/2"))

    assert refusal.reason == "too_large"


async def test_all_media_together_have_the_time_of_one(web: Web) -> None:
    web.answers(Answer(headers=(("content-type", "image/png"),), pieces=((PNG, 0),), delay_s=0.3))
    hurried = Deadlines(connect_s=1, first_byte_s=1, between_bytes_s=1, total_s=0.5)
    many = [image(f"http://site.example/{number}") for number in range(3)]

    with pytest.raises(Refusal, match=r"within 0\.5 s"):
        await web.fetch(*many, deadlines=hurried, at_once=1)

    assert len(web.site.log) < 3


async def test_more_than_fifty_media_are_refused_before_any_is_fetched(web: Web) -> None:
    refusal = await web.refused(*(image(f"http://site.example/{number}") for number in range(51)))

    assert "50" in refusal.message
    assert web.site.requests == []


async def test_all_callers_together_fetch_no_more_at_once_than_there_are_places(web: Web) -> None:
    fetcher = MediaFetcher(web.door, 2, PATIENT)
    opened: list[int] = []

    def script(request: Received) -> Answer:
        opened.append(sum(not received.did_answer for received in web.site.log))
        return Answer(headers=picture(request).headers, pieces=((PNG, 0),), delay_s=0.01)

    web.site.script = script
    async with asyncio.TaskGroup() as group:
        for caller in range(4):
            media = [image(f"http://site.example/{caller}/{number}") for number in range(3)]
            group.create_task(fetcher.fetch_media(_asked(*media), GEMINI, TARGET))

    assert len(opened) == 12
    assert max(opened) == 2


@pytest.mark.parametrize(
    ("content_type", "body", "is_taken"),
    [
        ("image/png", PNG, True),
        ("IMAGE/PNG; a=b", PNG, True),
        (None, PNG, True),
        ("application/octet-stream", PNG, True),
        ("text/html; charset=utf-8", b"<html>", False),
        ("audio/mpeg", b"ID3", False),
        (None, b"%PDF-1.7", True),
        ("image/png", b"", False),
    ],
)
async def test_only_what_can_be_an_image_is_taken_for_one(
    web: Web, content_type: str | None, body: bytes, *, is_taken: bool
) -> None:
    headers = (("content-type", content_type),) if content_type else ()
    web.answers(Answer(headers=headers, pieces=((body, 0),) if body else ()))
    medium = image()

    if is_taken:
        await web.fetch(medium)

        assert medium.media_type == ("application/pdf" if body.startswith(b"%PDF") else "image/png")
    else:
        refusal = await web.refused(medium)

        assert "Send it as data" in refusal.message


async def test_a_page_in_the_place_of_a_stated_document_is_refused(web: Web) -> None:
    web.answers(Answer(headers=(("content-type", "text/html"),), pieces=((b"<html>", 0),)))
    document = Medium(at="a", raw=None, kind="document", url="http://site.example/a.pdf", media_type="application/pdf")

    assert "text/html" in (await web.refused(document)).message


async def test_a_medium_that_comes_packed_is_refused(web: Web) -> None:
    headers = (("content-type", "image/png"), ("content-encoding", "gzip"))
    web.answers(Answer(headers=headers, pieces=((b"\x1f\x8b", 0),)))

    assert "packed" in (await web.refused(image())).message


async def test_a_fetch_ends_when_nobody_waits_for_it_any_more(web: Web) -> None:
    web.answers(Answer(never=True))

    async with asyncio.TaskGroup() as group:
        task = group.create_task(web.fetch(image()))
        await web.site.until(lambda: bool(web.site.log))
        task.cancel()

    assert task.cancelled()
    await web.site.until(lambda: web.site.log[0].did_peer_leave)


@pytest.mark.parametrize(
    ("url", "media_type", "data"),
    [
        ("DATA:Image/PNG;BASE64,iVBORw==", "image/png", "iVBORw=="),
        ("data:image/svg+xml,%3Csvg%2F%3E", "image/svg+xml", "PHN2Zy8+"),
        ("data:image/png;name=a.png;base64,iVBO%2BA==", "image/png", "iVBO+A=="),
        ("data:,hello", "text/plain", "aGVsbG8="),
    ],
)
def test_what_stands_in_an_odd_data_address_is_the_mediums_data(url: str, media_type: str, data: str) -> None:
    medium = image(url)

    take_in_data_urls(_asked(medium))

    assert (medium.url, medium.media_type, medium.data) == (None, media_type, data)


def test_a_data_address_without_data_is_refused_by_name() -> None:
    with pytest.raises(MalformedRequest) as refused:
        take_in_data_urls(_asked(image("data:image/png")))

    assert refused.value.param == "messages[0].content[0]"


@pytest.mark.parametrize("spoken", ["anthropic-messages", "gemini", "openai-responses"])
def test_an_odd_data_address_of_a_chat_caller_reaches_any_vendor_as_data(spoken: Dialect) -> None:
    part = {"type": "image_url", "image_url": {"url": "DATA:IMAGE/PNG;BASE64,iVBORw=="}}
    body = {"model": "m", "messages": [{"role": "user", "content": [part]}]}
    request = DIALECTS["openai-chat"].read_request(WireRequest("POST", "/chat/completions", (), (), body))

    take_in_data_urls(request)

    written = DIALECTS[spoken].write_request(request, TARGET)
    text = str(written.wire.body)
    assert "iVBORw==" in text
    assert "image/png" in text
    assert "DATA:" not in text
    assert not [*written.losses]
