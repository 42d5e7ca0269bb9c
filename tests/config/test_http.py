"""The sections of drawbridge.yaml as API."""

from collections.abc import AsyncIterator

import pytest

from drawbridge.config.apply import apply_document
from drawbridge.config.secrets import unseal
from drawbridge.config.store import load_secrets
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import newest_revision
from tests.config.documents import SECTIONS, read
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.master_keys import MASTER_KEY

LAB = {"base_url": "http://10.0.0.5:8000/v1", "dialects": ["openai-chat"]}
MAIN = {"provider": "lab", "upstream_model": "qwen"}


@pytest.fixture
async def admin(database: Database, organisation_id: OrganisationId) -> AsyncIterator[Asker]:
    clock = HeldClock()
    key = await make_key(database, clock, organisation_id, "ana")
    async with asking(admin_api(database, clock), key.text) as asker:
        yield asker


async def test_an_entry_is_written_and_read_as_the_file_would_have_it(admin: Asker) -> None:
    created = await admin.put("/api/providers/lab", LAB)

    found = await admin.get("/api/providers/lab")

    assert found == created
    assert (found["name"], found["managed_by_file"], found["entry"]) == ("lab", False, LAB)


async def test_what_was_read_can_be_written_back_and_changes_nothing(admin: Asker, database: Database) -> None:
    await admin.put("/api/providers/openai", {"preset": "openai", "quirks": {"auth": "bearer"}})
    revision = await newest_revision(database)
    found = await admin.get("/api/providers/openai")

    again = await admin.put("/api/providers/openai", found["entry"], expect=200)

    assert again == found
    assert await newest_revision(database) == revision + 1


async def test_objects_are_listed_by_name_in_pages_and_by_filters(admin: Asker) -> None:
    for name in ("b/one", "a", "b/two"):
        await admin.put(f"/api/providers/{name}", LAB)

    first = await admin.get("/api/providers", limit=2)
    second = await admin.get("/api/providers", limit=2, cursor=first["next_cursor"])

    assert [found["name"] for found in first["providers"] + second["providers"]] == ["a", "b/one", "b/two"]
    assert second["next_cursor"] is None
    assert [found["name"] for found in (await admin.get("/api/providers", name_contains="TWO"))["providers"]] == [
        "b/two"
    ]
    assert (await admin.get("/api/providers", managed_by_file=True))["providers"] == []


async def test_a_name_may_hold_slashes_and_colons_encoded_or_not(admin: Asker) -> None:
    await admin.put("/api/providers/lab", LAB)
    await admin.put("/api/deployments/main", MAIN)
    await admin.put("/api/models/qwen%2Fqwen3:8b", {"route": ["main"]})

    found = await admin.get("/api/models/qwen/qwen3:8b")

    assert found["name"] == "qwen/qwen3:8b"


@pytest.mark.parametrize(
    ("name", "place"), [("-a", "name"), ("a b", "name"), ("a%00", "name"), ("x" * 201, "name"), ("a%2F..%2Fb", "name")]
)
async def test_what_is_no_name_is_refused(admin: Asker, name: str, place: str) -> None:
    refused = await admin.refused("PUT", f"/api/providers/{name}", LAB, expect=422)

    assert [problem["path"] for problem in refused["problems"]] == [place]


async def test_everything_wrong_with_an_entry_is_named_with_its_place(admin: Asker) -> None:
    refused = await admin.refused(
        "PUT", "/api/models/m", {"route": [{"deployment": "x", "weight": "3"}, 7], "rout": 1}, expect=422
    )

    assert refused["code"] == "config_entry_error"
    assert sorted(problem["path"] for problem in refused["problems"]) == ["$.rout", "$.route[0].weight", "$.route[1]"]


async def test_what_an_entry_refers_to_must_exist(admin: Asker) -> None:
    await admin.put("/api/providers/lab", LAB)
    await admin.put("/api/deployments/main", MAIN)

    refused = await admin.refused("PUT", "/api/models/m", {"route": ["main", "mian"]}, expect=422)

    assert [problem["path"] for problem in refused["problems"]] == ["$.route[1]"]
    assert "there is no deployment 'mian'" in refused["problems"][0]["message"]


async def test_what_is_in_use_cannot_be_deleted(admin: Asker) -> None:
    await admin.put("/api/providers/lab", LAB)
    await admin.put("/api/deployments/main", MAIN)

    refused = await admin.refused("DELETE", "/api/providers/lab", expect=409)

    assert refused["code"] == "object_in_use"
    assert "deployments.main" in refused["message"]
    assert (await admin.ask("DELETE", "/api/deployments/main")).status_code == 204
    assert (await admin.ask("DELETE", "/api/providers/lab")).status_code == 204
    await admin.refused("GET", "/api/providers/lab", expect=404)


