"""Replies of Gemini: generateContent, streamGenerateContent in its two forms, countTokens and the embeddings.

Sources: https://ai.google.dev/api/generate-content, https://ai.google.dev/api/embeddings and recorded traffic, all as
of 2026-11-22.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal, cast

import msgspec
from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.failures import Failure, missing
from drawbridge.gateway.providers.rehearsal.instances import Schema
from drawbridge.gateway.providers.rehearsal.reading import compact, fit, read_json
from drawbridge.gateway.providers.rehearsal.reply import Effects, RehearsedReply, Seed, streamed, whole
from drawbridge.gateway.providers.rehearsal.script import (
    TOKENS_PER_MEDIUM,
    Ending,
    MediaKind,
    Spoken,
    Tool,
    Transcript,
    Wishes,
    count_tokens,
    perform,
    read_effects,
    split,
)
from drawbridge.gateway.providers.rehearsal.vectors import DIMENSIONS, DIMENSIONS_LIMIT, as_floats, embed

PlainOperation = Literal["generateContent", "countTokens", "embedContent", "batchEmbedContents"]

_JSON_TYPE: Final = "application/json; charset=UTF-8"
_EVENT_STREAM_TYPE: Final = "text/event-stream"

_FINISH: Final[dict[Ending, str]] = {
    "complete": "STOP",
    "stop_sequence": "STOP",
    "max_tokens": "MAX_TOKENS",
    "calls": "STOP",
}
_MODALITIES: Final[dict[MediaKind, str]] = {
    "image": "IMAGE",
    "audio": "AUDIO",
    "video": "VIDEO",
    "document": "DOCUMENT",
}
_CHOICES: Final[dict[str, Literal["forced", "none"]]] = {"ANY": "forced", "NONE": "none"}
# JSON of protocol buffers may be written in either case (https://protobuf.dev/programming-guides/json/), and some
# clients write snake_case. What belongs to the caller (arguments, results, schemas) is left as it is.
_THEIRS: Final = frozenset(
    {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema"}
)


class _Call(Struct):
    name: str
    args: dict[str, object] | None = None
    id: str | None = None


class _Result(Struct):
    name: str
    response: dict[str, object] | None = None
    id: str | None = None


class _Blob(Struct):
    mimeType: str = ""  # noqa: N815 - the vendor's name


class _Part(Struct, rename="camel"):
    text: str | None = None
    inline_data: _Blob | None = None
    file_data: _Blob | None = None
    function_call: _Call | None = None
    function_response: _Result | None = None


class _Content(Struct):
    parts: list[_Part] | None = None
    role: Literal["user", "model", "function", "tool", "system", ""] | None = None


class _Declared(Struct, rename="camel", omit_defaults=True):
    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None
    parameters_json_schema: dict[str, object] | None = None


class _CallingConfig(Struct, rename="camel"):
    mode: str = "AUTO"
    allowed_function_names: list[str] | None = None


class _ToolConfig(Struct, rename="camel"):
    function_calling_config: _CallingConfig | None = None


class _GenerationConfig(Struct, rename="camel"):
    max_output_tokens: Annotated[int, Meta(ge=1)] | None = None
    stop_sequences: list[str] | None = None
    response_mime_type: str | None = None
    response_schema: dict[str, object] | None = None
    response_json_schema: dict[str, object] | None = None


class _Request(Struct, rename="camel"):
    contents: list[_Content]
    system_instruction: _Content | str | None = None
    tools: list[dict[str, object]] | dict[str, object] | None = None
    tool_config: _ToolConfig | None = None
    generation_config: _GenerationConfig | None = None


class _CountRequest(Struct, rename="camel"):
    contents: list[_Content] | None = None
    generate_content_request: _Request | None = None


class _EmbedConfig(Struct, rename="camel"):
    output_dimensionality: Annotated[int, Meta(ge=1, le=DIMENSIONS_LIMIT)] | None = None


class _EmbedRequest(_EmbedConfig, rename="camel", kw_only=True):
    content: _Content
    embed_content_config: _EmbedConfig | None = None


class _BatchEmbedRequest(Struct):
    requests: list[_EmbedRequest]


@dataclass(frozen=True, slots=True)
class _Answer:
    model: str
    seed: Seed
    spoken: Spoken
    heard: Transcript


def answer(operation: PlainOperation, body: bytes, model: str, seed: Seed) -> RehearsedReply:
    """Return the reply to an operation that does not stream. Raises Failure."""
    match operation:
        case "generateContent":
            return _generate(body, model, seed)
        case "countTokens":
            return _count(body)
        case "embedContent":
            return _embed_one(body)
        case "batchEmbedContents":
            return _embed_batch(body)


def stream(body: bytes, model: str, seed: Seed, *, sse: bool) -> RehearsedReply:
    """Return the reply to streamGenerateContent: events with `alt=sse`, else one JSON array. Raises Failure."""
    given, effects = _perform(body, model, seed)
    responses = [msgspec.json.encode(response) for response in _responses(given)]
    if sse:
        # The vendor ends its lines with CR LF, as recorded.
        return streamed((b"data: " + response + b"\r\n\r\n" for response in responses), effects, _EVENT_STREAM_TYPE)
    first, *more = responses
    pieces = [b"[" + first, *(b"\n,\r\n" + response for response in more), b"\n]\n"]
    return streamed(pieces, effects, _JSON_TYPE)


def _generate(body: bytes, model: str, seed: Seed) -> RehearsedReply:
    given, effects = _perform(body, model, seed)
    parts = [*_text_parts([given.spoken.text]), *_call_parts(given.spoken)]
    return whole(_response(given, parts, last=True), effects, _JSON_TYPE)


def _count(body: bytes) -> RehearsedReply:
    asked = fit(_camel(read_json(body, object)), _CountRequest)
    request = asked.generate_content_request
    if request is None:
        if asked.contents is None:
            raise missing("contents")
        request = _Request(asked.contents)
    heard = _hear(request)
    effects = read_effects(heard.user_text)
    counted = {"totalTokens": heard.input_tokens, "promptTokensDetails": _details(heard)}
    return whole(counted, effects, _JSON_TYPE)


def _embed_one(body: bytes) -> RehearsedReply:
    request = fit(_camel(read_json(body, object)), _EmbedRequest)
    return _embedded({"embedding": _embedding(request)}, [request])


def _embed_batch(body: bytes) -> RehearsedReply:
    requests = fit(_camel(read_json(body, object)), _BatchEmbedRequest).requests
    if not 0 < len(requests) <= 100:
        raise Failure("invalid", "a batch holds 1 to 100 requests", ("requests",))
    return _embedded({"embeddings": [_embedding(request) for request in requests]}, requests)


def _camel(value: object) -> object:
    if isinstance(value, list):
        return [_camel(item) for item in cast("list[object]", value)]  # decoded JSON
    if not isinstance(value, dict):
        return value
    found: dict[str, object] = {}
    for key, item in cast("dict[str, object]", value).items():  # decoded JSON has string keys
        first, *rest = key.split("_")
        name = first + "".join(word.capitalize() for word in rest)
        found[name] = item if name in _THEIRS else _camel(item)
    return found


def _perform(body: bytes, model: str, seed: Seed) -> tuple[_Answer, Effects]:
    request = fit(_camel(read_json(body, object)), _Request)
    heard = _hear(request)
    effects = read_effects(heard.user_text)
    return _Answer(model, seed, perform(heard, _wishes(request)), heard), effects


def _hear(request: _Request) -> Transcript:
    if not request.contents:
        raise Failure("empty", "contents is not specified", ("contents",))
    heard = Transcript(messages=len(request.contents))
    system = request.system_instruction
    if isinstance(system, str):
        heard.hear_system(system)
    elif system is not None:
        heard.hear_system("".join(part.text for part in system.parts or () if part.text))
    for at, content in enumerate(request.contents):
        _hear_content(heard, content, at)
    for tool in _tools(request):
        heard.count(compact(tool))
    config = request.generation_config
    if config is not None and (schema := config.response_json_schema or config.response_schema):
        heard.count(compact(schema))
    return heard


def _hear_content(heard: Transcript, content: _Content, at: int) -> None:
    if not content.parts:
        raise Failure("empty", "contents.parts must not be empty", ("contents", at, "parts"))
    texts = [part.text for part in content.parts if part.text is not None]
    results = [part.function_response for part in content.parts if part.function_response is not None]
    if content.role == "model" or results:
        heard.count("".join(texts))
    else:
        heard.hear_user(texts)
    for part in content.parts:
        if (blob := part.inline_data or part.file_data) is not None:
            heard.see(_medium(blob.mimeType))
        if (call := part.function_call) is not None:
            heard.hear_call(call.id or call.name, call.name, compact(call.args or {}))
    for result in results:
        heard.hear_result(result.id or result.name, compact(result.response or {}), result.name)


def _medium(mime_type: str) -> MediaKind:
    match mime_type.partition("/")[0]:
        case "image" | "audio" | "video" as kind:
            return kind
        case _:
            return "document"


def _wishes(request: _Request) -> Wishes:
    config = request.generation_config or _GenerationConfig()
    calling = (request.tool_config or _ToolConfig()).function_calling_config or _CallingConfig()
    functions: list[Tool] = []
    hosted: list[str] = []
    for at, tool in enumerate(_tools(request)):
        hosted.extend(name for name in tool if name != "functionDeclarations")
        declared = fit(tool.get("functionDeclarations", []), list[_Declared], "tools", at, "functionDeclarations")
        functions.extend(Tool(it.name, it.parameters_json_schema or it.parameters or {}) for it in declared)
    return Wishes(
        tools=tuple(functions),
        hosted_tools=tuple(hosted),
        choice=_CHOICES.get(calling.mode.upper(), "auto"),
        allowed=frozenset(calling.allowed_function_names) if calling.allowed_function_names else None,
        output_schema=_output_schema(config),
        max_tokens=config.max_output_tokens,
        stop=tuple(config.stop_sequences or ()),
    )


def _tools(request: _Request) -> list[dict[str, object]]:
    # The vendor takes a single tool without its list, as recorded.
    return [request.tools] if isinstance(request.tools, dict) else request.tools or []


def _output_schema(config: _GenerationConfig) -> Schema | None:
    if schema := config.response_json_schema or config.response_schema:
        return schema
    as_json = config.response_mime_type == "application/json"
    return {"type": "object", "required": ["rehearsal"]} if as_json else None


def _responses(given: _Answer) -> Iterator[dict[str, object]]:
    pieces = split(given.spoken.text)
    for piece in pieces[:-1]:
        yield _response(given, _text_parts([piece]), last=False)
    yield _response(given, [*_text_parts(pieces[-1:]), *_call_parts(given.spoken)], last=True)


def _text_parts(texts: list[str]) -> list[dict[str, object]]:
    return [{"text": text} for text in texts if text]


def _call_parts(spoken: Spoken) -> list[dict[str, object]]:
    return [{"functionCall": {"name": call.tool.name, "args": call.arguments}} for call in spoken.calls]


def _response(given: _Answer, parts: list[dict[str, object]], *, last: bool) -> dict[str, object]:
    candidate: dict[str, object] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if last:
        candidate["finishReason"] = _FINISH[given.spoken.ending]
    return {
        "candidates": [candidate],
        "usageMetadata": _usage(given, last=last),
        "modelVersion": given.model,
        "responseId": given.seed.name("", 22),
    }


def _usage(given: _Answer, *, last: bool) -> dict[str, object]:
    heard, output_tokens = given.heard, given.spoken.output_tokens if last else 0
    usage: dict[str, object] = {"promptTokenCount": heard.input_tokens}
    if last:
        usage["candidatesTokenCount"] = output_tokens
    usage["totalTokenCount"] = heard.input_tokens + output_tokens
    usage["promptTokensDetails"] = _details(heard)
    if last:
        usage["candidatesTokensDetails"] = [{"modality": "TEXT", "tokenCount": output_tokens}]
    return usage


def _details(heard: Transcript) -> list[dict[str, object]]:
    details: list[dict[str, object]] = [{"modality": "TEXT", "tokenCount": count_tokens(heard.text_bytes)}]
    for kind, number in heard.media.items():
        details.append({"modality": _MODALITIES[kind], "tokenCount": TOKENS_PER_MEDIUM * number})
    return details


def _embedding(request: _EmbedRequest) -> dict[str, object]:
    config = request.embed_content_config or request
    dimensions = config.output_dimensionality or request.output_dimensionality or DIMENSIONS
    return {"values": as_floats(embed(_embedded_text(request).encode(), dimensions))}


def _embedded(body: dict[str, object], requests: list[_EmbedRequest]) -> RehearsedReply:
    texts = [_embedded_text(request) for request in requests]
    effects = read_effects("\n".join(texts))
    tokens = sum(count_tokens(len(text.encode())) for text in texts)
    details = [{"modality": "TEXT", "tokenCount": tokens}]
    usage = {"promptTokenCount": tokens, "promptTokenDetails": details}
    return whole(body | {"usageMetadata": usage}, effects, _JSON_TYPE)


def _embedded_text(request: _EmbedRequest) -> str:
    text = "\n".join(part.text for part in request.content.parts or () if part.text)
    if not text:
        raise missing("content", "parts")
    return text
