"""What stands before the admin API."""

from tests.parts.caller import Caller

NO_KEY: dict[str, str] = {"content-type": "application/json"}


async def test_the_admin_api_asks_for_a_key_before_it_reads_a_body(caller: Caller) -> None:
    reply = await caller.ask("POST", "/api/keys", body=b"x" * 100_000, headers=NO_KEY)

    assert reply.status == 401
    assert reply.json()["error"]["code"] == "no_credential"


async def test_the_admin_api_takes_no_large_body(caller: Caller) -> None:
    headers = [("authorization", f"Bearer {caller.key}"), ("content-length", str(1024 * 1024 + 1))]

    reply = await caller.ask("POST", "/api/keys", headers=headers)

    assert reply.status == 413
    assert reply.json()["error"]["code"] == "too_large"


async def test_the_admin_api_takes_an_ordinary_body(caller: Caller) -> None:
    reply = await caller.post("/api/keys", {"owner": "admin"}, {"content-type": "application/json"})

    assert reply.status == 201
    assert reply.json()["key"].startswith("dbk_")


async def test_the_admin_api_describes_itself_to_anybody(caller: Caller) -> None:
    reply = await caller.ask("GET", "/api/openapi.json", headers={})

    assert reply.status == 200
    assert "/api/usage" in reply.json()["paths"]
