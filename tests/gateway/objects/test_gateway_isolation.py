"""Every route of the gateway, asked by everybody who should not get at what it is about.

The routes come from the gateway's own tables: one without a verdict here fails the test.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Literal, get_args

import pytest
from sqlalchemy import update

from drawbridge.app import OPEN_PATHS
from drawbridge.config.apply import apply_document
from drawbridge.config.document import parse_document
from drawbridge.core.clock import SystemClock
from drawbridge.gateway.dialects import vendor_of
from drawbridge.gateway.endpoints import served_paths
from drawbridge.gateway.objects.paths import served_object_calls
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.tables import principals
from drawbridge.sections import all_sections
from tests.gateway.objects.test_files_and_batches import FORM, PARAMS, form, lines
from tests.gateway.test_policy import BODIES
from tests.gateway.test_policy import form as model_form
from tests.parts.caller import Caller, Json, Reply, calling
from tests.parts.gateway import RunningGateway, add_vendor
from tests.parts.object_vendor import KeepingVendor
from tests.parts.organisations import make_organisation
from tests.parts.people import new_key
from tests.parts.rights import ungrant, until_answered
from tests.parts.vendor import ScriptedVendor

pytestmark = [pytest.mark.isolation, pytest.mark.xdist_group("gateway-isolation")]

Who = Literal["stranger", "colleague", "revoked", "suspended", "nobody"]
"""Somebody of another organisation, one of another team, a revoked key, a suspended person, and no credential."""

Words = Literal["openai", "anthropic", "gemini"]
Place = tuple[Words, str, str]
"""Whose words a request is in, which by some paths only its headers tell; its method and path."""

THEIRS: Final = "model-zq7"
OPEN: Final = "open-model"
"""A model that everybody may use."""
MISSING: Final = "missing-0"
UPLOAD: Final = {"x-goog-upload-protocol": "resumable", "x-goog-upload-command": "start"}
_HEADERS: Final[dict[Words, dict[str, str]]] = {
    "openai": {},
    "anthropic": {"anthropic-version": "2023-06-01"},
    "gemini": {"x-goog-api-client": "google-genai-sdk/3.4.0"},
}
_TOWN = """
version: 1
teams: {company: {}, research: {parent: company}, sales: {parent: company}}
users: {sam: {teams: [sales]}, colleague: {teams: [research]}, revoked: {teams: [sales]}, suspended: {teams: [sales]}}
deployments: {deployment-zq7: {provider: vendor, upstream_model: x}}
models: {model-zq7: {route: [deployment-zq7]}}
grants:
  open-to-all: {to: everyone, may: [use], on: ["model:open-*", "provider:*"]}
  sales-only: {to: ["team:sales"], may: [use], on: ["model:model-zq7"]}
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What each one gets from a route, as statuses, when it is asked about something of the sales team."""

    stranger: int
    colleague: int
    revoked: int = 401
    suspended: int = 401
    nobody: int = 401
    body: Json | bytes = b""
    headers: Mapping[str, str] | None = None

    def status(self, who: Who) -> int:
        """Return what one gets."""
        status: int = getattr(self, who)
        return status


def _call(body: Json | bytes, headers: Mapping[str, str] | None = None) -> Verdict:
    # Of the own organisation one is told which rule refused, and whom to ask: not of another.
    return Verdict(stranger=404, colleague=403, body=body, headers=headers)


def _own(body: Json | bytes = b"", headers: Mapping[str, str] | None = None) -> Verdict:
    """Judge a route that makes or lists one's own things."""
    return Verdict(stranger=200, colleague=200, body=body, headers=headers)


def _model_calls() -> dict[Place, Verdict]:
    found: dict[Place, Verdict] = {}
    for path, body in BODIES.items():
        if path.startswith(":"):
            roots = ("/v1beta/models", "/models", "/v1/models")
            found |= {("openai", "POST", f"{root}/{{model}}{path}"): _call(body or {}) for root in roots}
        elif body is None:
            found["openai", "POST", path] = _call(model_form("{model}"), FORM_OF_MODEL)
        else:
            found["openai", "POST", path] = _call(body | {"model": "{model}"})
    return found


