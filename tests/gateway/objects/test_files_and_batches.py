"""Files, batches, caches and what else lives at a vendor: each caller has their own, on one credential."""

import json
from collections.abc import Awaitable, Callable

import pytest

from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json, Reply
from tests.parts.object_vendor import KeepingVendor
from tests.parts.people import People
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.ownership

ANTHROPIC = {"anthropic-version": "2023-06-01"}
FORM = {"content-type": "multipart/form-data; boundary=b"}
LINE: Json = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions"}
PARAMS: Json = {"model": "vendor/claude-x", "max_tokens": 9, "messages": []}


def form(content: bytes = b"hello", purpose: str = "user_data", *more: bytes) -> bytes:
    parts = [
        b'Content-Disposition: form-data; name="purpose"\r\n\r\n' + purpose.encode(),
        b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n' + content,
        *more,
    ]
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def lines(*bodies: Json) -> bytes:
    return b"".join(json.dumps({**LINE, "body": body}).encode() + b"\n" for body in bodies)


async def upload(caller: Caller, content: bytes = b"hello", purpose: str = "user_data") -> str:
    reply = await caller.post("/v1/files", form(content, purpose), FORM)
    assert reply.status == 200, reply.body
    return reply.json()["id"]


async def make_batch(caller: Caller) -> str:
    file_id = await upload(caller, lines({"model": "gpt-5", "messages": []}), "batch")
    reply = await caller.post("/v1/batches", {"input_file_id": file_id, "endpoint": "/v1/chat/completions"})
    assert reply.status == 200, reply.body
    return reply.json()["id"]


async def make(caller: Caller, path: str, body: Json, headers: dict[str, str] | None = None) -> str:
    reply = await caller.post(path, body, headers)
    assert reply.status == 200, reply.body
    return reply.json()["id"]


Shelf = tuple[str, Callable[[Caller], Awaitable[str]], tuple[tuple[str, str, bytes], ...], dict[str, str]]
"""One kind of object: its path, how one is made, what can be asked about one, and with which headers."""


async def _openai_file(caller: Caller) -> str:
    return await upload(caller)


async def _anthropic_file(caller: Caller) -> str:
    reply = await caller.post("/v1/files", form(), {**FORM, **ANTHROPIC})
    return reply.json()["id"]


async def _message_batch(caller: Caller) -> str:
    return await make(caller, "/v1/messages/batches", {"requests": [{"custom_id": "1", "params": PARAMS}]})


async def _conversation(caller: Caller) -> str:
    return await make(caller, "/v1/conversations", {"metadata": {}})


async def _container(caller: Caller) -> str:
    return await make(caller, "/v1/containers", {"name": "x"})


async def _cache(caller: Caller) -> str:
    return await make(caller, "/v1beta/cachedContents", {"model": "models/gemini-x"})


GET = ("GET", "", b"")
DELETE = ("DELETE", "", b"")
CANCEL = ("POST", "/cancel", b"")
CONTENT = ("GET", "/content", b"")
SHELVES: dict[str, Shelf] = {
    "files": ("/v1/files", _openai_file, (GET, CONTENT, DELETE), {}),
    "batches": ("/v1/batches", make_batch, (GET, CANCEL), {}),
    "anthropic files": ("/v1/files", _anthropic_file, (GET, CONTENT, DELETE), ANTHROPIC),
    "message batches": (
        "/v1/messages/batches",
        _message_batch,
        (GET, CANCEL, ("GET", "/results", b""), DELETE),
        ANTHROPIC,
    ),
    "conversations": (
        "/v1/conversations",
        _conversation,
        (GET, ("POST", "", b"{}"), ("GET", "/items", b""), ("POST", "/items", b"{}"), DELETE),
        {},
    ),
    "containers": ("/v1/containers", _container, (GET, ("GET", "/files/x/content", b""), DELETE), {}),
    "caches": ("/v1beta/cachedContents", _cache, (GET, ("PATCH", "", b"{}"), DELETE), {}),
}


@pytest.mark.parametrize("kind", SHELVES)
async def test_only_its_owner_gets_at_an_object(people: People, vendor: ScriptedVendor, kind: str) -> None:
    path, make_one, calls, headers = SHELVES[kind]
    made = await make_one(people.alice)
    vendor.log.clear()

    async def ask(caller: Caller, object_id: str, method: str, rest: str, body: bytes) -> tuple[int, bytes]:
        sent = {**caller.bearer, **headers}
        reply = await caller.ask(method, f"{path}/{object_id}{rest}", body=body, headers=sent)
        return reply.status, reply.body.replace(object_id.encode(), b"ID")

    for method, rest, body in calls:
        unknown = await ask(people.bob, "unknown_1", method, rest, body)
        foreign = await ask(people.bob, made, method, rest, body)
        elsewhere = await ask(people.stranger, made, method, rest, body)
        assert unknown[0] == 404
        assert foreign == elsewhere == unknown
    assert not vendor.requests
    for method, rest, body in calls:
        assert (await ask(people.alice_again, made, method, rest, body))[0] == 200
    if DELETE in calls:
        assert (await ask(people.alice, made, "GET", "", b""))[0] == 404


