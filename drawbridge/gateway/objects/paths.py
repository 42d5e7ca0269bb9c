"""Which path is which call about vendor objects."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.objects.kinds import Kind

Action = Literal["pass", "delete", "list", "create", "create_within", "upload"]
"""`pass`: on to where the object lives. `create_within`: something new inside of an object that is there."""

# Ids are put into a vendor's path: what would lead elsewhere there is no id.
_SEGMENT: Final = r"([A-Za-z0-9_-][A-Za-z0-9_.~-]{0,511})"


@dataclass(frozen=True, slots=True)
class Family:
    """Objects of one kind at one sort of vendor."""

    kind: Kind
    needs: Dialect
    """What a provider must speak to have them."""
    dialect: Dialect
    """That of refusals, and of the bodies' references."""
    path: str
    """Where callers find them."""
    upstream: str
    """Where they are below a provider's base URL."""


@dataclass(frozen=True, slots=True)
class Route:
    """One call of a family: `{}` in the path stands for an id."""

    method: str
    rest: str
    action: Action
    name: str
    """Of the operation, as it is booked."""
    creates: Kind | None = None
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pattern = "".join(_SEGMENT if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", self.rest))
        object.__setattr__(self, "pattern", re.compile(pattern))


@dataclass(frozen=True, slots=True)
class ObjectCall:
    """What a request line asks for. `ids`: those in the path, that of the owned object first."""

    family: Family
    route: Route
    ids: tuple[str, ...]

    @property
    def upstream_path(self) -> str:
        """The path below a provider's base URL."""
        ids = iter(self.ids)
        return self.family.upstream + re.sub(r"\{\}", lambda _: next(ids), self.route.rest)

    @property
    def operation(self) -> str:
        """What is booked."""
        return f"{self.family.path.rpartition('/')[2]}.{self.route.name}"


RESPONSES: Final = Family("response", "openai-responses", "openai-responses", "/v1/responses", "/responses")
CONVERSATIONS: Final = Family(
    "conversation", "openai-responses", "openai-responses", "/v1/conversations", "/conversations"
)
CONTAINERS: Final = Family("container", "openai-responses", "openai-responses", "/v1/containers", "/containers")
OPENAI_FILES: Final = Family("file", "openai-files", "openai-responses", "/v1/files", "/files")
OPENAI_BATCHES: Final = Family("batch", "openai-batches", "openai-responses", "/v1/batches", "/batches")
ANTHROPIC_FILES: Final = Family("file", "anthropic-files", "anthropic-messages", "/v1/files", "/files")
ANTHROPIC_BATCHES: Final = Family(
    "message_batch", "anthropic-batches", "anthropic-messages", "/v1/messages/batches", "/messages/batches"
)
GEMINI_FILES: Final = Family("gemini_file", "gemini-files", "gemini", "/v1beta/files", "/files")
GEMINI_UPLOADS: Final = Family("gemini_file", "gemini-files", "gemini", "/upload/v1beta/files", "/files")
GEMINI_CACHES: Final = Family("cache", "gemini-caches", "gemini", "/v1beta/cachedContents", "/cachedContents")

_GET: Final = Route("GET", "/{}", "pass", "get")
_DELETE: Final = Route("DELETE", "/{}", "delete", "delete")
_LIST: Final = Route("GET", "", "list", "list")
_CREATE: Final = Route("POST", "", "create", "create")
_CANCEL: Final = Route("POST", "/{}/cancel", "pass", "cancel")
_CONTENT: Final = Route("GET", "/{}/content", "pass", "content")

_ROUTES: Final[dict[str, tuple[tuple[Family, tuple[Route, ...]], ...]]] = {
    "openai": (
        (RESPONSES, (_GET, _DELETE, _CANCEL, Route("GET", "/{}/input_items", "pass", "input_items"))),
        (OPENAI_FILES, (_LIST, _CREATE, _GET, _DELETE, _CONTENT)),
        (OPENAI_BATCHES, (_LIST, _CREATE, _GET, _CANCEL)),
        (
            CONVERSATIONS,
            (
                _CREATE,
                _GET,
                _DELETE,
                Route("POST", "/{}", "pass", "update"),
                Route("GET", "/{}/items", "pass", "items.list"),
                Route("POST", "/{}/items", "create_within", "items.create", "item"),
                Route("GET", "/{}/items/{}", "pass", "items.get"),
                Route("DELETE", "/{}/items/{}", "pass", "items.delete"),
            ),
        ),
        (
            CONTAINERS,
            (
                _LIST,
                _CREATE,
                _GET,
                _DELETE,
                Route("GET", "/{}/files", "pass", "files.list"),
                Route("POST", "/{}/files", "create_within", "files.create", "file"),
                Route("GET", "/{}/files/{}", "pass", "files.get"),
                Route("GET", "/{}/files/{}/content", "pass", "files.content"),
                Route("DELETE", "/{}/files/{}", "pass", "files.delete"),
            ),
        ),
    ),
    "anthropic": (
        (ANTHROPIC_FILES, (_LIST, _CREATE, _GET, _DELETE, _CONTENT)),
        (
            ANTHROPIC_BATCHES,
            (_LIST, _CREATE, _GET, _CANCEL, _DELETE, Route("GET", "/{}/results", "pass", "results")),
        ),
    ),
    "gemini": (
        (GEMINI_FILES, (_LIST, _GET, _DELETE, Route("GET", "/{}:download", "pass", "download"))),
        (GEMINI_UPLOADS, (Route("POST", "", "upload", "upload"), Route("PUT", "", "upload", "upload"))),
        (GEMINI_CACHES, (_LIST, _CREATE, _GET, _DELETE, Route("PATCH", "/{}", "pass", "update"))),
    ),
}


def served_object_calls() -> Iterator[tuple[Family, Route]]:
    """Yield everything that `find_object_call` finds."""
    for families in _ROUTES.values():
        for family, routes in families:
            yield from ((family, route) for route in routes)


def find_object_call(
    method: str, path: str, headers: Mapping[str, str], dialect: Dialect
) -> tuple[Dialect, ObjectCall | frozenset[str]]:
    """Return what a request line asks for, or the methods that its path takes: none for an unknown path.

    `/v1/files` is the path of three vendors. As with `/v1/models`, whoever sends `anthropic-version` means Anthropic's,
    and Google's SDK, which speaks `v1` by itself (3.4.0, 2026-11-23), sends its
    client's name. With it comes the dialect to answer in, which is the given one for an unknown path.
    """
    methods = set[str]()
    if path.startswith(_GEMINIS_OWN) or (path.startswith("/v1/files") and _is_google(headers)):
        path = path.replace("/v1/", "/v1beta/", 1)
    for family, routes in _families(path, headers):
        if path != family.path and not path.startswith(family.path + "/"):
            continue
        dialect = family.dialect
        rest = path[len(family.path) :]
        for route in routes:
            found = route.pattern.fullmatch(rest)
            if found is not None and route.method == method:
                return dialect, ObjectCall(family, route, found.groups())
            if found is not None:
                methods.add(route.method)
    return dialect, frozenset(methods)


_GEMINIS_OWN: Final = ("/upload/v1/", "/v1/cachedContents")


def _is_google(headers: Mapping[str, str]) -> bool:
    return "x-goog-api-client" in headers or "x-goog-api-key" in headers


def _families(path: str, headers: Mapping[str, str]) -> Iterator[tuple[Family, tuple[Route, ...]]]:
    if path.startswith(("/v1beta/", "/upload/")):
        yield from _ROUTES["gemini"]
        return
    if "anthropic-version" in headers or path.startswith("/v1/messages"):
        yield from _ROUTES["anthropic"]
    else:
        yield from _ROUTES["openai"]