def _model_lists() -> dict[Place, Verdict]:
    found: dict[Place, Verdict] = {}
    roots: list[tuple[Words, str]] = [
        ("openai", "/v1/models"),
        ("anthropic", "/v1/models"),
        ("gemini", "/v1/models"),
        ("openai", "/v1beta/models"),
        ("openai", "/models"),
    ]
    for words, root in roots:
        found[words, "GET", root] = _own()
        found[words, "GET", f"{root}/{{model}}"] = _call(b"")
    return found


FORM_OF_MODEL: Final = {"content-type": "multipart/form-data; boundary=X"}
HIDDEN: Final = Verdict(stranger=404, colleague=404)
_ABOUT_ONE: Final[dict[Words, dict[str, list[str]]]] = {
    "openai": {
        "/v1/responses/{response}": ["GET", "DELETE", "POST /cancel", "GET /input_items"],
        "/v1/files/{file}": ["GET", "DELETE", "GET /content"],
        "/v1/batches/{batch}": ["GET", "POST /cancel"],
        "/v1/conversations/{conversation}": [
            "GET",
            "DELETE",
            "POST",
            "GET /items",
            "POST /items",
            "GET /items/{}",
            "DELETE /items/{}",
        ],
        "/v1/containers/{container}": [
            "GET",
            "DELETE",
            "GET /files",
            "POST /files",
            "GET /files/{}",
            "GET /files/{}/content",
            "DELETE /files/{}",
        ],
    },
    "anthropic": {
        "/v1/files/{anthropic_file}": ["GET", "DELETE", "GET /content"],
        "/v1/messages/batches/{message_batch}": ["GET", "POST /cancel", "DELETE", "GET /results"],
    },
    "gemini": {
        "/v1beta/files/{gemini_file}": ["GET", "DELETE", "GET :download"],
        "/v1beta/cachedContents/{cache}": ["GET", "DELETE", "PATCH"],
    },
}
"""What can be asked of one object. In braces stands which of theirs it is."""


def _objects() -> dict[Place, Verdict]:
    found: dict[Place, Verdict] = {}
    for words, families in _ABOUT_ONE.items():
        for path, calls in families.items():
            for call in calls:
                method, _, rest = call.partition(" ")
                found[words, method, path + rest] = HIDDEN
    return found


VERDICTS: Final[dict[Place, Verdict]] = {
    **_model_calls(),
    **_model_lists(),
    # No WebSocket is opened for anybody.
    ("openai", "GET", "/v1/responses"): Verdict(405, 405),
    **_objects(),
    ("openai", "GET", "/v1/files"): _own(),
    ("openai", "POST", "/v1/files"): _own(form(), FORM),
    ("openai", "GET", "/v1/batches"): _own(),
    ("openai", "POST", "/v1/batches"): Verdict(
        404, 404, body={"input_file_id": "{batch_input}", "endpoint": "/v1/chat/completions"}
    ),
    ("openai", "POST", "/v1/conversations"): _own({"metadata": {}}),
    ("openai", "GET", "/v1/containers"): _own(),
    ("openai", "POST", "/v1/containers"): Verdict(404, 404, body={"name": "x", "file_ids": ["{file}"]}),
    ("anthropic", "GET", "/v1/files"): _own(),
    ("anthropic", "POST", "/v1/files"): _own(form(), FORM),
    ("anthropic", "GET", "/v1/messages/batches"): _own(),
    ("anthropic", "POST", "/v1/messages/batches"): Verdict(
        404,
        404,
        body={"requests": [{"custom_id": "1", "params": PARAMS | {"model": OPEN, "container": "{container}"}}]},
    ),
    ("gemini", "GET", "/v1beta/files"): _own(),
    ("gemini", "POST", "/upload/v1beta/files"): _own({"file": {}}, UPLOAD),
    # The address of an upload is all that its bytes need, and nobody can make one up.
    ("gemini", "PUT", "/upload/v1beta/files?upload_id={upload}"): Verdict(404, 404, 404, 404, 404, body=b"bytes"),
    ("gemini", "GET", "/v1beta/cachedContents"): _own(),
    ("gemini", "POST", "/v1beta/cachedContents"): Verdict(
        404,
        404,
        body={
            "model": f"models/{OPEN}",
            "contents": [{"parts": [{"fileData": {"fileUri": "https://x/v1beta/files/{gemini_file}"}}]}],
        },
    ),
}

