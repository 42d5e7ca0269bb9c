"""The model's name inside of Gemini bodies, where it must be the one in the path."""

from contextlib import suppress

import msgspec

from drawbridge.gateway.bodies import Edit, TopLevel, scan
from drawbridge.gateway.errors import MalformedBody

_PREFIX = "models/"
_REQUESTS = ("generateContentRequest", "generate_content_request")
_GUARDED = frozenset({"model"})


def rename_inner_models(top: TopLevel, model: str, upstream_model: str) -> list[Edit]:
    """Return what writes the upstream's name wherever a body repeats the caller's name for the model.

    At the top of `embedContent`, in each of the `requests` of `batchEmbedContents`, and in the
    `generateContentRequest` of `countTokens` (https://ai.google.dev/api/embeddings and .../tokens, read 2026-11-23).
    Other names stay: they are the vendor's to judge.
    """
    names = {model: upstream_model, _PREFIX + model: _PREFIX + upstream_model}
    edits = _renamed(top, 0, names)
    for inner in _REQUESTS:
        member = top.members.get(inner)
        if member is not None:
            edits += _within(top.body[member.value : member.end], member.value, names)
    for start, text in _elements(top, "requests"):
        edits += _within(text, start, names)
    return edits


def inner_models(top: TopLevel) -> set[str]:
    """Return every model that a body names, in the places where `rename_inner_models` looks, without `models/`.

    Raises MalformedBody where one is named in a way that two readers could read differently.
    """
    inner = [top]
    inner += [found for name in _REQUESTS if (found := _object(top, name)) is not None]
    inner += [scan(text, _GUARDED) for _, text in _elements(top, "requests") if text.startswith(b"{")]
    return {name.removeprefix(_PREFIX) for one in inner if (name := one.text("model"))}


def _object(top: TopLevel, name: str) -> TopLevel | None:
    raw = top.raw(name)
    return scan(raw, _GUARDED) if raw is not None and raw.startswith(b"{") else None


def _renamed(top: TopLevel, offset: int, names: dict[str, str]) -> list[Edit]:
    with suppress(MalformedBody):
        name = top.text("model")
        if name in names:
            member = top.members["model"]
            return [Edit(member.value + offset, member.end + offset, msgspec.json.encode(names[name]))]
    return []


def _within(text: bytes, offset: int, names: dict[str, str]) -> list[Edit]:
    with suppress(MalformedBody):
        return _renamed(scan(text), offset, names)
    return []


def _elements(top: TopLevel, name: str) -> list[tuple[int, bytes]]:
    """Return where the elements of a list stand in the body, and their text; none where it is no list."""
    member = top.members.get(name)
    if member is None:
        return []
    try:
        elements = msgspec.json.decode(top.body[member.value : member.end], type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    found: list[tuple[int, bytes]] = []
    at = member.value + 1
    for element in elements:
        text = bytes(element)
        # Only white space and a comma are between two elements, and no element begins with either.
        start = top.body.index(text, at)
        found.append((start, text))
        at = start + len(text)
    return found
