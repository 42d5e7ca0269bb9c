"""Pieces of answers that whole chat completions and chunks of streams have alike."""

from collections.abc import Iterator
from typing import cast

from drawbridge.gateway.wire.canonical import Citation, Json
from drawbridge.gateway.wire.events import Event, Frame, Logprobs, TokenLogprob
from drawbridge.gateway.wire.json_text import decode, elements, encode, members, text_or_none, whole_number
from drawbridge.gateway.wire.openai_chat.members import GONE, apply, differences, without_numbers
from drawbridge.gateway.wire.openai_chat.usage import KNOWN

_STRUCTURE = frozenset(
    {
        "id",
        "object",
        "created",
        "model",
        "service_tier",
        # Padding that hides how long the words are.
        "obfuscation",
        "p",
        "error.type",
        "error.code",
        "error.param",
        "error.status",
        "choices[].index",
        "choices[].finish_reason",
        "choices[].delta.role",
        "choices[].delta.index",
        "choices[].delta.content[].type",
        "choices[].delta.annotations[].type",
        "choices[].delta.tool_calls[].index",
        "choices[].delta.tool_calls[].id",
        "choices[].delta.tool_calls[].type",
        "choices[].delta.tool_calls[].function.name",
        "choices[].delta.function_call.name",
        "choices[].message.role",
        "choices[].message.content[].type",
        "choices[].message.content[].closed",
        "choices[].message.tool_calls[].index",
        "choices[].message.tool_calls[].id",
        "choices[].message.tool_calls[].type",
        "choices[].message.tool_calls[].function.name",
    }
)
"""What holds a reply together, and what is only said again: no news, so nothing that could be lost."""

_SEALED = ("choices[].delta.reasoning_details[].", "choices[].message.reasoning_details[].")
"""All of it but the words is in the seal of a thought."""

_CITED = "choices[].delta.annotations[].url_citation."
"""Told once there is a text that they are for."""

_ARGUMENTS = (
    "choices[].delta.tool_calls[].function.arguments",
    "choices[].message.tool_calls[].function.arguments",
)


def frame(
    kind: str,
    raw: dict[str, Json],
    regular: dict[str, Json],
    choices: list[int] | None = None,
    *,
    arguments_change: bool = False,
) -> Frame:
    """Return the frame of a reply or chunk: how it differs from the regular form of what was read from it.

    `choices` are the numbers of a chunk's. `arguments_change` is whether calls are told otherwise than they came, such
    as those to custom tools.
    """
    extras: dict[str, Json] = {}
    steps: list[Json] = []
    for path, value in differences(raw, regular):
        if _is_structure(path, value) or (arguments_change and without_numbers(path) in _ARGUMENTS):
            steps.append([path, value])
        else:
            extras[path] = value
            steps.append([path])
    shape = encode([choices or [], *steps]).decode() if choices or steps else ""
    return Frame(raw=raw, kind=kind, extras=extras, shape=shape)


def choices_of(shape: list[Json]) -> list[int]:
    """Return the numbers of the choices in the chunk of a frame."""
    return [number for number in elements(shape[0]) if isinstance(number, int)] if shape else []


def shape_of(frame: Event) -> list[Json]:
    """Return how a frame differs: the numbers of its choices, then each difference; those in extras by path only."""
    return elements(decode(frame.shape)) if frame.shape else []


def as_it_was(frame: Event, shape: list[Json], regular: dict[str, Json]) -> dict[str, Json]:
    """Make the regular form of a frame's events what the vendor sent."""
    steps = [elements(step) for step in shape[1:]]
    extras = frame.extras
    known = [step for step in steps if len(step) == 2 or step[0] in extras]
    return apply(regular, ((step[0], step[-1] if len(step) == 2 else extras[step[0]]) for step in known))


def _is_structure(path: str, value: Json) -> bool:
    if value in (None, "", [], {}) or path.startswith(GONE):
        return True
    plain = without_numbers(path)
    if plain in _STRUCTURE or plain.startswith((*_SEALED, _CITED)):
        return True
    holder, _, below = plain.partition("usage.")
    return holder in {"", "x_groq.", "choices[]."} and below in KNOWN


def choice_number(choice: dict[str, Json], position: int) -> int:
    """Return which of the answers asked for a choice is."""
    number = whole_number(choice.get("index"))
    return position if number is None else number


def read_citations(written: Json, at: str) -> Iterator[Citation]:
    """Read annotations: those of addresses, as OpenAI and OpenRouter write them."""
    for annotation in elements(written):
        raw = members(annotation)
        cited = members(raw.get("url_citation"))
        url = text_or_none(cited.get("url"))
        if raw.get("type") == "url_citation" and url is not None:
            yield Citation(
                at=f"{at}[].url_citation",
                raw=cited,
                kind="url",
                url=url,
                title=text_or_none(cited.get("title")),
                cited_text=text_or_none(cited.get("content")),
                start=whole_number(cited.get("start_index")),
                end=whole_number(cited.get("end_index")),
                names={"cited_text": "content", "start": "start_index", "end": "end_index"},
            )


def read_logprobs(choice: dict[str, Json], number: int) -> Logprobs | None:
    """Read the probabilities of a choice's tokens; None where there are none, or none that can be read."""
    raw = members(choice.get("logprobs"))
    tokens, refusal = raw.get("content"), raw.get("refusal")
    if not tokens and not refusal:
        return None
    read = [_read_token(members(token)) for token in elements(tokens)]
    refused = [_read_token(members(token)) for token in elements(refusal)] if isinstance(refusal, list) else None
    at = "choices[].logprobs"
    return Logprobs(at=at, raw=raw, tokens=read, refusal_tokens=refused, choice=number)


def _read_token(raw: dict[str, Json]) -> TokenLogprob:
    logprob = raw.get("logprob")
    written = raw.get("bytes")
    known = {"token", "logprob", "bytes", "top_logprobs"}
    return TokenLogprob(
        token=text_or_none(raw.get("token")) or "",
        logprob=logprob if isinstance(logprob, int | float) else 0.0,
        # cast: what is in the list is the vendor's business.
        bytes=cast("list[int]", written) if isinstance(written, list) else None,
        top=[_read_token(members(one)) for one in elements(raw.get("top_logprobs"))],
        extras={name: value for name, value in raw.items() if name not in known},
    )
