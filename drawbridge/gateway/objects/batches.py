"""Batches: every request in them is checked as if it were sent by itself, and gets the upstream's name of its model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from drawbridge.core.errors import DrawbridgeError
from drawbridge.gateway.bodies import TopLevel, scan, splice
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.further_models import named_beside
from drawbridge.gateway.objects.kinds import Reference
from drawbridge.gateway.objects.references import TOP_MEMBERS, find_references
from drawbridge.gateway.permission import Asking, allow_model, cost_unknown, find_allowed
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.routing import keep_providers, model_at
from drawbridge.gateway.snapshot import Provider

_BY_URL: Final[dict[str, Dialect]] = {
    "/v1/responses": "openai-responses",
    "/v1/chat/completions": "openai-chat",
    "/v1/embeddings": "openai-embeddings",
}
_LINE: Final = frozenset({"custom_id", "method", "url", "body"})
_REQUEST: Final = frozenset({"custom_id", "params"})
_GUARDED: Final = TOP_MEMBERS | {"model", "models", "tools"}
_read_list: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Checked:
    """A batch ready to be sent, and the objects that its requests refer to."""

    body: bytes
    references: frozenset[Reference]


def check_lines(content: bytes, asking: Asking, provider: Provider) -> Checked:
    """Check a file of OpenAI's, one request in each line. Raises Refusal that names the line."""
    references: set[Reference] = set()
    lines: list[bytes] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            _require_one_line(line.strip())
            written, found = _checked_line(line.strip(), asking, provider)
        except (DrawbridgeError, Refusal) as error:
            raise _wrong(f"Line {number}", error, "file") from error
        lines.append(written + b"\n")
        references |= found
    return Checked(b"".join(lines), frozenset(references))


def check_requests(top: TopLevel, asking: Asking, provider: Provider) -> Checked:
    """Check a batch of Anthropic's, with its requests in the body. Raises Refusal that names the request."""
    references: set[Reference] = set()
    requests: list[bytes] = []
    for number, request in enumerate(_requests(top)):
        try:
            outer = scan(request, _REQUEST)
            params, found = _checked_call(_inner(outer, "params"), "anthropic-messages", asking, provider)
        except (DrawbridgeError, Refusal) as error:
            raise _wrong(f"requests[{number}]", error, "requests") from error
        requests.append(splice(request, [outer.replace("params", params)]))
        references |= found
    body = splice(top.body, [top.replace("requests", b"[" + b",".join(requests) + b"]")])
    return Checked(body, frozenset(references))


def _wrong(place: str, error: DrawbridgeError | Refusal, param: str) -> Refusal:
    """Say where in a batch something is wrong. What policy forbids stays forbidden."""
    if isinstance(error, Refusal) and error.denial is not None:
        return replace(error, message=f"{place}: {error.message}", param=param)
    return Refusal("bad_request", f"{place}: {error.message}", param=param)


def _requests(top: TopLevel) -> Iterator[bytes]:
    raw = top.raw("requests")
    if raw is None or not raw.startswith(b"["):
        raise MalformedBody("'requests' must be a list of requests.", member="requests")
    try:
        return (bytes(request) for request in _read_list(raw))
    except msgspec.MsgspecError as error:
        raise MalformedBody("'requests' must be a list of requests.", member="requests") from error


def _require_one_line(line: bytes) -> None:
    # White space to JSON, and the end of a line to many who read one.
    if b"\r" in line:
        raise MalformedBody("A carriage return stands inside of the line. Write it as \\r.")


def _checked_line(line: bytes, asking: Asking, provider: Provider) -> tuple[bytes, frozenset[Reference]]:
    outer = scan(line, _LINE)
    dialect = _BY_URL.get(outer.text("url") or "")
    if dialect is None or (outer.text("method") or "POST") != "POST":
        raise MalformedBody(f"'url' must be one of {', '.join(_BY_URL)}, and 'method' POST.", member="url")
    body, found = _checked_call(_inner(outer, "body"), dialect, asking, provider)
    return splice(line, [outer.replace("body", body)]), found


def _inner(outer: TopLevel, name: str) -> bytes:
    raw = outer.raw(name)
    if raw is None:
        raise MalformedBody(f"'{name}' is missing.", member=name)
    return raw


def _checked_call(
    body: bytes, dialect: Dialect, asking: Asking, provider: Provider
) -> tuple[bytes, frozenset[Reference]]:
    top = scan(body, _GUARDED)
    name = top.text("model")
    if not name:
        raise MalformedBody("It names no model: set 'model'.", member="model")
    model = keep_providers(find_allowed(asking, name, dialect), {provider.name})
    for beside in named_beside(top):
        allow_model(asking, model_at(provider, beside), cost_unknown)
    edits = [top.replace_text("model", model.route[0].deployment.upstream_model)]
    return splice(body, edits), find_references(dialect, top)
