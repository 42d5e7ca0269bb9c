r"""The vendor objects that a request refers to, found wherever its dialect may name one.

Most requests refer to none, and must not pay for those that do: quick tests of the text come first. They look for the
names themselves, so that a member written twice does not hide. A name written with escapes ("file\u005fid") is a name
to every vendor: it counts as found.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast
from urllib.parse import unquote, urlsplit

import msgspec

from drawbridge.gateway.bodies import TopLevel
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.objects.kinds import Kind, Reference, is_id
from drawbridge.gateway.snapshot import Provider

_Kinds = dict[str, Kind]
_SHOWN: Final = 200
_OBJECT: Final = re.compile(r"(?:/v\d\w*|/upload/v\d\w*)?/files/([^/]+)/?")
_GOOGLES: Final = "generativelanguage"
"""Part of the name of every host at which Google serves uploaded files."""
_PUBLIC: Final = re.compile(r"((?:[a-z0-9-]+\.)+[a-z][a-z-]*)\.?(?::\d*)?")
"""A host and port that every reader takes for the same: no user, no address in numbers, nothing beyond ASCII."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """Where a dialect names objects."""

    top: _Kinds = field(default_factory=dict[str, Kind])
    """Members of the body: a string, or an object with an `id`."""
    inner: _Kinds = field(default_factory=dict[str, Kind])
    """Members anywhere below: a string, a list of strings, an object with an `id`, or one to go on looking in.

    Their names are in lower case here, and count in any: some parsers of JSON match them without it.
    """
    free: frozenset[str] = frozenset()
    """Members whose content is the caller's own and means nothing to the vendor: schemas, arguments, metadata."""
    has_items: bool = False
    """Whether `input` and `items` may hold items that are nothing but a reference to one that is stored."""
    file_hosts: frozenset[str] | None = None
    """Where files may live besides at Google; None: anywhere."""


_SCHEMAS: Final = frozenset({"parameters", "schema", "arguments", "metadata", "response_format"})

_RESPONSES: Final = _Rules(
    top={"previous_response_id": "response", "conversation": "conversation", "prompt": "prompt"},
    inner={
        "file_id": "file",
        "file_ids": "file",
        "container": "container",
        "container_id": "container",
        "vector_store_id": "vector_store",
        "vector_store_ids": "vector_store",
        "skill_id": "skill",
    },
    free=_SCHEMAS | {"client_metadata", "env", "text"},
    has_items=True,
)
_CHAT: Final = _Rules(
    inner={"file_id": "file", "audio": "audio", "vector_store_ids": "vector_store"},
    free=_SCHEMAS | {"tools", "functions", "prediction"},
)
_MESSAGES: Final = _Rules(
    top={"container": "container"},
    inner={"file_id": "file", "skill_id": "skill"},
    free=_SCHEMAS | {"input", "input_schema", "output_format", "output_config"},
)
_GEMINI: Final = _Rules(
    top={"cachedContent": "cache", "cached_content": "cache"},
    inner={
        "cachedcontent": "cache",
        "cached_content": "cache",
        "fileuri": "gemini_file",
        "file_uri": "gemini_file",
        "filesearchstorenames": "search_store",
        "file_search_store_names": "search_store",
    },
    free=frozenset(
        {
            "args",
            "response",
            "labels",
            "parameters",
            "parametersJsonSchema",
            "parameters_json_schema",
            "responseSchema",
            "response_schema",
            "responseJsonSchema",
            "response_json_schema",
            "_responseJsonSchema",
        }
    ),
)
_RULES: Final[dict[str, _Rules]] = {
    "openai-responses": _RESPONSES,
    "openai-chat": _CHAT,
    "openai-images": _Rules(inner={"file_id": "file"}),
    "anthropic-messages": _MESSAGES,
    "gemini": _GEMINI,
}

TOP_MEMBERS: Final = frozenset(name for rules in _RULES.values() for name in rules.top) | {"input", "items", "messages"}
"""Members at the top that are read here: two readers must not find two requests in them."""


_ITEM_LISTS: Final = ("input", "items")
_CONTENTS: Final = {
    "image_generation_call": ("result",),
    "reasoning": ("encrypted_content", "content"),
    "compaction": ("encrypted_content",),
    "web_search_call": ("action",),
    "file_search_call": ("results",),
    "code_interpreter_call": ("outputs",),
    "computer_call": ("action", "actions"),
    "mcp_call": ("output", "error"),
    "mcp_list_tools": ("tools", "error"),
}
"""What the vendor made, by type of item. OpenAI completes images and reasoning that come without it from the stored
item (read 2026-11-23), takes calls of tools without their output from clients (recorded traffic of openai-agents and
pydantic-ai), and says of none that it does not complete it. What the caller made itself is not in the list."""


