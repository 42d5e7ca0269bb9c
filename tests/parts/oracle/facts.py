"""Facts of a request, in words that all dialects share."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, cast

# Any: what a caller's JSON holds is what is looked at here.
Json = Any

Kind = Literal[
    "system",
    "user",
    "assistant",
    "call",
    "result",
    "failed",
    "media",
    "media_type",
    "cache",
    "tool",
    "namespace",
    "description",
    "schema",
    "setting",
]

_SAME = {
    ("tool_choice", "any"): "required",
    ("tool_choice", "validated"): "auto",
    ("service_tier", "standard_only"): "default",
    ("service_tier", "standard"): "default",
    ("effort", "disabled"): "none",
}
"""Words of one dialect that mean the same as another's."""

_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9]+")
_DATA_URL = re.compile(r"data:(?P<type>[^;,]*)(;[^,]*)?;base64,(?P<data>.*)", re.DOTALL)
_SAME_TYPES = {"mp3": "mpeg", "x-wav": "wav", "wave": "wav", "jpg": "jpeg"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a request says. `value` can be compared with that of the same kind in another dialect."""

    kind: Kind
    value: Json
    paths: tuple[str, ...]
    """The leaves that say it."""


@dataclass(slots=True)
class Facts:
    """All that was found in a request, in its order."""

    found: list[Fact] = field(default_factory=list[Fact])
    calls: dict[str, int] = field(default_factory=dict[str, int])
    """By id: how many calls there were before it."""
    count: int = 0

    def of(self, *kinds: Kind) -> list[Fact]:
        """Return the facts of these kinds, in order."""
        return [fact for fact in self.found if fact.kind in kinds]

    def add(self, kind: Kind, value: Json, *paths: str) -> None:
        """Note a fact."""
        self.found.append(Fact(kind, value, paths))

    def text(self, kind: Kind, value: Json, path: str) -> None:
        """Note words, unless they are none."""
        if isinstance(value, str) and value.strip():
            self.add(kind, value, path)

    def call(self, call_id: str | None, name: str, arguments: Json, *paths: str) -> None:
        """Note a call to a tool. Arguments come as JSON text, as an object, or as free text."""
        if call_id is not None:
            self.calls[call_id] = self.count
        self.count += 1
        self.add("call", (plain_name(name), plain_arguments(arguments)), *paths)

    def result(self, call_id: str | None, order: int, texts: list[str], *paths: str) -> None:
        """Note what a tool returned: of the call by that id, or else of the one that has this place in the order."""
        place = order if call_id is None else self.calls.get(call_id, order)
        self.add("result", (place, tuple(text for text in texts if text.strip())), *paths)

    def failed(self, call_id: str | None, order: int, path: str) -> None:
        """Note that a tool failed."""
        self.add("failed", order if call_id is None else self.calls.get(call_id, order), path)

    def medium(self, url: str, path: str, media_type: Json = None, type_path: str = "") -> None:
        """Note a medium by its data or address, and its type where that is told."""
        found = _DATA_URL.fullmatch(url)
        said = found["type"] if found else media_type
        self.add("media", media_value(url, said), path)
        if isinstance(said, str):
            self.add("media_type", plain_type(said), *([type_path] if type_path else []))

    def setting(self, name: str, value: Json, *paths: str) -> None:
        """Note a setting that is set, in the words that all dialects share."""
        if value is not None:
            said = _SAME.get((name, value), value) if isinstance(value, str) else value
            self.add("setting", (name, said), *paths)


def plain_name(name: str) -> str:
    """Return what of a tool's name is left where only letters and digits may be in it."""
    return _NOT_PLAIN.sub("_", name).strip("_").lower()


def plain_arguments(arguments: Json) -> Json:
    """Return arguments as the object that they are; free text as the one argument that carries it elsewhere."""
    if not isinstance(arguments, str):
        return arguments or {}
    if not arguments.strip():
        return {}
    try:
        return json.loads(arguments)
    except ValueError:
        return {"input": arguments}


def media_value(url: str, media_type: Json = None) -> str:
    """Return what identifies a medium: its bytes in base64 without padding, its words, or its address."""
    found = _DATA_URL.fullmatch(url)
    data = (found["data"] if found else url).rstrip("=")
    if str(media_type).startswith("text/") and not url.startswith("http"):
        return _words(data)
    return data


def plain_type(media_type: str) -> str:
    """Return what is behind the slash of a media type, in one of the spellings that are in use."""
    kind = media_type.rpartition("/")[2].lower()
    return _SAME_TYPES.get(kind, kind)


def _words(data: str) -> str:
    try:
        return base64.urlsafe_b64decode(data.replace("+", "-").replace("/", "_") + "=" * (-len(data) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return data


def inside(value: Json) -> dict[str, Json]:
    """Return an object as it is, an empty one for anything else."""
    # cast: the keys of a JSON object are strings.
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


def items(value: Json, path: str) -> Iterator[tuple[Json, str]]:
    """Walk a list, each element with its path; nothing where it is none."""
    # cast: nothing is known of the elements, which is what Json says.
    for index, element in enumerate(cast("list[Json]", value) if isinstance(value, list) else []):
        yield element, f"{path}[{index}]"


def below(path: str, name: str) -> str:
    """Return the path of a member."""
    return f"{path}.{name}" if path else name
