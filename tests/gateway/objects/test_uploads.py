"""Files for Gemini: the bytes may come without a key, and belong to whoever began the upload."""

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.gateway.objects.uploads import UploadSeal
from drawbridge.gateway.refusals import Refusal
from drawbridge.identity.keyring import Keyring
from drawbridge.identity.keys import parse_key
from tests.parts.caller import Caller, calling
from tests.parts.gateway import RunningGateway
from tests.parts.keys import holder_of
from tests.parts.people import People, new_key
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.ownership

START = {"x-goog-upload-protocol": "resumable", "x-goog-upload-command": "start"}
FINISH = {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"}


async def begin(caller: Caller) -> str:
    reply = await caller.post("/upload/v1beta/files", {"file": {}}, START)
    assert reply.status == 200, reply.body
    return reply.headers["x-goog-upload-url"]


async def test_the_bytes_of_an_upload_come_through_us_without_a_key_and_belong_to_its_beginner(
    people: People, vendor: ScriptedVendor
) -> None:
    address = await begin(people.alice)
    path = address.removeprefix(people.alice.url)

    done = await people.alice.ask("POST", path, body=b"bytes", headers=FINISH)

    file = done.json()["file"]
    said = {"contents": [{"parts": [{"fileData": {"fileUri": file["uri"]}}]}]}
    mine = await people.alice.post("/v1beta/models/gemini-x:generateContent", said)
    foreign = await people.bob.post("/v1beta/models/gemini-x:generateContent", said)
    read = await people.alice.get(f"/v1beta/{file['name']}")
    hidden = await people.bob.get(f"/v1beta/{file['name']}")
    assert path.startswith("/upload/v1beta/files?upload_id=")
    assert done.headers["x-goog-upload-status"] == "final"
    assert [reply.status for reply in (mine, foreign, read, hidden)] == [200, 404, 200, 404]
    assert vendor.requests[1].body == b"bytes"
    assert vendor.requests[1].query.startswith("upload_id=up-")
    assert vendor.requests[1].header("authorization") == "Bearer vendor-credential"


@pytest.mark.parametrize("change", ["cut", "turned", "vendors"])
async def test_an_address_that_was_not_given_out_leads_nowhere(
    people: People, vendor: ScriptedVendor, change: str
) -> None:
    address = await begin(people.alice)
    word = address.partition("upload_id=")[2].partition("&")[0]
    changed = {"cut": word[:-8], "turned": word[::-1], "vendors": "up-1"}[change]
    vendor.log.clear()

    reply = await people.bob.post(f"/upload/v1beta/files?upload_id={changed}", b"bytes", FINISH)

    assert reply.status == 404
    assert not vendor.requests


async def test_an_upload_ends_with_the_key_that_began_it(
    people: People, gateway: RunningGateway, vendor: ScriptedVendor
) -> None:
    key = await new_key(gateway, gateway.organisation_id, "carol")
    async with calling(gateway.url, key) as carol:
        path = (await begin(carol)).removeprefix(gateway.url)
    key_hash = parse_key(key)
    assert key_hash is not None
    record = await holder_of(gateway.database, key_hash)
    assert record is not None
    await Keyring(gateway.database, SystemClock()).revoke(gateway.organisation_id, record.id)
    async with calling(gateway.url, key) as carol:
        while (await carol.get("/v1/models")).status == 200:
            pass
    vendor.log.clear()

    reply = await people.bob.ask("POST", path, body=b"bytes", headers=FINISH)

    assert reply.status == 401
    assert not vendor.requests


def test_a_word_sealed_elsewhere_does_not_open() -> None:
    with pytest.raises(Refusal):
        UploadSeal(lambda: bytes(32), lambda: [bytes(32)]).open("A" * 80, SystemClock().now())