@pytest.mark.parametrize("kind", ["files", "batches", "anthropic files", "message batches", "containers", "caches"])
async def test_a_list_shows_the_callers_own_and_what_the_vendor_still_knows(
    people: People, keeping: KeepingVendor, kind: str
) -> None:
    path, make_one, _, headers = SHELVES[kind]
    before = {entry["id"] for entry in await listed(people.alice, path, headers)}
    mine = [await make_one(people.alice) for _ in range(3)]
    await make_one(people.bob)
    await make_one(people.stranger)
    for shelf in keeping.kept.values():
        shelf.pop(mine[1], None)

    shown = await listed(people.alice, path, headers)

    assert [entry["id"] for entry in shown if entry["id"] not in before] == [mine[2], mine[0]]


async def listed(caller: Caller, path: str, headers: dict[str, str]) -> list[Json]:
    reply = await caller.get(path, headers)
    assert reply.status == 200, reply.body
    page = reply.json()
    return page.get("data") or page.get("cachedContents") or []


@pytest.mark.parametrize(
    ("kind", "sized", "following"),
    [
        ("files", "limit=2", "limit=2&after={}"),
        ("anthropic files", "limit=2", "limit=2&after_id={}"),
        ("caches", "pageSize=2", "pageSize=2&pageToken={}"),
    ],
)
async def test_a_list_is_paged_as_its_dialect_pages(people: People, kind: str, sized: str, following: str) -> None:
    path, make_one, _, headers = SHELVES[kind]
    mine = [await make_one(people.bob) for _ in range(3)]

    first = (await people.bob.get(f"{path}?{sized}", headers)).json()
    token = first.get("nextPageToken") or first.get("last_id")
    second = (await people.bob.get(f"{path}?{following.format(token)}", headers)).json()

    entries = [*(first.get("data") or first["cachedContents"]), *(second.get("data") or second["cachedContents"])]
    assert first.get("has_more", True)
    assert [entry["id"] for entry in entries][:3] == mine[::-1]


@pytest.mark.parametrize("body", [{"model": "gpt-5", "messages": []}, {"model": "vendor/gpt-5", "messages": []}])
async def test_the_lines_of_a_batch_go_up_with_the_upstreams_name_of_their_model(
    people: People, keeping: KeepingVendor, body: Json
) -> None:
    file_id = await upload(people.alice, lines(body), "batch")

    sent = keeping.contents[file_id]
    assert b'"model": "gpt-5"' in sent.replace(b'":"', b'": "')
    assert b"vendor/" not in sent


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lines({"model": "gpt-5"}, {"model": ""}), "Line 2: "),
        (lines({"model": "gpt-5"}) + b"{nonsense", "Line 2: "),
        (lines({"model": "gpt-5", "messages": [{"content": [{"file": {"file_id": "file_theirs"}}]}]}), "file_theirs"),
        (b'{"url":"/v1/elsewhere","body":{}}', "Line 1: 'url' must be one of"),
        (b'{"url":"/v1/responses","body":{"model":"gpt-5","previous_response_id":"resp_theirs"}}', "resp_theirs"),
        (lines({"model": "gpt-5"}).replace(b'"url"', b'"x":\r{"url":"/v1/responses"}\r,"url"'), "Line 1: "),
    ],
)
async def test_a_batch_with_a_line_that_could_not_be_sent_by_itself_is_refused(
    people: People, vendor: ScriptedVendor, content: bytes, message: str
) -> None:
    reply = await people.alice.post("/v1/files", form(content, "batch"), FORM)

    assert reply.status in (400, 404)
    assert message in reply.json()["error"]["message"]
    assert not vendor.requests


async def test_a_file_that_was_not_checked_makes_no_batch(people: People, vendor: ScriptedVendor) -> None:
    unchecked = await upload(people.alice, b'{"body":{"previous_response_id":"theirs"}}', "user_data")
    vendor.log.clear()

    reply = await people.alice.post("/v1/batches", {"input_file_id": unchecked})

    assert reply.status == 404
    assert not vendor.requests


async def test_a_batch_is_made_of_ones_own_file_only(people: People, vendor: ScriptedVendor) -> None:
    file_id = await upload(people.alice, lines({"model": "gpt-5"}), "batch")
    vendor.log.clear()

    reply = await people.bob.post("/v1/batches", {"input_file_id": file_id})

    assert reply.status == 404
    assert not vendor.requests


async def test_the_results_of_a_batch_belong_to_whoever_made_it(people: People) -> None:
    batch = await make_batch(people.alice)
    output = (await people.alice.get(f"/v1/batches/{batch}")).json()["output_file_id"]

    mine = await people.alice.get(f"/v1/files/{output}/content")
    foreign = await people.bob.get(f"/v1/files/{output}/content")

    assert (mine.status, mine.body) == (200, b"content")
    assert foreign.status == 404


