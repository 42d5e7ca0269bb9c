"""Who is calling: every form of a key, and what is refused."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import combinations
from urllib.parse import quote

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.gateway.admission import find_credential
from drawbridge.gateway.refusals import Refusal
from drawbridge.identity.first_administrator import NAME as ADMINISTRATOR
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.keys import make_key
from drawbridge.identity.store import set_expiry
from tests.parts.booked import Booked
from tests.parts.caller import Caller
from tests.parts.gateway import RunningGateway
from tests.parts.vendor import ScriptedVendor

CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}
FORMS = ("bearer", "x-api-key", "x-goog-api-key", "query")
PAIRS = tuple(combinations(FORMS, 2))
OTHER_KEY = make_key(bytes(32)).text


def carry(form: str, key: str) -> tuple[Mapping[str, str], str]:
    """Return the header and the query that carry a key in a form."""
    match form:
        case "bearer":
            return {"authorization": f"Bearer {key}"}, ""
        case "query":
            return {}, f"?key={quote(key)}"
        case _:
            return {form: key}, ""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", CHAT),
        ("/v1/messages", {**CHAT, "max_tokens": 9}),
        ("/v1beta/models/gemini-2.5-pro:generateContent", {"contents": []}),
    ],
)
async def test_a_key_is_taken_in_every_form_whatever_the_dialect(
    caller: Caller, form: str, path: str, body: dict[str, object]
) -> None:
    headers, query = carry(form, caller.key)

    reply = await caller.ask("POST", path + query, body=body, headers=headers)

    assert reply.status == 200, reply.body


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
async def test_the_same_key_in_two_places_is_one_key(caller: Caller, pair: tuple[str, str]) -> None:
    (first, first_query), (second, second_query) = (carry(form, caller.key) for form in pair)

    reply = await caller.ask("GET", "/v1/models" + first_query + second_query, headers={**first, **second})

    assert reply.status == 200, reply.body


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
async def test_two_different_keys_are_refused(caller: Caller, pair: tuple[str, str]) -> None:
    first, first_query = carry(pair[0], caller.key)
    second, second_query = carry(pair[1], OTHER_KEY)

    reply = await caller.ask("GET", "/v1/models" + first_query + second_query, headers={**first, **second})

    assert reply.status == 401
    assert "two different keys" in reply.json()["error"]["message"]


async def test_a_form_given_twice_with_different_keys_is_refused(caller: Caller) -> None:
    bearers = [("authorization", f"Bearer {key}") for key in (OTHER_KEY, caller.key)]
    by_header = await caller.ask("GET", "/v1/models", headers=bearers)
    by_query = await caller.ask("GET", f"/v1/models?key={caller.key}&key={OTHER_KEY}", headers={"accept": "*/*"})

    assert (by_header.status, by_query.status) == (401, 401)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "Basic dTpw"}])
async def test_a_request_without_a_key_is_told_how_to_send_one(caller: Caller, headers: Mapping[str, str]) -> None:
    reply = await caller.ask("POST", "/v1/chat/completions", body=CHAT, headers={"accept": "*/*", **headers})

    assert reply.status == 401
    assert reply.json()["error"]["code"] == "no_credential"
    assert "Authorization: Bearer" in reply.json()["error"]["message"]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_a_bearer_is_recognised_however_its_scheme_is_written(scheme: str) -> None:
    assert find_credential([("authorization", f"{scheme} secret ")], ()) == "secret"


@pytest.mark.parametrize("written", ["sk-not-ours", "dbk_short", make_key(bytes(32)).text[:-1] + "é"])
async def test_what_cannot_be_a_key_is_refused_without_a_look_up(caller: Caller, written: str) -> None:
    reply = await caller.ask("GET", f"/v1/models?key={quote(written)}", headers={"accept": "*/*"})

    assert reply.status == 401
    assert "not a Drawbridge key" in reply.json()["error"]["message"]


async def test_a_well_formed_key_that_nobody_holds_is_refused(
    caller: Caller, vendor: ScriptedVendor, gateway: RunningGateway
) -> None:
    headers = {"authorization": f"Bearer {OTHER_KEY}"}

    reply = await caller.ask("POST", "/v1/chat/completions", body=CHAT, headers=headers)

    assert reply.status == 401
    assert "does not exist or was revoked" in reply.json()["error"]["message"]
    assert gateway.key not in reply.body.decode()
    assert not vendor.requests


async def test_an_expired_key_is_refused_and_told_when_it_expired(caller: Caller, gateway: RunningGateway) -> None:
    clock = SystemClock()
    issued = await Keyring(gateway.database, clock).create(gateway.organisation_id, KeyRequest(ADMINISTRATOR))
    expired_at = clock.now() - timedelta(seconds=1)
    async with gateway.database.change(gateway.organisation_id) as connection:
        await set_expiry(connection, gateway.organisation_id, issued.record.id, expired_at)

    reply = await caller.ask("GET", "/v1/models", headers={"authorization": f"Bearer {issued.text}"})

    assert reply.status == 401
    assert f"expired at {expired_at:%Y-%m-%dT%H:%M:%S}" in reply.json()["error"]["message"]


async def test_a_new_key_works_at_once_and_its_calls_are_booked_on_it(
    caller: Caller, gateway: RunningGateway, booked: Booked
) -> None:
    issued = await Keyring(gateway.database, SystemClock()).create(gateway.organisation_id, KeyRequest(ADMINISTRATOR))
    headers = {"authorization": f"Bearer {issued.text}"}

    reply = await caller.ask("POST", "/v1/chat/completions", body=CHAT, headers=headers)

    event = await booked.event()
    assert reply.status == 200
    assert (event.key_id, event.principal_id) == (issued.record.id, issued.record.principal_id)


def test_a_refusal_names_the_key_nowhere() -> None:
    with pytest.raises(Refusal) as raised:
        find_credential([("x-api-key", "secret-one"), ("x-goog-api-key", "secret-two")], ())

    assert "secret" not in raised.value.message