class _Item(msgspec.Struct, gc=False):
    type: object = None
    role: object = None
    id: object = None
    result: msgspec.Raw = msgspec.Raw(b"")
    encrypted_content: msgspec.Raw = msgspec.Raw(b"")
    content: msgspec.Raw = msgspec.Raw(b"")
    action: msgspec.Raw = msgspec.Raw(b"")
    actions: msgspec.Raw = msgspec.Raw(b"")
    results: msgspec.Raw = msgspec.Raw(b"")
    outputs: msgspec.Raw = msgspec.Raw(b"")
    output: msgspec.Raw = msgspec.Raw(b"")
    error: msgspec.Raw = msgspec.Raw(b"")
    tools: msgspec.Raw = msgspec.Raw(b"")

    def is_bare(self) -> bool:
        """Tell whether the item has an id, and perhaps nothing that could stand without the stored one."""
        if self.id is None:
            return False
        if isinstance(self.type, str):
            contents = _CONTENTS.get(self.type)
            return contents is not None and all(_is_empty(getattr(self, name)) for name in contents)
        return self.type is not None or self.role is None


def _is_empty(raw: msgspec.Raw) -> bool:
    return bytes(raw).strip(b'[]{}" \t\r\n') in (b"", b"null")


_items_of: Final = msgspec.json.Decoder(list[_Item]).decode


def find_references(
    dialect: Dialect, top: TopLevel, providers: Collection[Provider] | None = None
) -> frozenset[Reference]:
    """Return every vendor object that a request refers to. Raises MalformedBody where that cannot be told for sure.

    `providers` are those whose own hosts may serve uploaded files; None: any host may.
    """
    rules = _RULES.get(dialect)
    if rules is None:
        return frozenset()
    may_refer = any(name in top for name in rules.top) or _MAY_NAME_OBJECTS[dialect](top.body)
    if not may_refer and not (rules.has_items and _has_bare_item(top)):
        return frozenset()
    if dialect == "gemini" and providers is not None:
        hosts = (urlsplit(provider.base_url).hostname for provider in providers)
        rules = replace(rules, file_hosts=frozenset(filter(None, hosts)))
    return frozenset(_found_in(rules, top.body))


def _found_in(rules: _Rules, body: bytes) -> Iterator[Reference]:
    value = _parse(body)
    for name, inner in value.items():
        kind = rules.top.get(name)
        if kind is not None:
            yield from _named(rules, kind, inner)
        if name not in rules.free:
            yield from _walk(rules, {name: inner} if kind is None else inner)
    if rules.has_items:
        for name in _ITEM_LISTS:
            yield from _bare_items(rules, value.get(name))