_USER: Final[Json] = {"role": "user"}
REFERENCES: Final[dict[str, tuple[str, Json]]] = {
    "a response": ("/v1/responses", {"previous_response_id": "{response}"}),
    "a conversation": ("/v1/responses", {"conversation": "{conversation}"}),
    "a container": ("/v1/responses", {"tools": [{"type": "code_interpreter", "container": "{container}"}]}),
    "a file": ("/v1/responses", {"input": [_USER | {"content": [{"type": "input_file", "file_id": "{file}"}]}]}),
    "a compacted response": ("/v1/responses/compact", {"previous_response_id": "{response}"}),
    "a counted response": ("/v1/responses/input_tokens", {"previous_response_id": "{response}"}),
    "a file in chat": (
        "/v1/chat/completions",
        {"messages": [_USER | {"content": [{"type": "file", "file": {"file_id": "{file}"}}]}]},
    ),
    "Anthropic's file": (
        "/v1/messages",
        {
            "max_tokens": 9,
            "messages": [
                _USER | {"content": [{"type": "document", "source": {"type": "file", "file_id": "{anthropic_file}"}}]}
            ],
        },
    ),
    "a cache": (
        f"/v1beta/models/{OPEN}:generateContent",
        {"contents": [{"parts": [{"text": "Hi"}]}], "cachedContent": "cachedContents/{cache}"},
    ),
    "Gemini's file": (
        f"/v1beta/models/{OPEN}:generateContent",
        {"contents": [{"parts": [{"fileData": {"fileUri": "https://x/v1beta/files/{gemini_file}"}}]}]},
    ),
}
"""Calls of a model that everybody may use, about something of the sales team."""


@dataclass(frozen=True, slots=True)
class Town:
    """Who lives at the gateway."""

    sam: Caller
    """Of the sales team."""
    callers: Mapping[Who, Caller]
    theirs: Mapping[str, str]
    """What the sales team has at the vendor, by the names that stand in braces above."""


@pytest.fixture(scope="module")
def claims() -> tuple[str, ...]:
    return ("open-",)


@pytest.fixture(scope="module")
def kept() -> KeepingVendor:
    return KeepingVendor()


@pytest.fixture
def vendor(shared_vendor: ScriptedVendor, kept: KeepingVendor) -> ScriptedVendor:
    """Give the vendor, with what it has kept since the module began."""
    shared_vendor.script = kept
    shared_vendor.log.clear()
    return shared_vendor


@pytest.fixture(scope="module")
async def town(
    shared_gateway: RunningGateway, shared_vendor: ScriptedVendor, kept: KeepingVendor
) -> AsyncIterator[Town]:
    gateway = shared_gateway
    shared_vendor.script = kept
    sections, ours = all_sections(SystemClock()), gateway.organisation_id
    await apply_document(gateway.database, ours, sections, parse_document(_TOWN, "town.yaml", sections))
    await ungrant(gateway, "everyone-is-a-member")
    other = await make_organisation(gateway.database, "other")
    await add_vendor(gateway.database, other, shared_vendor.url, claims=("open-",))
    keyring = Keyring(gateway.database, SystemClock())
    issued = {
        name: await keyring.create(ours, KeyRequest(name)) for name in ("sam", "colleague", "revoked", "suspended")
    }
    await keyring.revoke(ours, issued["revoked"].record.id)
    async with gateway.database.change(ours) as connection:
        suspended = update(principals).where(principals.c.name == "suspended").values(suspended_at=SystemClock().now())
        await connection.execute(suspended)
    keys = {name: found.text for name, found in issued.items()}
    keys |= {"stranger": await new_key(gateway, other, "stranger"), "nobody": ""}
    async with AsyncExitStack() as stack:
        callers = {name: await stack.enter_async_context(calling(gateway.url, key)) for name, key in keys.items()}
        await until_answered(callers["sam"], f"/v1/models/{THEIRS}", None, 200)
        await until_answered(callers["suspended"], "/v1/models", None, 401)
        await until_answered(callers["stranger"], "/v1/models", None, 200)
        yield Town(callers["sam"], {who: callers[who] for who in EVERY_WHO}, await _belongings(callers["sam"]))


