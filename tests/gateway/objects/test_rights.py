"""What lives at a vendor is made and used by those who may use the vendor, and only with models that they may use."""

from collections.abc import Awaitable, Callable

import pytest

from drawbridge.policy.entries import GrantEntry
from tests.gateway.objects.test_files_and_batches import ANTHROPIC, FORM, LINE, PARAMS, form, lines, upload
from tests.parts.caller import Caller, Json, Reply
from tests.parts.gateway import RunningGateway
from tests.parts.people import People
from tests.parts.rights import grant, regrant, ungrant, until_answered
from tests.parts.vendor import ScriptedVendor

NO_PROVIDER = GrantEntry(effect="deny", to="user:bob", may=("use",), on=("provider:*",), reason="Ask Ana for files.")
NO_SECRET = GrantEntry(effect="deny", to="user:alice", may=("use",), on=("model:*secret*",))
GONE = GrantEntry(effect="deny", to="user:alice", may=("use",), on=("model:gone-*", "provider:gone"))
RESPONSE: Json = {"model": "gone-model", "input": "Hi"}


@pytest.fixture(scope="module", autouse=True)
async def rights(shared_gateway: RunningGateway, shared_people: People) -> None:
    await grant(shared_gateway, "no-provider", NO_PROVIDER)
    await grant(shared_gateway, "no-secret", NO_SECRET)
    await until_answered(shared_people.alice, "/v1/models/a-secret", None, 403)


async def _file(caller: Caller) -> Reply:
    return await caller.post("/v1/files", form(), FORM)


async def _anthropic_file(caller: Caller) -> Reply:
    return await caller.post("/v1/files", form(), FORM | ANTHROPIC)


async def _message_batch(caller: Caller) -> Reply:
    return await caller.post("/v1/messages/batches", {"requests": [{"custom_id": "1", "params": PARAMS}]})


async def _conversation(caller: Caller) -> Reply:
    return await caller.post("/v1/conversations", {"metadata": {}})


async def _container(caller: Caller) -> Reply:
    return await caller.post("/v1/containers", {"name": "x"})


async def _cache(caller: Caller) -> Reply:
    return await caller.post("/v1beta/cachedContents", {"model": "models/gemini-x"})


async def _upload(caller: Caller) -> Reply:
    return await caller.post("/upload/v1beta/files", b"x", {"x-goog-upload-protocol": "raw"})


@pytest.mark.parametrize(
    "make",
    [_file, _anthropic_file, _message_batch, _conversation, _container, _cache, _upload],
    ids=lambda make: make.__name__,
)
async def test_nothing_is_made_at_a_provider_that_may_not_be_used(
    people: People, vendor: ScriptedVendor, make: Callable[[Caller], Awaitable[Reply]]
) -> None:
    refused = await make(people.bob)

    assert refused.status == 403
    assert b"'no-provider'" in refused.body
    assert b"Ask Ana for files." in refused.body
    assert not vendor.requests
    assert (await make(people.alice)).status == 200


async def test_who_may_not_use_a_provider_any_more_can_delete_what_is_there_and_not_read_it(
    gateway: RunningGateway, people: People, vendor: ScriptedVendor
) -> None:
    file_id = await upload(people.alice)
    await grant(gateway, "for-a-while", GrantEntry(effect="deny", to="user:alice", may=("use",), on=("provider:*",)))
    await until_answered(people.alice, f"/v1/files/{file_id}/content", None, 403)
    vendor.log.clear()

    used = await people.alice.post(
        "/v1/responses",
        {"model": "gpt-5", "input": [{"role": "user", "content": [{"type": "input_file", "file_id": file_id}]}]},
    )
    listed = await people.alice.get("/v1/files")
    untouched = not vendor.requests
    deleted = await people.alice.ask("DELETE", f"/v1/files/{file_id}", headers=people.alice.bearer)
    await ungrant(gateway, "for-a-while")
    await until_answered(people.alice, "/v1/conversations", {"metadata": {}}, 200)

    assert used.status == 403
    assert listed.json()["data"] == []
    assert untouched
    assert deleted.status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"model": "a-secret", "messages": []},
        {"model": "vendor/a-secret", "messages": []},
        {"model": "gpt-5", "models": ["a-secret"], "messages": []},
    ],
)
async def test_a_batch_with_one_line_for_a_model_that_may_not_be_used_is_refused_with_the_line(
    people: People, vendor: ScriptedVendor, body: Json
) -> None:
    content = lines({"model": "gpt-5", "messages": []}, body)

    reply = await people.alice.post("/v1/files", form(content, "batch"), FORM)

    assert reply.status == 403
    message = reply.json()["error"]["message"]
    assert message.startswith("Line 2: ")
    assert "'no-secret'" in message
    assert not vendor.requests
    assert LINE["url"] == "/v1/chat/completions"


async def test_a_message_batch_for_a_model_that_may_not_be_used_is_refused(
    people: People, vendor: ScriptedVendor
) -> None:
    requests = [
        {"custom_id": str(number), "params": PARAMS | {"model": model}}
        for number, model in enumerate(("b", "a-secret"))
    ]

    reply = await people.alice.post("/v1/messages/batches", {"requests": requests})

    assert reply.status == 403
    assert reply.json()["error"]["message"].startswith("requests[1]: ")
    assert not vendor.requests


async def test_a_cache_for_a_model_that_may_not_be_used_is_refused(people: People, vendor: ScriptedVendor) -> None:
    reply = await people.alice.post("/v1beta/cachedContents", {"model": "models/a-secret"})

    assert reply.status == 403
    assert not vendor.requests


async def test_a_response_is_not_continued_with_a_model_whose_right_was_taken_away(
    gateway: RunningGateway, people: People, vendor: ScriptedVendor
) -> None:
    made = (await people.alice.post("/v1/responses", RESPONSE)).json()["id"]
    await regrant(gateway, "no-secret", GONE)
    await until_answered(people.alice, "/v1/models/gone-model", None, 403)
    vendor.log.clear()

    continued = await people.alice.post("/v1/responses", RESPONSE | {"previous_response_id": made})
    untouched = not vendor.requests
    read = await people.alice.get(f"/v1/responses/{made}")
    await regrant(gateway, "no-secret", NO_SECRET)
    await until_answered(people.alice, "/v1/models/a-secret", None, 403)

    assert continued.status == 403
    assert untouched
    assert read.status == 200
