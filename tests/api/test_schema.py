"""The whole API against its own description: schemathesis draws the requests, and judges the answers."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, cast

import httpx2
import pytest
import requests
import schemathesis
import schemathesis.checks
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from drawbridge.db.engine import Database
from tests.parts.admin import Asker, admin_api, asking, make_key, operations
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation
from tests.parts.size import pick

pytestmark = [pytest.mark.security_regressions, pytest.mark.xdist_group("schema")]

# Any: the types of schemathesis are open where a request's body is.
AnyCase = Case[Any]
_library: Any = schemathesis.checks

_library.load_all_checks()
_CHECKS: Final[Any] = _library.CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)
_PARAMETER: Final = re.compile(r"\{[a-z_]+\}")
_HERE = "http://localhost:8080"


@pytest.fixture(scope="module")
async def admin(shared_database_url: str) -> AsyncIterator[Asker]:
    database, clock = Database(shared_database_url), HeldClock()
    key = await make_key(database, clock, await make_organisation(database), "ana")
    async with asking(admin_api(database, clock), key.text) as asker:
        for path, entry in _FURNITURE.items():
            await asker.put(path, entry)
        yield asker
    await database.close()


_FURNITURE: Mapping[str, object] = {
    "/api/providers/a": {"preset": "rehearsal"},
    "/api/deployments/a": {"provider": "a", "upstream_model": "x"},
    "/api/models/a": {"route": ["a"]},
    "/api/teams/a": {},
}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_every_answer_is_as_the_description_says_and_none_is_a_failure_of_ours(
    admin: Asker, mode: GenerationMode
) -> None:
    description = await admin.get("/api/openapi.json")
    complaints: list[str] = []

    count = 0
    for case in _cases(description, mode):
        count += 1
        request = requests.Request(**case.as_transport_kwargs(base_url=_HERE)).prepare()
        reply = await _send(admin.client, request)
        try:
            _judge(case, reply)
        except FailureGroup as error:
            complaints += [
                f"{request.method} {request.url} {request.body!r}: {reply.status_code} {each}"
                for each in error.exceptions
            ]

    assert not complaints, "\n\n".join(complaints[:10])
    assert count >= 100


@pytest.mark.parametrize(
    ("status", "content_type", "body", "words"),
    [
        (200, "application/json", b'{"teams": [{"name": "a"}], "next_cursor": null}', "etag"),
        (200, "application/json", b'{"teams": []}', "next_cursor"),
        (200, "application/json", b'{"teams": [], "next_cursor": 7}', "next_cursor"),
        (200, "application/json", b"no JSON", "JSON"),
        (403, "application/json", b'{"detail": "Not in the form of errors."}', "error"),
        (
            418,
            "application/json",
            b'{"error": {"code": "teapot", "message": "I am."}}',
            "Undocumented status code",
        ),
        (200, "text/html", b"<p>teams</p>", "Undocumented Content-Type"),
        (500, "application/json", b'{"error": {"code": "bug", "message": "Ours."}}', "Server error"),
    ],
)
async def test_an_answer_that_is_not_as_described_is_seen(
    database: Database, status: int, content_type: str, body: bytes, words: str
) -> None:
    case = _case_of_a_list(database)

    reply = await _answered(case, status, content_type, body)

    with pytest.raises(FailureGroup) as seen:
        _judge(case, reply)
    assert words in "".join(str(each) for each in seen.value.exceptions)


async def test_an_answer_as_described_is_not_complained_of(database: Database) -> None:
    case = _case_of_a_list(database)

    _judge(case, await _answered(case, 200, "application/json", b'{"teams": [], "next_cursor": null}'))


async def _answered(case: AnyCase, status: int, content_type: str, body: bytes) -> httpx2.Response:
    """Send a request to an API that always gives the same answer."""

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(body, status, media_type=content_type)(scope, receive, send)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(api)) as client:
        return await _send(client, requests.Request(**case.as_transport_kwargs(base_url=_HERE)).prepare())


def _case_of_a_list(database: Database) -> AnyCase:
    return _cases(_only(admin_api(database, HeldClock()).openapi(), "/api/teams"), GenerationMode.POSITIVE)[0]


def _only(description: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a description of the list at one path alone."""
    return {**description, "paths": {path: {"get": description["paths"][path]["get"]}}}


async def test_methods_that_a_path_does_not_have_are_refused(admin: Asker, database: Database) -> None:
    routes = list(operations(admin_api(database, HeldClock())))

    for address in {path.replace("{name}", "a") for _, path in routes}:
        # A longer path may fit a shorter one's parameter, too.
        allowed = {method for method, path in routes if re.fullmatch(_fitting(path), address)}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - allowed:
            reply = await admin.ask(method, address)
            assert reply.status_code == 405, (method, address, reply.text)
            assert set(reply.headers["allow"].split(", ")) <= allowed
            assert reply.json()["error"]["code"] == "method_not_allowed"


def _fitting(path: str) -> str:
    """Return the pattern of the addresses that a route is for: names may hold slashes."""
    return _PARAMETER.sub("[^/]+", re.sub(r"\{name\}$", ".+", path))


async def test_every_operation_is_described_in_full(admin: Asker) -> None:
    description = await admin.get("/api/openapi.json")
    ids: list[str] = []

    for path, operations_of_path in description["paths"].items():
        for method, operation in operations_of_path.items():
            place = (method, path)
            ids.append(operation["operationId"])
            assert operation["summary"].endswith("."), place
            assert operation["tags"], place
            assert operation["security"] in ([], [{"session": []}], [{"key": []}, {"session": []}]), place
            wanted = {
                "401",
                "403",
                "422",
                "429",
                "503",
                *(["404"] if "{" in path else []),
                *(["409"] if method != "get" else []),
            }
            assert wanted <= operation["responses"].keys(), place
            for status in wanted:
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}, place
    assert len(ids) == len(set(ids))
    written = json.dumps(description)
    for name in _references(description):
        assert name in description["components"]["schemas"], name
    assert "HTTPValidationError" not in written


# Any: a description is JSON.
def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if isinstance(found := members.get("$ref"), str):
            yield found.rpartition("/")[2]
        for member in members.values():
            yield from _references(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _references(item)


def _cases(description: dict[str, Any], mode: GenerationMode) -> list[AnyCase]:
    """Draw requests for every operation, always the same."""
    cases: list[AnyCase] = []
    schema: Any = schemathesis.openapi.from_dict(description)
    for found in schema.get_all_operations():
        strategy: st.SearchStrategy[AnyCase] = found.ok().as_strategy(generation_mode=mode)

        @settings(
            max_examples=pick(8, full=300),
            phases=[Phase.generate],
            database=None,
            derandomize=True,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        )
        @given(strategy)
        def draw(case: AnyCase) -> None:
            cases.append(case)

        # There is no wrong way to ask for what takes nothing.
        with suppress(Unsatisfiable):
            draw()
    return cases


# Any: as above.
def _judge(case: Any, reply: httpx2.Response) -> None:
    case.validate_response(reply, checks=_CHECKS)


async def _send(client: httpx2.AsyncClient, request: requests.PreparedRequest) -> httpx2.Response:
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    assert isinstance(body, bytes)
    headers = [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace") if isinstance(value, str) else value)
        for name, value in request.headers.items()
    ]
    assert request.method is not None
    assert request.url is not None
    return await client.request(request.method, request.url, content=body, headers=headers)