async def test_the_holder_of_the_last_admin_key_cannot_be_deleted(admin: Asker) -> None:
    refused = await admin.refused("DELETE", "/api/users/ana", expect=409)

    assert refused["code"] == "last_holder"
    assert "admin key" in refused["message"]


async def test_a_name_of_another_section_that_shares_its_names_is_refused(admin: Asker) -> None:
    refused = await admin.refused("PUT", "/api/service_accounts/ana", {}, expect=409)

    assert refused["code"] == "name_taken"


async def test_what_a_file_manages_is_shown_and_not_changed(
    admin: Asker, database: Database, organisation_id: OrganisationId
) -> None:
    document = read("version: 1\nproviders: {lab: {preset: ollama}}")
    await apply_document(database, organisation_id, SECTIONS, document)

    found = await admin.get("/api/providers/lab")

    assert found["managed_by_file"] is True
    for method, body in (("PUT", LAB), ("DELETE", None)):
        refused = await admin.refused(method, "/api/providers/lab", body, expect=409)
        assert refused["code"] == "managed_by_file"


async def test_what_the_api_made_is_left_alone_by_an_apply(
    admin: Asker, database: Database, organisation_id: OrganisationId
) -> None:
    await admin.put("/api/providers/lab", LAB)

    await apply_document(database, organisation_id, SECTIONS, read("version: 1"))

    assert await admin.get("/api/providers/lab")


async def test_a_version_that_is_not_the_newest_changes_nothing(admin: Asker) -> None:
    old = await admin.ask("PUT", "/api/providers/lab", LAB)
    new = await admin.ask(
        "PUT",
        "/api/providers/lab",
        {**LAB, "dialects": ["gemini"]},
        headers={"if-match": old.headers["etag"]},
    )

    for method, body in (("PUT", LAB), ("DELETE", None)):
        refused = await admin.ask(method, "/api/providers/lab", body, headers={"if-match": old.headers["etag"]})
        assert (refused.status_code, refused.json()["error"]["code"]) == (412, "precondition_failed")
    assert new.status_code == 200, new.text
    assert (await admin.get("/api/providers/lab"))["etag"] == new.headers["etag"] != old.headers["etag"]


@pytest.mark.parametrize("section", ["users", "service_accounts", "agents"])
async def test_who_is_suspended_stays_so_until_somebody_says_otherwise(admin: Asker, section: str) -> None:
    path = f"/api/{section}/eve"
    await admin.put(path, {})
    assert (await admin.ask("POST", f"{path}/suspend")).status_code == 200

    renamed = await admin.put(path, {"display_name": "Eve"}, expect=200)
    let_in = await admin.put(path, {"suspended": False}, expect=200)

    assert (renamed["entry"]["suspended"], renamed["entry"]["display_name"]) == (True, "Eve")
    assert not let_in["entry"].get("suspended")


async def test_what_must_not_exist_yet_is_not_overwritten(admin: Asker) -> None:
    first = await admin.ask("PUT", "/api/providers/lab", LAB, headers={"if-none-match": "*"})

    second = await admin.ask("PUT", "/api/providers/lab", LAB, headers={"if-none-match": "*"})

    assert (first.status_code, second.status_code) == (201, 412)


async def test_what_has_not_changed_is_not_sent_again(admin: Asker) -> None:
    etag = (await admin.put("/api/providers/lab", LAB))["etag"]

    reply = await admin.ask("GET", "/api/providers/lab", headers={"if-none-match": f"W/{etag}"})

    assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", etag)


async def test_a_secret_is_stored_sealed_listed_by_name_and_never_read(
    admin: Asker, database: Database, organisation_id: OrganisationId
) -> None:
    stored = await admin.put("/api/secrets/lab", {"value": "s3cret"}, expect=200)
    await admin.put("/api/secrets/lab", {"value": "s3cret too"}, expect=200)

    listed = await admin.get("/api/secrets")

    assert listed == {"secrets": [stored], "next_cursor": None}
    assert stored.keys() == {"name", "created_at"}
    async with database.organisation(organisation_id) as connection:
        sealed = (await load_secrets(connection, organisation_id))["lab"]
    assert unseal(MASTER_KEY, organisation_id, "lab", sealed) == "s3cret too"


async def test_a_secret_in_use_cannot_be_deleted(admin: Asker) -> None:
    await admin.put("/api/secrets/lab", {"value": "s3cret"}, expect=200)
    await admin.put("/api/providers/lab", {**LAB, "credential": {"stored": "lab"}, "quirks": {"auth": "bearer"}})

    refused = await admin.refused("DELETE", "/api/secrets/lab", expect=409)

    assert refused["code"] == "secret_in_use"
    await admin.ask("DELETE", "/api/providers/lab")
    assert (await admin.ask("DELETE", "/api/secrets/lab")).status_code == 204
    await admin.refused("DELETE", "/api/secrets/lab", expect=404)
