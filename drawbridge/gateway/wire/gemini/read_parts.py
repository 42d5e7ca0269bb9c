"""The parts of a content, as requests and replies have them."""

from collections.abc import Mapping
from typing import Final, Literal

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import (
    Hosted,
    Json,
    Medium,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.gemini.spelling import Spelled, tree
from drawbridge.gateway.wire.json_text import encode, members, text_or_none
from drawbridge.gateway.wire.losses import join
from drawbridge.gateway.wire.opaque import take_back

# https://ai.google.dev/api/caching#Part, read 2026-11-23.
_PART: Final = tree(
    """
    text thought thoughtSignature mediaResolution.level
    inlineData.mimeType inlineData.data inlineData.displayName
    fileData.fileUri fileData.mimeType fileData.displayName
    functionCall.id functionCall.name functionCall.args
    functionResponse.id functionResponse.name functionResponse.response functionResponse.parts
    executableCode codeExecutionResult toolCall toolResponse
    """
)

_TEXT: Final = {"text": "text", "seal": "thoughtSignature"}
_THINKING: Final = {"paragraphs": "text", "seal": "thoughtSignature", "is_summary": "thought"}
_DATA: Final = {
    "media_type": "inlineData.mimeType",
    "data": "inlineData.data",
    "name": "inlineData.displayName",
    "detail": "mediaResolution.level",
    "seal": "thoughtSignature",
}
_FILE: Final = {
    "media_type": "fileData.mimeType",
    "url": "fileData.fileUri",
    "file": "fileData.fileUri",
    "name": "fileData.displayName",
    "detail": "mediaResolution.level",
    "seal": "thoughtSignature",
}
_CALL: Final = {
    "id": "functionCall.id",
    "name": "functionCall.name",
    "arguments": "functionCall.args",
    "seal": "thoughtSignature",
}
_RESULT: Final = {
    "call_id": "functionResponse.id",
    "name": "functionResponse.name",
    "value": "functionResponse.response",
}

DETAILS: Final[Mapping[str, str]] = {
    "MEDIA_RESOLUTION_LOW": "low",
    "MEDIA_RESOLUTION_MEDIUM": "medium",
    "MEDIA_RESOLUTION_HIGH": "high",
    "MEDIA_RESOLUTION_ULTRA_HIGH": "ultra_high",
}
"""https://ai.google.dev/gemini-api/docs/media-resolution, read 2026-11-23."""

_HOSTED: Final[Mapping[str, str]] = {
    "executableCode": "code_execution",
    "codeExecutionResult": "code_execution",
    "toolCall": "",
    "toolResponse": "",
}
_TOOL_TYPES: Final[Mapping[str, str]] = {
    "GOOGLE_SEARCH_WEB": "web_search",
    "GOOGLE_SEARCH_IMAGE": "web_search",
    "URL_CONTEXT": "web_fetch",
    "GOOGLE_MAPS": "maps",
    "FILE_SEARCH": "file_search",
}
_AT_GOOGLE: Final = ("gs://", "https://generativelanguage.googleapis.com/")
"""Addresses of files that only Google reads."""


def read_part(raw: Json, at: str, provider: str | None, seed: str) -> Part:
    """Read a part. `seed` makes up the id of a call that has none: it tells the part from all others."""
    if not isinstance(raw, dict):
        return Unknown(at=at, raw=raw)
    fields = Spelled(members(raw), _PART)
    if fields.has("functionCall"):
        return _call(raw, at, provider, seed, fields)
    if fields.has("functionResponse"):
        return _result(raw, at, provider, fields)
    if fields.has("inlineData") or fields.has("fileData"):
        return _medium(raw, at, provider, fields)
    hosted = next((name for name in _HOSTED if fields.has(name)), None)
    if hosted is not None:
        return _hosted(raw, at, provider, fields, hosted)
    if not fields.has("text") and not fields.has("thoughtSignature") and (unknown := fields.extras()):
        return Unknown(at=at, raw=raw, kind=next(iter(unknown)))
    return _words(raw, at, provider, fields)


def _words(raw: Json, at: str, provider: str | None, fields: Spelled) -> Text | Thinking:
    text = fields.take("text", str)
    thought = fields.take("thought", bool)
    seal = _seal(fields, provider)
    if thought is False:
        fields.stood("thought", value=False)
    marks = ["textless"] if text is None else []
    if not thought:
        shape, names = fields.shape(*marks), fields.names(_TEXT)
        return Text(at=at, raw=raw, names=names, extras=fields.extras(), shape=shape, text=text or "", seal=seal)
    return Thinking(
        at=at,
        raw=raw,
        names=fields.names(_THINKING),
        extras=fields.extras(),
        shape=fields.shape(*marks),
        paragraphs=[] if text is None else [text],
        # https://ai.google.dev/gemini-api/docs/thinking#summaries: what is shown is a summary. Read 2026-11-23.
        is_summary=True,
        seal=seal,
        is_redacted=text is None,
    )


def _medium(raw: Json, at: str, provider: str | None, fields: Spelled) -> Medium:
    is_data = fields.has("inlineData")
    below = "inlineData" if is_data else "fileData"
    media_type = fields.take(f"{below}.mimeType", str)
    data = fields.take("inlineData.data", str) if is_data else None
    address = None if is_data else fields.take("fileData.fileUri", str)
    name = fields.take(f"{below}.displayName", str)
    detail = DETAILS.get(fields.take("mediaResolution.level", str) or "")
    if detail is None:
        fields.leave("mediaResolution.level")
    seal = _seal(fields, provider)
    is_file = address is not None and address.startswith(_AT_GOOGLE)
    return Medium(
        at=at,
        raw=raw,
        names=fields.names(_DATA if is_data else _FILE),
        extras=fields.extras(),
        shape=fields.shape("data" if is_data else "address"),
        kind=_kind(media_type, address),
        media_type=media_type,
        data=data,
        url=None if is_file else address,
        file=Opaque(address, "gemini", provider) if is_file and address else None,
        name=name,
        detail=detail,
        seal=seal,
    )


def _kind(media_type: str | None, address: str | None) -> Literal["image", "audio", "video", "document"]:
    match (media_type or "").partition("/")[0].lower():
        case "image":
            return "image"
        case "audio":
            return "audio"
        case "video":
            return "video"
        case _:
            is_film = media_type is None and address is not None and is_youtube(address)
            return "video" if is_film else "document"


def is_youtube(address: str) -> bool:
    """Tell whether an address is a film's that Gemini watches by itself."""
    host = address.partition("://")[2].partition("/")[0].lower()
    return host in {"youtu.be", "youtube.com", "www.youtube.com", "m.youtube.com"}


def _call(raw: Json, at: str, provider: str | None, seed: str, fields: Spelled) -> ToolCall:
    id_ = fields.take("functionCall.id", str)
    name = fields.take("functionCall.name", str)
    arguments = fields.take_any("functionCall.args")
    seal = _seal(fields, provider)
    marks = [
        *([] if id_ else ["idless"]),
        *([] if name is not None else ["nameless"]),
        *([] if arguments is not None else ["argless"]),
    ]
    if id_ == "":
        fields.stood("functionCall.id", "")
    return ToolCall(
        at=at,
        raw=raw,
        names=fields.names(_CALL),
        extras=fields.extras(),
        shape=fields.shape(*marks),
        id=id_ or derived_id(f"{seed}.{name}"),
        name=name or "",
        arguments="{}" if arguments is None else encode(arguments).decode(),
        seal=seal,
    )


def _result(raw: Json, at: str, provider: str | None, fields: Spelled) -> ToolResult:
    id_ = fields.take("functionResponse.id", str)
    name = fields.take("functionResponse.name", str)
    response = fields.take_any("functionResponse.response")
    shape: list[str] = []
    parts: list[Part] = []
    value = None
    is_error = None
    place = join(at, fields.place("functionResponse.response"))
    if isinstance(response, dict):
        value = members(response)
        is_error = True if "error" in value else None
        # https://ai.google.dev/api/caching#FunctionResponse: `output` and `error` are what the tool said. 2026-11-23.
        said = next((key for key in ("output", "error") if value.keys() == {key} and isinstance(value[key], str)), None)
        if said is not None:
            parts.append(Text(at=f"{place}.{said}", raw=value[said], names={"text": ""}, text=value[said]))
            shape, value = [f"said:{said}"], None
    elif response is None:
        shape = ["responseless"]
    else:
        fields.leave("functionResponse.response")
    for number, (below, medium) in enumerate(fields.take_several("functionResponse.parts")):
        parts.append(read_part(medium, join(at, below), provider, f"{at}.{number}"))
    if id_ == "":
        fields.stood("functionResponse.id", "")
    return ToolResult(
        at=at,
        raw=raw,
        names={**fields.names(_RESULT), "is_error": f"{fields.place('functionResponse.response')}.error"},
        extras=fields.extras(),
        shape=fields.shape(*shape, *([] if id_ else ["idless"])),
        call_id=id_ or "",
        parts=parts,
        name=name,
        value=value,
        is_error=is_error,
    )


def _hosted(raw: Json, at: str, provider: str | None, fields: Spelled, name: str) -> Hosted:
    value = members(fields.take_any(name))
    tool = _HOSTED[name]
    if not tool:
        kind = text_or_none(value.get("toolType", value.get("tool_type"))) or "tool"
        tool = _TOOL_TYPES.get(kind, kind.lower())
    return Hosted(
        at=at,
        raw=raw,
        tool=tool,
        id=text_or_none(value.get("id")),
        is_result=name in {"codeExecutionResult", "toolResponse"},
        text=text_or_none(value.get("code", value.get("output"))),
        seal=_seal(fields, provider),
    )


def _seal(fields: Spelled, provider: str | None) -> Opaque | None:
    value = fields.take("thoughtSignature", str)
    return None if value is None else take_back(value, "gemini", provider)
