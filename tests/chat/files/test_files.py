"""Files over the API: sent in pieces, part of a question, gone with its conversation, and nobody else's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from drawbridge.chat.errors import TooLargeConversationError
from drawbridge.chat.files.files import Files
from drawbridge.chat.files.reading.reader import FileReader
from drawbridge.chat.files.records import PIECE_BYTES, FileLimits
from drawbridge.chat.http import ChatPlugs
from tests.chat.conftest import Place
from tests.chat.files.bringing import Bringer, Json
from tests.parts.admin import admin_api, asking, make_key
from tests.parts.chat import HandWrittenOffers
from tests.parts.documents import letter, pdf, picture


@pytest.fixture
def ana(place: Place) -> Bringer:
    return Bringer(place.ana)


@pytest.fixture
async def ana_with_little(place: Place) -> AsyncIterator[Bringer]:
    """Ana, where a file has at most 2,000 bytes, and all files of somebody 3,000."""
    plugs = ChatPlugs(place.runs, HandWrittenOffers(), file_limits=FileLimits(2_000, 3_000))
    key = await make_key(place.database, place.clock, place.organisation_id, "ana")
    async with asking(admin_api(place.database, place.clock, chat=plugs), key.text) as asks:
        yield Bringer(asks)


async def _ask(place: Place, conversation: str, *files: str, text: str = "What does it say?") -> Json:
    parts: list[Json] = [{"type": "file", "id": file_id} for file_id in files]
    body = {"parent_id": None, "parts": [*parts, {"type": "text", "text": text}], "model": "small"}
    return await place.post(f"/api/chat/conversations/{conversation}/turns", body)


async def _refused(place: Place, conversation: str, *files: str, expect: int) -> Json:
    parts = [{"type": "file", "id": file_id} for file_id in files]
    body = {"parent_id": None, "parts": parts, "model": "small"}
    return await place.ana.refused("POST", f"/api/chat/conversations/{conversation}/turns", body, expect=expect)


async def test_a_file_comes_in_pieces_in_any_order_and_goes_back_as_it_came(ana: Bringer) -> None:
    data = b"The sea is deep. " * 100_000
    pieces = [data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES)]
    begun = await ana.begin("C:\\texts\\sea.txt", len(data))

    for number in (3, 1, 0, 2, 1):
        assert (await ana.send(begun["id"], number, pieces[number])).status_code == 204
    finished = await ana.asker.ask("POST", f"/api/chat/files/{begun['id']}/finish")

    assert (begun["state"], begun["piece_bytes"], len(pieces)) == ("arriving", PIECE_BYTES, 4)
    known = finished.json()
    assert (known["name"], known["state"], known["kind"]) == ("sea.txt", "ready", "text")
    assert (known["media_type"], known["characters"], known["cut"]) == ("text/plain", 1_500_000, True)
    assert await ana.asker.get(f"/api/chat/files/{begun['id']}") == known
    assert (await ana.asker.ask("POST", f"/api/chat/files/{begun['id']}/finish")).json() == known
    back = await ana.content(begun["id"])
    assert back.content == data
    assert back.headers["content-disposition"] == "attachment; filename*=UTF-8''sea.txt"
    assert back.headers["content-type"] == "application/octet-stream"
    assert back.headers["x-content-type-options"] == "nosniff"


async def test_an_image_is_shown_as_it_was_made_for_people_and_models(ana: Bringer) -> None:
    taken = picture((100, 50), "JPEG", exif={0x010F: "Camera of Ana"})
    image = await ana.bring("photo.jpg", taken)

    shown = await ana.content(image["id"], "shown")

    assert (image["kind"], image["width"], image["height"]) == ("image", 100, 50)
    assert shown.headers["content-type"] == "image/jpeg"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert b"Camera of Ana" not in shown.content
    assert (await ana.content(image["id"])).content == taken


async def test_a_browser_asks_each_time_whether_it_may_show_what_it_kept(place: Place, ana: Bringer) -> None:
    image = await ana.bring("photo.png", picture())
    first, shown = await ana.content(image["id"]), await ana.content(image["id"], "shown")

    again = await ana.content(image["id"], "shown", kept=shown.headers["etag"])
    other = await ana.content(image["id"], "shown", kept=first.headers["etag"])
    somebody = await Bringer(place.ben).content(image["id"], "shown", kept=shown.headers["etag"])
    await ana.asker.ask("DELETE", f"/api/chat/files/{image['id']}")
    gone = await ana.content(image["id"], "shown", kept=shown.headers["etag"])

    assert shown.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert (other.status_code, other.content) == (200, shown.content)
    assert (somebody.status_code, gone.status_code) == (404, 404)


async def test_what_is_wrong_with_a_piece_or_missing_is_told(ana: Bringer) -> None:
    begun = await ana.begin("sea.txt", PIECE_BYTES + 10)

    for number, data in ((0, b"short"), (1, b"x" * 11), (2, b""), (2, b"x"), (0, b"")):
        refused = await ana.send(begun["id"], number, data)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "file_piece")
    assert (await ana.send(begun["id"], 1, b"x" * 10)).status_code == 204
    refused = await ana.asker.refused("POST", f"/api/chat/files/{begun['id']}/finish", expect=409)

    assert refused["code"] == "file_incomplete"
    assert refused["message"] == "1 pieces of sea.txt are missing, the first is 0."


async def test_pieces_are_bytes_and_everything_else_is_json(ana: Bringer) -> None:
    begun = await ana.begin("sea.txt", 3)
    client, path = ana.asker.client, f"/api/chat/files/{begun['id']}/pieces/0"

    as_json = await client.put(path, content=b"sea", headers={"content-type": "application/json"})
    elsewhere = await client.post(
        "/api/chat/files", content=b"sea", headers={"content-type": "application/octet-stream"}
    )

    assert (as_json.status_code, as_json.json()["error"]["code"]) == (415, "not_bytes")
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (415, "not_json")


async def test_a_file_that_cannot_be_read_is_gone_and_says_why(ana: Bringer) -> None:
    file_id = await ana.send_all("locked.pdf", pdf(["secret"], locked=True))

    refused = await ana.asker.refused("POST", f"/api/chat/files/{file_id}/finish", expect=422)

    assert refused["code"] == "file_unreadable"
    assert refused["message"] == "locked.pdf is protected by a password: save it without."
    assert (await ana.asker.ask("GET", f"/api/chat/files/{file_id}")).status_code == 404


async def test_a_file_that_is_too_large_is_refused_before_it_is_sent(ana_with_little: Bringer) -> None:
    body = {"name": "sea.txt", "size": 2_001}

    refused = await ana_with_little.asker.refused("POST", "/api/chat/files", body, expect=413)

    assert refused["message"] == "sea.txt has 2 kB, and a file has at most 2 kB."


async def test_nobody_fills_the_disk_though_files_are_only_begun(ana_with_little: Bringer) -> None:
    await ana_with_little.begin("one.txt", 2_000)
    second = await ana_with_little.begin("two.txt", 1_000)

    refused = await ana_with_little.asker.refused("POST", "/api/chat/files", {"name": "x", "size": 1}, expect=409)
    await ana_with_little.asker.ask("DELETE", f"/api/chat/files/{second['id']}")

    assert refused["code"] == "files_full"
    await ana_with_little.begin("three.txt", 1_000)


async def test_a_question_has_its_files_and_goes_by_their_name_where_it_has_no_words(
    place: Place, ana: Bringer
) -> None:
    letter_, image = await ana.bring("sea.docx", letter()), await ana.bring("photo.png", picture())
    conversation = await place.begin()
    parts = [{"type": "file", "id": letter_["id"]}, {"type": "file", "id": image["id"]}]

    body = {"parent_id": None, "parts": parts, "model": "small"}
    await place.post(f"/api/chat/conversations/{conversation}/turns", body)

    question = (await place.branch(conversation))[0]
    assert [(part["type"], part["id"], part["filename"], part["kind"]) for part in question["parts"]] == [
        ("file", letter_["id"], "sea.docx", "text"),
        ("file", image["id"], "photo.png", "image"),
    ]
    assert question["parts"][1]["url"] == f"/api/chat/files/{image['id']}/content"
    whole = await place.ana.get(f"/api/chat/conversations/{conversation}")
    assert whole["title"] == "sea.docx, photo.png"


async def test_a_file_can_be_asked_about_again_in_its_conversation_and_in_no_other(place: Place, ana: Bringer) -> None:
    file = await ana.bring("sea.txt", b"deep")
    one, other = await place.begin(), await place.begin()
    await _ask(place, one, file["id"])
    await _ask(place, one, file["id"], text="In other words?")

    refused = await _refused(place, other, file["id"], expect=409)

    assert refused["code"] == "file_elsewhere"
    assert refused["message"] == "sea.txt belongs to another conversation: add it to this one again."


async def test_a_question_takes_no_file_that_is_not_finished_and_not_too_many(place: Place, ana: Bringer) -> None:
    conversation = await place.begin()
    begun = await ana.begin("sea.txt", 4)

    unfinished = await _refused(place, conversation, begun["id"], expect=409)
    too_many = await _refused(place, conversation, *[begun["id"]] * 21, expect=422)

    assert (unfinished["code"], too_many["code"]) == ("file_incomplete", "too_many_files")
    assert await place.branch(conversation) == []


async def test_a_file_goes_with_its_conversation_and_not_before(place: Place, ana: Bringer) -> None:
    file = await ana.bring("sea.txt", b"deep")
    conversation = await place.begin()
    turn = await _ask(place, conversation, file["id"])
    await place.writer.answer(turn["run_id"], "Deep.")
    in_use = await place.ana.refused("DELETE", f"/api/chat/files/{file['id']}", expect=409)

    await place.ana.ask("DELETE", f"/api/chat/conversations/{conversation}")

    assert in_use["code"] == "file_in_use"
    assert (await ana.content(file["id"])).status_code == 404
    async with place.database.organisation(place.organisation_id) as connection:
        left = await connection.exec_driver_sql("select count(*) from chat_file_piece")
        assert left.scalar_one() == 0


async def test_a_file_of_a_temporary_conversation_is_gone_when_that_is(place: Place, ana: Bringer) -> None:
    file = await ana.bring("sea.txt", b"deep")
    await _ask(place, await place.begin(temporary=True), file["id"])
    assert (await ana.content(file["id"])).status_code == 200

    place.clock.advance(timedelta(hours=25))

    assert (await ana.content(file["id"])).status_code == 404
    assert (await place.ana.ask("GET", f"/api/chat/files/{file['id']}")).status_code == 404


async def test_what_is_in_no_question_is_deleted_after_a_day(place: Place, ana: Bringer) -> None:
    asked, left = await ana.bring("asked.txt", b"deep"), await ana.bring("left.txt", b"deep")
    begun = await ana.begin("begun.txt", 100)
    await _ask(place, await place.begin(), asked["id"])
    place.clock.advance(timedelta(hours=25))
    young = await ana.bring("young.txt", b"deep")

    assert await Files(place.database, place.clock, FileReader()).sweep() == 2

    there = [(await ana.content(each["id"])).status_code for each in (asked, left, begun, young)]
    assert there == [200, 404, 404, 200]


async def test_nobody_sees_uses_or_deletes_a_file_of_somebody_else(place: Place, ana: Bringer) -> None:
    ben = Bringer(place.ben)
    file = await ana.bring("sea.txt", b"deep")
    begun = await ana.begin("more.txt", 4)
    conversation = (await place.ben.ask("POST", "/api/chat/conversations", {})).json()["id"]
    body = {"parent_id": None, "parts": [{"type": "file", "id": file["id"]}], "model": "small"}

    answers = [
        await place.ben.ask("GET", f"/api/chat/files/{file['id']}"),
        await ben.content(file["id"]),
        await ben.send(begun["id"], 0, b"evil"),
        await place.ben.ask("POST", f"/api/chat/files/{begun['id']}/finish"),
        await place.ben.ask("DELETE", f"/api/chat/files/{file['id']}"),
        await place.ben.ask("POST", f"/api/chat/conversations/{conversation}/turns", body),
    ]

    assert [(each.status_code, each.json()["error"]["code"]) for each in answers] == [(404, "file_unknown")] * 6
    assert (await ana.content(file["id"])).content == b"deep"


async def test_a_question_is_found_by_what_its_files_say_and_by_their_names(place: Place, ana: Bringer) -> None:
    file = await ana.bring("trenches.docx", letter())
    await _ask(place, await place.begin(), file["id"], text="Sum this up.")

    by_words = (await place.ana.get("/api/chat/search", q="trench measured"))["messages"]
    by_name = (await place.ana.get("/api/chat/search", q="docx"))["messages"]
    by_question = (await place.ana.get("/api/chat/search", q="sum"))["messages"]
    hidden = (await place.ben.get("/api/chat/search", q="trench"))["messages"]

    assert [each["file"] for each in by_words + by_name + by_question] == ["trenches.docx", "trenches.docx", None]
    assert [piece["text"] for piece in by_words[0]["pieces"] if piece["is_match"]] == ["Trench", "Measured"]
    assert hidden == []


async def test_an_export_names_files_and_holds_their_words(place: Place, ana: Bringer) -> None:
    file, image = await ana.bring("the_sea.docx", letter()), await ana.bring("photo.png", picture())
    conversation = await place.begin()
    await _ask(place, conversation, file["id"], image["id"])
    path = f"/api/chat/conversations/{conversation}/export"

    markdown = (await place.ana.ask("GET", path)).text
    whole = await place.ana.get(path, format="json")

    assert "What does it say?" in markdown
    assert "*File: the\\_sea.docx*" in markdown
    assert list(whole["file_texts"]) == [file["id"]]
    assert "Measured." in whole["file_texts"][file["id"]]
    assert whole["messages"][0]["parts"][1]["url"] == f"/api/chat/files/{image['id']}/content"


# Any: rows of no type of ours.
async def test_a_full_disk_is_told_as_what_it_is_and_loses_nothing(
    ana: Bringer, superuser: psycopg.Connection[Any]
) -> None:
    begun = await ana.begin("sea.txt", 4)
    # What PostgreSQL itself raises when it cannot make a file larger (src/backend/storage/smgr/md.c).
    full = """
        create function no_room() returns trigger language plpgsql as $$
        begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
        create trigger no_room before insert on chat_file_piece for each row execute function no_room();
    """
    superuser.execute(full)
    refused = await ana.send(begun["id"], 0, b"deep")
    superuser.execute("drop trigger no_room on chat_file_piece")

    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "disk_full")
    assert "The database's disk is full" in refused.json()["error"]["message"]
    assert (await ana.send(begun["id"], 0, b"deep")).status_code == 204
    assert (await ana.asker.ask("POST", f"/api/chat/files/{begun['id']}/finish")).status_code == 200


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("sea.txt", b"The sea. " * 500),
        ("photo.png", picture((1000, 800))),
        ("pages.pdf", pdf(["", ""]) + b" " * 4000),
    ],
)
async def test_files_that_no_call_may_say_are_refused_before_they_are_read(
    place: Place, ana: Bringer, name: str, data: bytes
) -> None:
    conversation, file = await place.begin(), await ana.bring(name, data)
    turn = await _ask(place, conversation, file["id"])
    run = place.runs.run(UUID(turn["run_id"]))

    with pytest.raises(TooLargeConversationError):
        await replace(place.writer, most_bytes=2000).product.read(run)

    assert (await replace(place.writer, most_bytes=100_000).product.read(run)).messages
