"""Whether a request's JSON is of the types that its vendor's official SDK has for it, with nothing that they lack."""

import functools
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, Required, TypeVar, Union, get_args, get_origin

import typing_extensions
from anthropic.types.beta.message_create_params import MessageCreateParamsBase
from google.genai import types as gemini
from openai.types.chat.completion_create_params import CompletionCreateParamsBase
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from pydantic import BaseModel, ValidationError

from drawbridge.gateway.dialects import Dialect
from tests.parts.oracle.facts import inside, items

# Any: JSON of any shape is held against types of any shape.
Json = Any
Type = Any

_WRAPPERS = (Required, NotRequired, typing_extensions.Required, typing_extensions.NotRequired, Annotated)
_LISTS = (list, Iterable, Sequence)
_REQUIRED = (Required, typing_extensions.Required)


def complaints(dialect: Dialect, body: Json) -> list[str]:
    """Return what of a request's body the SDK's types do not have."""
    match dialect:
        case "openai-chat":
            return _typed_dict({**body, "stream": None}, CompletionCreateParamsBase, "", {"stream"})
        case "openai-responses":
            return _typed_dict({**body, "stream": None}, ResponseCreateParamsBase, "", {"stream"})
        case "anthropic-messages":
            # The SDK (2.12) has no sampling any more, which older models still take:
            # https://platform.claude.com/docs/en/api/messages, read 2026-11-23.
            ignored = {"stream", "temperature", "top_p", "top_k"}
            return _typed_dict({**body, "stream": None}, MessageCreateParamsBase, "", ignored)
        case "gemini":
            return _gemini(body)
        case _:
            raise AssertionError(f"there are no types for {dialect} here")


def _gemini(body: Json) -> list[str]:
    found: list[str] = []
    for name, value in body.items():
        if name in _GEMINI:
            for element, path in items(value, name) if isinstance(value, list) else [(value, name)]:
                found += _model(element, _GEMINI[name], path)
        elif name not in _GEMINI_WORDS:
            found.append(f"{name} is unknown")
    return found


def _model(value: Json, wanted: type[BaseModel], path: str) -> list[str]:
    try:
        wanted.model_validate(value)
    except ValidationError as error:
        return [f"{path}: {problem['loc']} {problem['msg']}" for problem in error.errors()]
    return []


# https://ai.google.dev/api/generate-content: the SDK has types for the body's members, not for all of it.
_GEMINI: Mapping[str, type[BaseModel]] = {
    "contents": gemini.Content,
    "systemInstruction": gemini.Content,
    "tools": gemini.Tool,
    "toolConfig": gemini.ToolConfig,
    "generationConfig": gemini.GenerationConfig,
    "safetySettings": gemini.SafetySetting,
}
_GEMINI_WORDS = frozenset({"cachedContent", "labels", "serviceTier"})


def _check(value: Json, wanted: Type, path: str) -> list[str]:
    """Return what is wrong with a value for a type, each problem with its path."""
    if wanted in (Any, object) or isinstance(wanted, TypeVar):
        return []
    origin = get_origin(wanted)
    if origin in _WRAPPERS:
        return _check(value, get_args(wanted)[0], path)
    if origin in (Union, types.UnionType):
        return _union(value, get_args(wanted), path)
    if origin is Literal:
        return [] if value in get_args(wanted) else [f"{path} is {value!r}, not one of {get_args(wanted)}"]
    if typing_extensions.is_typeddict(wanted):
        return _typed_dict(value, wanted, path, frozenset())
    if wanted is dict or origin in (dict, Mapping):
        return [] if isinstance(value, dict) else [f"{path} is no object"]
    if origin in _LISTS or "Sequence" in str(origin):
        return _list(value, get_args(wanted)[0], path)
    return _plain(value, wanted, path)


def _union(value: Json, choices: tuple[Type, ...], path: str) -> list[str]:
    tried = [_check(value, choice, path) for choice in choices]
    # The choice that was meant is the one that the value comes closest to; one whose tag is another is none.
    return min(tried, key=lambda problems: (_is_of_another_kind(problems, path), len(problems)))


def _is_of_another_kind(problems: list[str], path: str) -> bool:
    return any(problem.startswith((f"{path} is", f"{path}.type is", f"{path}.type is missing")) for problem in problems)


def _list(value: Json, wanted: Type, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path} is no list"]
    return [problem for element, at in items(value, path) for problem in _check(element, wanted, at)]


def _typed_dict(value: Json, wanted: Type, path: str, ignored: Iterable[str]) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    hints, required = _members(wanted)
    found: list[str] = []
    for name, member in inside(value).items():
        if name in ignored:
            continue
        if name not in hints:
            found.append(f"{path}.{name} is unknown")
        else:
            found += _check(member, hints[name], f"{path}.{name}")
    return found + [f"{path}.{name} is missing" for name in required if name not in value]


@functools.cache
def _members(wanted: Type) -> tuple[dict[str, Type], frozenset[str]]:
    hints = typing_extensions.get_type_hints(wanted, include_extras=True)
    # Their TypedDicts are all `total=False`, with `Required` where it is: inside strings, which the class cannot see.
    required = {name for name, hint in hints.items() if get_origin(hint) in _REQUIRED}
    return hints, frozenset(required | (wanted.__required_keys__ if wanted.__total__ else set()))


_PLAIN: Mapping[Type, Callable[[Json], bool]] = {
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    int: lambda value: isinstance(value, int) and not isinstance(value, bool),
    float: lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    type(None): lambda value: value is None,
    None: lambda value: value is None,
}


def _plain(value: Json, wanted: Type, path: str) -> list[str]:
    is_right = _PLAIN.get(wanted)
    # Files as Python objects, and other things that no JSON is.
    if is_right is None or is_right(value):
        return [] if is_right is not None else [f"{path} cannot be a {wanted}"]
    return [f"{path} is {type(value).__name__}, not {wanted}"]