EVERY_WHO: Final[tuple[Who, ...]] = get_args(Who)


def test_every_route_has_a_verdict() -> None:
    places = {("openai", method, path) for method, path in served_paths()}
    shared = {
        (words, "GET", path) for words in ("anthropic", "gemini") for path in ("/v1/models", "/v1/models/{model}")
    }
    objects = {
        (vendor_of(family.dialect), route.method, family.path + route.rest) for family, route in served_object_calls()
    }
    # One path goes on with an upload by its address, and begins one without.
    objects -= {("gemini", "PUT", "/upload/v1beta/files")}
    objects |= {("gemini", "PUT", "/upload/v1beta/files?upload_id={upload}")}

    judged = {(words, method, _as_served(path)) for words, method, path in VERDICTS}

    assert judged == places | shared | objects


@pytest.mark.parametrize("who", EVERY_WHO)
async def test_nobody_gets_at_what_is_not_theirs(town: Town, vendor: ScriptedVendor, who: Who) -> None:
    found: dict[Place, int] = {}
    leaked: list[Place] = []

    for place, verdict in VERDICTS.items():
        asked_before = len(vendor.log)
        reply = await _ask(town, who, place, verdict, town.theirs)
        found[place] = reply.status
        is_named = "{" in place[2] or b"{" in _written(verdict.body)
        if not is_named and _tells_of(reply, town.theirs):
            leaked.append(place)
        if reply.status >= 400:
            assert len(vendor.log) == asked_before, place

    assert found == {place: verdict.status(who) for place, verdict in VERDICTS.items()}
    assert leaked == []


@pytest.mark.parametrize("who", ["stranger", "colleague"])
async def test_what_is_not_theirs_is_answered_like_what_does_not_exist(
    town: Town, vendor: ScriptedVendor, who: Who
) -> None:
    differing: list[tuple[Place, object, object]] = []
    del vendor

    for place, verdict in VERDICTS.items():
        if verdict.status(who) != 404:
            continue
        missing = dict.fromkeys(town.theirs, MISSING)
        theirs = _told(await _ask(town, who, place, verdict, town.theirs), town.theirs)
        nobodys = _told(await _ask(town, who, place, verdict, missing), missing)
        if theirs != nobodys:
            differing.append((place, theirs, nobodys))

    assert differing == []


@pytest.mark.parametrize("who", EVERY_WHO)
@pytest.mark.parametrize("what", REFERENCES)
async def test_a_call_about_what_is_not_theirs_is_answered_like_one_about_nothing(
    town: Town, vendor: ScriptedVendor, what: str, who: Who
) -> None:
    path, body = REFERENCES[what]
    place: Place = ("openai", "POST", path)
    verdict = _own({"model": OPEN, "input": "Hi", **body})
    missing = dict.fromkeys(town.theirs, MISSING)
    vendor.log.clear()

    theirs = await _ask(town, who, place, verdict, town.theirs)
    nobodys = await _ask(town, who, place, verdict, missing)

    assert theirs.status == (404 if who in {"stranger", "colleague"} else 401)
    assert _told(theirs, town.theirs) == _told(nobodys, missing)
    assert not vendor.requests


async def test_nothing_of_the_sales_team_was_changed_by_all_that(town: Town, vendor: ScriptedVendor) -> None:
    for words, families in _ABOUT_ONE.items():
        for path in families:
            reply = await _ask_as(town.sam, (words, "GET", path), _own(), town.theirs)
            assert reply.status == 200, path
    for path, body in REFERENCES.values():
        vendor.log.clear()
        verdict = _own({"model": OPEN, "input": "Hi", **body})
        await _ask_as(town.sam, ("openai", "POST", path), verdict, town.theirs)
        assert len(vendor.log) == 1, path


