"""Batches: every request in them is checked as if it were sent by itself, and gets the upstream's name of its model."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, cast

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
from drawbridge.gateway.snapshot import Model, Provider

_BY_URL: Final[dict[str, Dialect]] = {
    "/v1/responses": "openai-responses",
    "/v1/chat/completions": "openai-chat",
    "/v1/embeddings": "openai-embeddings",
}
_LINE: Final = frozenset({"custom_id", "method", "url", "body"})
_REQUEST: Final = frozenset({"custom_id", "params"})
_GUARDED: Final = TOP_MEMBERS | {"model", "models", "tools"}
_BESIDE: Final = "beside"
_MOST_MODELS: Final = 1_000
_read_list: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Checked:
    """A batch ready to be sent, and the objects that its requests refer to."""

    body: bytes
    references: frozenset[Reference]
    models: tuple[str, ...]
    """What the requests name, for `allow_again`."""
    runs: tuple[Model, ...]
    """The same as models."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A model as a request in a batch names it."""

    name: str
    dialect: Dialect | None
    """None: beside the one that answers, by the provider's own name for it."""

    def __str__(self) -> str:
        return f"{self.dialect or _BESIDE}:{self.name}"


@dataclass(slots=True)
class _Found:
    """What the requests of a batch name and refer to."""

    asking: Asking
    provider: Provider
    references: set[Reference] = field(default_factory=set[Reference])
    models: dict[_Named, Model] = field(default_factory=dict[_Named, Model])

    def allowed(self, named: _Named) -> Model:
        """Return a model that may be used. Raises Refusal."""
        if named not in self.models:
            if len(self.models) >= _MOST_MODELS:
                raise Refusal("bad_request", f"This batch names more than {_MOST_MODELS} models: make several of it.")
            self.models[named] = _allowed(named, self.asking, self.provider)
        return self.models[named]

    def checked(self, body: bytes) -> Checked:
        return Checked(body, frozenset(self.references), tuple(map(str, self.models)), _each_once(self.models.values()))


def check_lines(content: bytes, asking: Asking, provider: Provider) -> Checked:
    """Check a file of OpenAI's, one request in each line. Raises Refusal that names the line."""
    found = _Found(asking, provider)
    lines: list[bytes] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            _require_one_line(line.strip())
            written = _checked_line(line.strip(), found)
        except (DrawbridgeError, Refusal) as error:
            raise _wrong(f"Line {number}", error, "file") from error
        lines.append(written + b"\n")
    return found.checked(b"".join(lines))


def check_requests(top: TopLevel, asking: Asking, provider: Provider) -> Checked:
    """Check a batch of Anthropic's, with its requests in the body. Raises Refusal that names the request."""
    found = _Found(asking, provider)
    requests: list[bytes] = []
    for number, request in enumerate(_requests(top)):
        try:
            outer = scan(request, _REQUEST)
            params = _checked_call(_inner(outer, "params"), "anthropic-messages", found)
        except (DrawbridgeError, Refusal) as error:
            raise _wrong(f"requests[{number}]", error, "requests") from error
        requests.append(splice(request, [outer.replace("params", params)]))
    body = splice(top.body, [top.replace("requests", b"[" + b",".join(requests) + b"]")])
    return found.checked(body)


def allow_again(models: Iterable[str], asking: Asking, provider: Provider) -> tuple[Model, ...]:
    """Check once more what the requests of a batch name: since it was written, rights may have been taken away.

    Returns the models. Raises Refusal.
    """
    allowed: list[Model] = []
    for written in models:
        dialect, _, name = written.partition(":")
        # The types: each was written by `_Named`.
        named = _Named(name, None if dialect == _BESIDE else cast("Dialect", dialect))
        try:
            allowed.append(_allowed(named, asking, provider))
        except Refusal as error:
            raise replace(
                error, message=f"A line of the batch's file: {error.message}", param="input_file_id"
            ) from error
    return _each_once(allowed)


def _each_once(models: Iterable[Model]) -> tuple[Model, ...]:
    return tuple({model.name: model for model in models}.values())


def _allowed(named: _Named, asking: Asking, provider: Provider) -> Model:
    if named.dialect is None:
        return allow_model(asking, model_at(provider, named.name), cost_unknown)
    return keep_providers(find_allowed(asking, named.name, named.dialect), {provider.name})


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


def _checked_line(line: bytes, found: _Found) -> bytes:
    outer = scan(line, _LINE)
    dialect = _BY_URL.get(outer.text("url") or "")
    if dialect is None or (outer.text("method") or "POST") != "POST":
        raise MalformedBody(f"'url' must be one of {', '.join(_BY_URL)}, and 'method' POST.", member="url")
    return splice(line, [outer.replace("body", _checked_call(_inner(outer, "body"), dialect, found))])


def _inner(outer: TopLevel, name: str) -> bytes:
    raw = outer.raw(name)
    if raw is None:
        raise MalformedBody(f"'{name}' is missing.", member=name)
    return raw


def _checked_call(body: bytes, dialect: Dialect, found: _Found) -> bytes:
    top = scan(body, _GUARDED)
    name = top.text("model")
    if not name:
        raise MalformedBody("It names no model: set 'model'.", member="model")
    model = found.allowed(_Named(name, dialect))
    for beside in named_beside(top):
        found.allowed(_Named(beside, None))
    found.references |= find_references(dialect, top)
    return splice(body, [top.replace_text("model", model.route[0].deployment.upstream_model)])
