"""What tools returned: one response for each call, in the order of the calls, right behind them."""

from typing import Final

from drawbridge.gateway.wire.canonical import Json, Medium, Part, Refusal, Text, ToolCall, ToolResult
from drawbridge.gateway.wire.gemini.models import takes_media_in_results
from drawbridge.gateway.wire.gemini.write_parts import WirePart, lose_cache, write_medium
from drawbridge.gateway.wire.gemini.writing import NO_MEMBER, Writing
from drawbridge.gateway.wire.json_text import encode

# https://ai.google.dev/gemini-api/docs/function-calling#multimodal, read 2026-11-23.
_WITHIN: Final = frozenset({"image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"})

_UNANSWERED: Final = {"error": "There is no result of this call."}


def write_own_result(part: ToolResult, writing: Writing) -> WirePart:
    """Write a result of a request that was Gemini's, as it was."""
    response: WirePart = {}
    if not writing.is_odd(part, "idless"):
        response["id"] = part.call_id
    if part.name is not None:
        response["name"] = part.name
    texts = [inner for inner in part.parts if isinstance(inner, Text)]
    said = next((word.partition(":")[2] for word in part.shape.split(" ") if word.startswith("said:")), None)
    if said is not None and texts:
        response["response"] = {said: texts[0].text}
    elif part.value is not None:
        response["response"] = part.value
    media = [inner for inner in part.parts if not isinstance(inner, Text)]
    if media:
        response["parts"] = [one for inner in media for one in _own_part(inner, writing)]
    return writing.finish({"functionResponse": response}, part)


def _own_part(part: Part, writing: Writing) -> list[WirePart]:
    return write_medium(part, writing) if isinstance(part, Medium) else [part.raw]


def write_responses(
    calls: list[ToolCall], results: dict[str, list[ToolResult]], writing: Writing
) -> tuple[list[WirePart], list[WirePart]]:
    """Write the results of a turn's calls, and the media that can only stand beside them.

    Gemini refuses a call without its result, so that one which was never answered gets a response that says so.
    """
    responses: list[WirePart] = []
    beside: list[WirePart] = []
    for call in calls:
        id_ = writing.ids.of(call)
        found = results.pop(id_, [])
        written: WirePart = {"id": id_, "name": writing.names.of(call.name, call.namespace)}
        content = [one for result in found for one in _content(result, writing)]
        written["response"] = _response(found, content) if found else dict(_UNANSWERED)
        within = [one for one in content if isinstance(one, dict)]
        inner = [one for one in within if _goes_within(one, writing)]
        if inner:
            written["parts"] = inner
        beside += [one for one in within if one not in inner]
        responses.append({"functionResponse": written})
    return responses, beside


def write_orphan(result: ToolResult, writing: Writing) -> list[WirePart]:
    """Write a result that comes without its call: as text, since Gemini refuses it otherwise."""
    writing.lose(result, "Gemini takes results right behind their calls only: it stands as text")
    content = _content(result, writing)
    if result.value is not None:
        return [{"text": encode(result.value).decode()}]
    return [{"text": one} if isinstance(one, str) else one for one in content if one]


def _response(found: list[ToolResult], content: list[str | WirePart]) -> Json:
    """Return the object that a response must be.

    An object stays what it is. Text is never taken apart: it goes below `output`, or `error` where the tool failed,
    which is where https://ai.google.dev/api/caching#FunctionResponse wants it (read 2026-11-23).
    """
    values = [result.value for result in found if result.value is not None]
    if len(values) == 1 and len(found) == 1:
        return values[0]
    texts = [encode(value).decode() for value in values] + [one for one in content if isinstance(one, str)]
    key = "error" if any(result.is_error for result in found) else "output"
    return {key: "\n".join(texts)}


def _content(result: ToolResult, writing: Writing) -> list[str | WirePart]:
    lose_cache(result.cache, writing)
    writing.losses.lose_extras(result, NO_MEMBER)
    if result.item_id is not None:
        writing.lose(result, NO_MEMBER, field="item_id", effect="none")
    content: list[str | WirePart] = []
    for part in result.parts:
        match part:
            case Text() | Refusal():
                content.append(part.text)
                _lose_about(part, writing)
            case Medium(text=str() as text):
                content.append(text)
                write_medium(part, writing)
            case Medium():
                content += [one["text"] if one.keys() == {"text"} else one for one in write_medium(part, writing)]
            case _:
                writing.lose(part, "Gemini takes words, images and documents as results of tools")
    return content


def _lose_about(part: Text | Refusal, writing: Writing) -> None:
    writing.losses.lose_extras(part, NO_MEMBER)
    if isinstance(part, Text):
        lose_cache(part.cache, writing)
        for citation in part.citations:
            writing.lose(citation, "Gemini takes no citations in the history")


def _goes_within(written: WirePart, writing: Writing) -> bool:
    data = written.get("inlineData")
    return data is not None and data["mimeType"] in _WITHIN and takes_media_in_results(writing.target)