@pytest.mark.parametrize("path", OPEN_PATHS)
async def test_what_needs_no_key_tells_nothing_of_anybody(town: Town, path: str) -> None:
    told = {(await town.callers[who].get(path)).body for who in EVERY_WHO}

    assert len(told) == 1
    assert b"zq7" not in told.pop()


async def _belongings(sam: Caller) -> dict[str, str]:
    """Have everything made that can live at a vendor, by Sam, and return the ids."""
    batch_input = await _made(sam, "/v1/files", form(lines({"model": OPEN, "messages": []}), "batch"), FORM)
    file = await _made(sam, "/v1/files", form(), FORM)
    params = PARAMS | {"model": OPEN}
    begun = await sam.post("/upload/v1beta/files", {"file": {}}, UPLOAD)
    address = begun.headers["x-goog-upload-url"].removeprefix(sam.url)
    done = await sam.post(address, b"bytes", {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"})
    batch = {"input_file_id": batch_input, "endpoint": "/v1/chat/completions"}
    return {
        "model": THEIRS,
        "response": await _made(sam, "/v1/responses", {"model": OPEN, "input": "Hi"}),
        "conversation": await _made(sam, "/v1/conversations", {"metadata": {}}),
        "container": await _made(sam, "/v1/containers", {"name": "x"}),
        "file": file,
        "batch_input": batch_input,
        "batch": await _made(sam, "/v1/batches", batch),
        "anthropic_file": await _made(sam, "/v1/files", form(), FORM | _HEADERS["anthropic"]),
        "message_batch": await _made(sam, "/v1/messages/batches", {"requests": [{"custom_id": "1", "params": params}]}),
        "gemini_file": done.json()["file"]["name"].removeprefix("files/"),
        "cache": await _made(sam, "/v1beta/cachedContents", {"model": f"models/{OPEN}"}),
        # What a stranger may have seen of another upload is not the address that was given out.
        "upload": "up-1",
    }


async def _made(caller: Caller, path: str, body: Json | bytes, headers: Mapping[str, str] | None = None) -> str:
    reply = await caller.post(path, body, headers)
    assert reply.status == 200, (path, reply.body)
    return reply.json()["id"]


async def _ask(town: Town, who: Who, place: Place, verdict: Verdict, ids: Mapping[str, str]) -> Reply:
    return await _ask_as(town.callers[who], place, verdict, ids)


async def _ask_as(caller: Caller, place: Place, verdict: Verdict, ids: Mapping[str, str]) -> Reply:
    words, method, path = place
    body = _filled(_written(verdict.body).decode(), ids).encode()
    credential = caller.bearer if caller.key else {}
    headers = {**credential, **_HEADERS[words], **(verdict.headers or {})}
    return await caller.ask(method, _filled(path, ids), body=body, headers=headers)


def _filled(text: str, ids: Mapping[str, str]) -> str:
    for name, one in ids.items():
        text = text.replace(f"{{{name}}}", one)
    return text.replace("/{}", "/inner-1")


def _written(body: Json | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _told(reply: Reply, ids: Mapping[str, str]) -> tuple[int, list[str], bytes]:
    """Return an answer without the ids that it was asked about."""
    body = reply.body
    for one in sorted(ids.values(), key=len, reverse=True):
        body = body.replace(one.encode(), b"ID")
    return reply.status, sorted(name.lower() for name in reply.headers), body


def _tells_of(reply: Reply, ids: Mapping[str, str]) -> bool:
    # An id can be the beginning of another: the vendor counts.
    return any(re.search(re.escape(one.encode()) + rb"(?!\w)", reply.body) for one in ids.values())


def _as_served(path: str) -> str:
    """Write a path as the gateway's tables do: with `{}` for an id."""
    for families in _ABOUT_ONE.values():
        for prefix in families:
            if path.startswith(prefix):
                return prefix.partition("{")[0] + "{}" + path[len(prefix) :]
    return path
