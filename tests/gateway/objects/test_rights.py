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
PLAIN: Json = {"model": "gpt-5", "messages": []}
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
    content = lines(PLAIN, body)

    reply = await people.alice.post("/v1/files", form(content, "batch"), FORM)

    assert reply.status == 403
    message = reply.json()["error"]["message"]
    assert message.startswith("Line 2: ")
    assert "'no-secret'" in message
    assert not vendor.requests
    assert LINE["url"] == "/v1/chat/completions"


@pytest.mark.parametrize(
    "body",
    [
        {"model": "gone-model", "messages": []},
        {"model": "vendor/gone-model", "messages": []},
        {"model": "gpt-5", "models": ["gone-model"], "messages": []},
    ],
)
async def test_a_batch_does_not_begin_from_a_file_for_a_model_whose_right_was_taken_away(
    gateway: RunningGateway, people: People, vendor: ScriptedVendor, body: Json
) -> None:
    lines_of_both = lines(PLAIN, body)
    file_id = (await people.alice.post("/v1/files", form(lines_of_both, "batch"), FORM)).json()["id"]
    others_id = (await people.alice.post("/v1/files", form(lines(PLAIN), "batch"), FORM)).json()["id"]
    before = await people.alice.post("/v1/batches", {"input_file_id": file_id})
    await regrant(gateway, "no-secret", GONE)
    await until_answered(people.alice, "/v1/models/gone-model", None, 403)
    vendor.log.clear()

    refused = await people.alice.post("/v1/batches", {"input_file_id": file_id})
    untouched = not vendor.requests
    of_others = await people.alice.post("/v1/batches", {"input_file_id": others_id})
    await regrant(gateway, "no-secret", NO_SECRET)
    await until_answered(people.alice, "/v1/models/a-secret", None, 403)

    assert (before.status, refused.status, of_others.status) == (200, 403, 200)
    error = refused.json()["error"]
    assert error["param"] == "input_file_id"
    assert error["message"].startswith("A line of the batch's file: ")
    assert "'no-secret'" in error["message"]
    assert untouched


async def test_a_batch_that_names_very_many_models_is_refused(people: People, vendor: ScriptedVendor) -> None:
    bodies: list[Json] = [{"model": f"vendor/model-{number}", "messages": []} for number in range(1_001)]

    at_most = await people.alice.post("/v1/files", form(lines(*bodies[:-1]), "batch"), FORM)
    vendor.log.clear()
    refused = await people.alice.post("/v1/files", form(lines(*bodies), "batch"), FORM)

    assert (at_most.status, refused.status) == (200, 400)
    assert refused.json()["error"]["message"].startswith("Line 1001: This batch names more than 1000 models")
    assert not vendor.requests


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
