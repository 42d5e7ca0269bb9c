"""A stream's events put together into the whole reply that they stand for."""

import re
from itertools import pairwise
from typing import Any

from tests.parts.oracle.facts import Json, inside, items, plain_arguments


def gather(dialect: str, events: list[Json]) -> Json:
    """Return the whole reply of a stream. `events` are the payloads in order; what is no object is passed over."""
    objects: list[Json] = [event for event in _first(events) if isinstance(event, dict)]
    match dialect:
        case "openai-chat":
            return _chat(objects)
        case "openai-responses":
            return _responses(objects)
        case "anthropic-messages":
            return _anthropic(objects)
        case _:
            return _gemini(objects)


_LAST = frozenset({"message_stop", "response.completed", "response.incomplete", "response.failed"})


def _first(events: list[Json]) -> list[Json]:
    """Return the first reply of a recording: some hold a second one behind it."""
    for place, event in enumerate(events):
        if event == "[DONE]" or inside(event).get("type") in _LAST:
            return events[: place + 1]
    return events


def _chat(chunks: list[Any]) -> Json:
    message: dict[str, Json] = {}
    calls: dict[Json, dict[str, Json]] = {}
    finish: str | None = None
    usage: Json = None
    for chunk in chunks:
        usage = chunk.get("usage") or inside(chunk.get("x_groq")).get("usage") or usage
        for choice, _ in items(chunk.get("choices"), ""):
            if choice.get("index", 0) != 0:
                continue
            finish = choice.get("finish_reason") or finish
            _chat_delta(message, calls, inside(choice.get("delta")))
    message["tool_calls"] = [*calls.values()]
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}


def _chat_delta(message: dict[str, Json], calls: dict[Json, dict[str, Json]], delta: dict[str, Json]) -> None:
    for detail, _ in items(delta.get("reasoning_details"), ""):
        message["reasoning_details"] = [*message.get("reasoning_details", []), detail]
    for name in ("content", "reasoning_content", "reasoning", "refusal"):
        value = delta.get(name)
        if isinstance(value, list) or isinstance(message.get(name), list):
            message[name] = _as_parts(message.get(name)) + _as_parts(value)
        elif value:
            message[name] = (message.get(name) or "") + value
    if delta.get("annotations"):
        message["annotations"] = message.get("annotations", []) + delta["annotations"]
    for call, at in items(delta.get("tool_calls"), ""):
        inner = inside(call.get("function") or call.get("custom"))
        key = call.get("index", at)
        if inner.get("name") and call.get("id") and key in calls and calls[key]["id"] != call["id"]:
            key = call["id"]
        held_call = calls.setdefault(key, {"id": call.get("id"), "function": {"name": "", "arguments": ""}})
        held_call["function"]["name"] = held_call["function"]["name"] or inner.get("name") or ""
        more = inner.get("arguments") or inner.get("input") or ""
        held_call["function"]["arguments"] += more if isinstance(more, str) else ""


def _as_parts(content: Json) -> list[Json]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part, _ in items(content, "")]


def _responses(events: list[Any]) -> Json:
    final: dict[str, Json] = {}
    done: list[tuple[int, Json]] = []
    for event in events:
        if event.get("type") == "response.output_item.done":
            done.append((event.get("output_index", len(done)), event["item"]))
        if event.get("type") in {"response.completed", "response.incomplete", "response.failed"}:
            final = event["response"]
    output = [item for _, item in sorted(done, key=lambda placed: placed[0])]
    return {**final, "output": output or final.get("output", [])}


def _anthropic(events: list[Any]) -> Json:
    message: dict[str, Json] = {}
    blocks: dict[int, dict[str, Json]] = {}
    written: dict[int, str] = {}
    for event in events:
        match event.get("type"):
            case "message_start":
                message = {**event["message"]}
            case "content_block_start":
                blocks[event["index"]] = {**event["content_block"]}
            case "content_block_delta":
                _anthropic_delta(blocks[event["index"]], written, event)
            case "message_delta":
                message |= {"stop_reason": event["delta"].get("stop_reason")}
                told = {name: count for name, count in inside(event.get("usage")).items() if count is not None}
                message["usage"] = inside(message.get("usage")) | told
            case _:
                pass
    for index, text in written.items():
        blocks[index]["input"] = plain_arguments(text)
    return {**message, "content": [blocks[index] for index in sorted(blocks)]}


def _anthropic_delta(block: dict[str, Json], written: dict[int, str], event: Any) -> None:
    delta = event["delta"]
    match delta.get("type"):
        case "text_delta":
            block["text"] = (block.get("text") or "") + delta["text"]
        case "thinking_delta":
            block["thinking"] = (block.get("thinking") or "") + (delta.get("thinking") or "")
        case "input_json_delta":
            written[event["index"]] = written.get(event["index"], "") + delta["partial_json"]
        case "citations_delta":
            block["citations"] = (block.get("citations") or []) + [delta["citation"]]
        case _:
            pass


def _gemini(chunks: list[Any]) -> Json:
    parts: list[Json] = []
    last: dict[str, Json] = {}
    candidate: dict[str, Json] = {}
    for chunk in chunks:
        last |= {name: value for name, value in chunk.items() if name != "candidates"}
        for found, _ in items(chunk.get("candidates"), ""):
            if found.get("index", 0) == 0:
                _gemini_parts(parts, inside(found.get("content")).get("parts") or [])
                candidate |= {name: value for name, value in found.items() if name != "content"}
    return {**last, "candidates": [{**candidate, "content": {"parts": parts}}] if candidate or parts else []}


def _gemini_parts(parts: list[Json], more: list[Json]) -> None:
    for part in more:
        call = part.get("functionCall")
        if call is not None and not call.get("name"):
            # More of the call before it, which ends with an empty one.
            begun = next(inside(other["functionCall"]) for other in reversed(parts) if "functionCall" in other)
            for piece, _ in items(call.get("partialArgs"), ""):
                _gemini_argument(begun["args"], piece)
        elif call is not None:
            parts.append({**part, "functionCall": {**call, "args": {**inside(call.get("args"))}}})
        else:
            parts.append(part)


def _gemini_argument(arguments: dict[str, Json], piece: Json) -> None:
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]$]+", piece["jsonPath"])]
    holder: Json = arguments
    for step, following in pairwise(steps):
        holder = _held(holder, step, [] if isinstance(following, int) else {})
    value: Json = next((piece[kind] for kind in ("stringValue", "numberValue", "boolValue") if kind in piece), None)
    before = _held(holder, steps[-1], value)
    if before is not value and isinstance(before, str) and isinstance(value, str):
        holder[steps[-1]] = before + value


def _held(holder: Json, step: int | str, new: Json) -> Json:
    """Return what is at a step, which becomes the new value where there is nothing."""
    if isinstance(step, int):
        while len(holder) <= step:
            holder.append(new)
        return holder[step]
    return holder.setdefault(step, new)