def _walk(rules: _Rules, value: object) -> Iterator[Reference]:
    """Look into a value, however deep. Raises MalformedBody for a member that stands there twice."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            pending.extend(cast("list[object]", current))
        elif isinstance(current, dict):
            members = cast("dict[str, object]", current)
            _require_once(members)
            yield from _named_in(rules, members)
            pending.extend(inner for name, inner in members.items() if name not in rules.free)


def _named_in(rules: _Rules, members: dict[str, object]) -> Iterator[Reference]:
    if members.get("type") == "item_reference":
        yield from _named(rules, "item", members)
    # Skills that the vendor offers to everybody.
    is_public = members.get("type") == "anthropic"
    for name, inner in members.items():
        kind = None if name in rules.free else rules.inner.get(name.casefold())
        if kind is not None and not (is_public and kind == "skill"):
            yield from _named(rules, kind, inner)


def _named(rules: _Rules, kind: Kind, value: object) -> Iterator[Reference]:
    """Read what names one object, or several."""
    if isinstance(value, list):
        for element in cast("list[object]", value):
            yield from _named(rules, kind, element)
    elif isinstance(value, dict):
        members = cast("dict[str, object]", value)
        _require_once(members)
        yield from _named(rules, kind, members.get("id"))
    elif isinstance(value, str) and (object_id := _plain_id(rules, kind, value)) is not None:
        # What can be no id is nobody's: a vendor that trims what it is sent would find another object by it.
        yield Reference(kind, object_id if is_id(object_id) else ascii(object_id)[:_SHOWN])


def _plain_id(rules: _Rules, kind: Kind, written: str) -> str | None:
    """Return the id in what was written; None for what is no object of the vendor."""
    if kind == "cache":
        return written.removeprefix("cachedContents/")
    return gemini_file_id(written, rules.file_hosts) if kind == "gemini_file" else written


def gemini_file_id(uri: str, file_hosts: frozenset[str] | None = None) -> str | None:
    """Return the id of an uploaded file that a URI leads to; None for YouTube, gs:// and the web.

    What is not plainly the one or the other counts as a file: then it is nobody's. At public hosts other than
    Google's and `file_hosts`, if these are given, nothing counts as a file.
    """
    try:
        parts = urlsplit(uri.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return uri
    is_of_the_web = parts.scheme in ("http", "https")
    if parts.scheme == "gs":
        return None
    if is_of_the_web and file_hosts is not None and _is_elsewhere(parts.netloc.lower(), file_hosts):
        return None
    path = unquote(parts.path)
    found = _OBJECT.fullmatch(path if parts.scheme else f"/{path.removeprefix('/')}")
    if found is not None:
        return found[1].partition(":")[0]
    is_elsewhere = is_of_the_web and host and _GOOGLES not in host
    return None if is_elsewhere else uri


def _is_elsewhere(place: str, file_hosts: frozenset[str]) -> bool:
    named = _PUBLIC.fullmatch(place)
    return named is not None and named[1] not in file_hosts and not f".{named[1]}".endswith(".googleapis.com")


def _has_bare_item(top: TopLevel) -> bool:
    for name in _ITEM_LISTS:
        raw = top.raw(name)
        if raw is None or not raw.startswith(b"["):
            continue
        try:
            if any(item.is_bare() for item in _items_of(raw)):
                return True
        except (msgspec.MsgspecError, RecursionError):
            # Such as an element that is no object, or a half of a character: to be looked at closely.
            return True
    return False


def _bare_items(rules: _Rules, value: object) -> Iterator[Reference]:
    """An item without a type or role refers to one: `type` may be left out there, says OpenAI (read 2026-11-22)."""
    for element in cast("list[object]", value) if isinstance(value, list) else ():
        members = cast("dict[str, object]", element) if isinstance(element, dict) else {}
        kind = members.get("type")
        contents = _CONTENTS.get(kind) if isinstance(kind, str) else None
        is_bare = kind is None and members.get("role") is None
        if is_bare or (contents is not None and not any(members.get(name) for name in contents)):
            yield from _named(rules, "item", members.get("id"))


class _Twice(dict[str, object]):
    """An object in which a member stands twice."""


def _parse(body: bytes) -> dict[str, object]:
    try:
        # The body was read as one JSON object before.
        return cast("dict[str, object]", json.loads(body, object_pairs_hook=_members))
    except RecursionError as error:
        raise MalformedBody("The body's JSON is nested too deeply. Send it with fewer levels.") from error


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Twice(members)


def _require_once(members: dict[str, object]) -> None:
    if isinstance(members, _Twice):
        names = ", ".join(sorted(members)[:5])
        raise MalformedBody(f"An object in the body has a member twice, among: {names}. Send each once.")


_RARE: Final = 200


def _may_name_objects(rules: _Rules) -> Callable[[bytes], bool]:
    hints, marks = _hints(rules), _marks(rules)

    def test(body: bytes) -> bool:
        return any(hint.is_in(body) for hint in hints) and marks.search(body.lower()) is not None

    return test


@dataclass(frozen=True, slots=True)
class _Hint:
    """What a text has in it wherever it may name an object, found by a byte that is rare in most long texts.

    To find one byte takes next to no time, where any pattern takes as long as the rest of the reading.
    """

    byte: bytes
    around: re.Pattern[bytes]
    """Matches at the byte; it looks at what stands before."""
    pattern: re.Pattern[bytes]
    """Finds the same, or more, where the byte is not rare."""

    def is_in(self, body: bytes) -> bool:
        at = body.find(self.byte)
        for _ in range(_RARE):
            if at < 0:
                return False
            if self.around.match(body, at):
                return True
            at = body.find(self.byte, at + 1)
        return self.pattern.search(body) is not None


def _hints(rules: _Rules) -> Sequence[_Hint]:
    r"""Return hints of which one at least is in a text that names an object.

    A name has a colon behind it, other than the quotes around it. Written with escapes, it has one of \u0040 to
    \u007f, which hold the letters and the underscore, or of the long s and the sign of Kelvin, \u017f and \u212a.
    """
    names = "|".join(f'(?<={_in_any_case(name)}":)' for name in rules.inner)
    initials = "".join(name[0] + name[0].upper() for name in rules.inner)
    endings = "|".join(f'{name[1:]}"' for name in rules.inner)
    hints = [
        _hint(b":", rf':(?:(?<=":)(?:{names})|(?<=["\s]\s:))', f'"[{initials}](?i:{endings})'),
        _hint(b"0", r"0(?<=\\u0)(?:0[4-7]|17[fF])", r"\\u0(?:0[4-7]|17[fF])"),
        _hint(b"2", r"2(?<=\\u2)12[aA]", r"\\u212[aA]"),
        _hint(b"\xc5", r"\xc5\xbf"),
        _hint(b"\xe2", r"\xe2\x84\xaa"),
    ]
    if rules.has_items:
        hints.append(_hint(b"_", r'_(?<="item_)reference"', '"item_reference"'))
    return hints


def _hint(byte: bytes, around: str, pattern: str | None = None) -> _Hint:
    return _Hint(byte, re.compile(around.encode()), re.compile((pattern or around).encode()))


def _in_any_case(name: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in name)


def _marks(rules: _Rules) -> re.Pattern[bytes]:
    """Return what finds names that stand where names may, in a text in lower case."""
    names = [*rules.inner, *(("item_reference",) if rules.has_items else ())]
    alternatives = "|".join(f'{re.escape(name)}"' for name in names)
    # The letters and the underscore, of which all the names are made, are \u0040 to \u007f; the long s and the sign of
    # Kelvin are letters where case is ignored.
    others = r"[a-z_]*+(?:\\u(?:00[4-7]|017f|212a)|\xc5\xbf|\xe2\x84\xaa)"
    return re.compile(f'"(?:{alternatives}|{others})'.encode())


_MAY_NAME_OBJECTS: Final = {dialect: _may_name_objects(rules) for dialect, rules in _RULES.items()}