async def test_an_inline_batch_is_checked_and_gets_the_upstreams_models(people: People, vendor: ScriptedVendor) -> None:
    await _message_batch(people.alice)
    theirs = {**PARAMS, "container": "container_theirs"}

    body: Json = {"requests": [{"custom_id": "1", "params": theirs}]}
    refused = await people.alice.post("/v1/messages/batches", body)

    [request] = vendor.requests
    assert json.loads(request.body)["requests"][0]["params"]["model"] == "claude-x"
    assert refused.status == 404
    assert refused.json()["type"] == "error"


async def test_making_a_batch_is_booked_unpriced_and_reading_it_as_free(people: People, booked: Booked) -> None:
    batch = await make_batch(people.alice)
    await people.alice.get(f"/v1/batches/{batch}")

    uploaded, made, read = await booked.events(3)
    assert [event.operation for event in (uploaded, made, read)] == ["files.create", "batches.create", "batches.get"]
    assert [event.cost_nanousd for event in (uploaded, made, read)] == [0, None, 0]
    assert (made.provider, made.outcome, made.estimated) == ("vendor", "ok", False)


@pytest.mark.parametrize(
    "body",
    [
        form(b"x", "user_data", b'Content-Disposition: form-data; name="purpose"\r\n\r\nbatch'),
        form()[:-6],
        form().replace(b'name="purpose"', b'name="purpose"; name="file"'),
        form().replace(b'name="purpose"', b"name*=UTF-8''purpose"),
        form().replace(b"text/plain", b"text/plain\r\nContent-Transfer-Encoding: base64"),
        form(lines({"model": "gpt-5"}), "batch").replace(b'name="file"', b'name="file[]"'),
        form(lines({"model": "gpt-5"}), "batch").replace(b'name="file"', b'name="File"'),
        form(lines({"model": "gpt-5"}), "batch", b'Content-Disposition: form-data; name="[file][0]"\r\n\r\nx'),
        form(b"x", "batch").replace(b'name="file"', b'name="lines"'),
        form(b"x", "user_data", b'Content-Disposition: form-data; name="images[][File_ID]"\r\n\r\nx'),
        form(b"x", "user_data", b'Content-Disposition: form-data; name="fi\\le_id"\r\n\r\nx'),
        form(b"x", "user_data", b'Content-Disposition: form-data; name="fi\\\\le"\r\n\r\nx'),
        form(b"x", "user_data", b'Content-Disposition: form-data; name="fi\0le"\r\n\r\nx'),
        b"",
    ],
)
async def test_a_form_that_two_readers_could_read_in_two_ways_is_refused(
    people: People, vendor: ScriptedVendor, body: bytes
) -> None:
    reply = await people.alice.post("/v1/files", body, FORM)

    assert reply.status == 400
    assert not vendor.requests


async def test_references_to_files_audio_containers_and_caches_are_the_owners_alone(
    people: People, vendor: ScriptedVendor
) -> None:
    file_id, cache_id = await upload(people.alice), await _cache(people.alice)
    spoken = await people.alice.post(
        "/v1/chat/completions", {"model": "gpt-5", "modalities": ["text", "audio"], "messages": []}
    )
    ran = await people.alice.post("/v1/messages", {**PARAMS, "tools": [{"type": "code_execution_20260120"}]})
    audio_id = spoken.json()["choices"][0]["message"]["audio"]["id"]
    made_id = ran.json()["content"][0]["content"]["content"][0]["file_id"]
    said = [{"role": "user", "content": [{"type": "container_upload", "file_id": made_id}]}]
    calls: list[tuple[str, Json]] = [
        ("/v1/responses", {"model": "gpt-5", "input": [{"content": [{"type": "input_file", "file_id": file_id}]}]}),
        ("/v1/chat/completions", {"model": "gpt-5", "messages": [{"content": [{"file": {"file_id": file_id}}]}]}),
        ("/v1/chat/completions", {"model": "gpt-5", "messages": [{"role": "assistant", "audio": {"id": audio_id}}]}),
        ("/v1/messages", {**PARAMS, "container": ran.json()["container"]["id"]}),
        ("/v1/messages", {**PARAMS, "messages": said}),
        ("/v1beta/models/gemini-x:generateContent", {"cachedContent": f"cachedContents/{cache_id}", "contents": []}),
    ]

    vendor.log.clear()
    foreign = [(await people.bob.post(path, body)).status for path, body in calls]
    asked = len(vendor.requests)
    mine = [(await people.alice.post(path, body)).status for path, body in calls]

    assert foreign == [404] * 6
    assert asked == 0
    assert mine == [200] * 6


@pytest.mark.parametrize(
    "path",
    [
        "/v1/responses/..%2ffiles",
        "/v1/responses/%2e%2e/files",
        "/v1/files/..%2f..%2fbatches/content",
        "/v1/files/a%2fb",
        "/v1/files/a%00",
        "/v1/files/a?b%2f",
        "/v1/files/%3flimit=1",
        "/v1/files/a%23",
        "/v1/files/.",
        "/v1/files//content",
        "/v1beta/files/../cachedContents",
    ],
)
async def test_a_path_that_would_lead_elsewhere_reaches_no_vendor(
    people: People, vendor: ScriptedVendor, path: str
) -> None:
    reply: Reply = await people.alice.get(path)

    assert reply.status in (400, 404, 405)
    assert not vendor.requests
