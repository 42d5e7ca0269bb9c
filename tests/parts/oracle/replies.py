"""What a reply says, told from its JSON, whole or streamed, by code that shares nothing with the dialects."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.parts.oracle.facts import Json, inside, items, plain_arguments, plain_name
from tests.parts.oracle.gathered import gather


@dataclass(slots=True)
class ReplyFacts:
    """What the first choice of a reply says."""

    answer: str = ""
    thinking: str = ""
    refusal: str = ""
    calls: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    stop: str | None = None
    """end, length, tool_calls, stop_sequence, filtered; None where nothing of the kind is told."""
    usage: dict[str, int] = field(default_factory=dict[str, int])
    """Tokens by kind; input and output are totals."""
    links: list[str] = field(default_factory=list[str])
    """Addresses that the answer cites."""


def reply_facts(dialect: str, reply: Json) -> ReplyFacts:
    """Return what a reply says. `reply` is its JSON, or for a stream the list of what its events carry."""
    whole = gather(dialect, [event for event, _ in items(reply, "")]) if isinstance(reply, list) else reply
    return _READERS[dialect](inside(whole))


def count(said: ReplyFacts) -> int:
    """Return how many facts a reply says."""
    told = (said.answer, said.thinking, said.refusal, said.calls, said.stop, said.links)
    return sum(1 for value in told if value) + sum(1 for tokens in said.usage.values() if tokens)


def differences(said: ReplyFacts, told: ReplyFacts) -> dict[str, str]:
    """Return what was told otherwise than it was said, by the name of the fact."""
    found: dict[str, str] = {}
    said = _as_sayable(said, told)
    for name in ("answer", "refusal", "stop"):
        wanted, arrived = getattr(said, name), getattr(told, name)
        if wanted and wanted != arrived:
            found[name] = f"{_short(arrived)} instead of {_short(wanted)}"
    if "".join(said.thinking.split()) != "".join(told.thinking.split()):
        found["thinking"] = f"{_short(told.thinking)} instead of {_short(said.thinking)}"
    if not _same_calls(said.calls, told.calls):
        found["calls"] = f"{_short(told.calls)} instead of {_short(said.calls)}"
    for name, count in said.usage.items():
        if count and told.usage.get(name) != count:
            found[f"usage.{name}"] = f"{told.usage.get(name)} instead of {count}"
    if missing := [link for link in said.links if link not in told.links]:
        found["links"] = f"{missing} are missing"
    return found


def _as_sayable(said: ReplyFacts, told: ReplyFacts) -> ReplyFacts:
    """Return the facts in the words that a dialect may have to use for them."""
    if said.refusal and not told.refusal:
        # Without a member for it, a refusal is an answer that was filtered.
        stop = told.stop if told.stop in {"end", "filtered"} else "filtered"
        said = replace(said, answer=said.answer + said.refusal, refusal="", stop=stop)
    if said.calls and {said.stop, told.stop} == {"end", "tool_calls"}:
        # Where calls are, some dialects can only say that they are why it stopped.
        said = replace(said, stop=told.stop)
    return said


def _same_calls(said: list[tuple[str, Json]], told: list[tuple[str, Json]]) -> bool:
    """Tell whether calls are the same; that of a tool in a namespace may be told without it."""
    return len(said) == len(told) and all(
        one[1] == other[1] and (one[0] == other[0] or one[0].endswith(f"_{other[0]}") or one[0] == other[0][:-9])
        for one, other in zip(said, told, strict=True)
    )


_CHAT_STOPS = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "filtered",
}


def _chat(reply: Mapping[str, Json]) -> ReplyFacts:
    facts = ReplyFacts()
    for choice, _ in items(reply.get("choices"), ""):
        if choice.get("index", 0) == 0:
            _chat_message(facts, inside(choice.get("message")))
            facts.stop = _CHAT_STOPS.get(choice.get("finish_reason") or "")
    usage = inside(reply.get("usage"))
    read, made = inside(usage.get("prompt_tokens_details")), inside(usage.get("completion_tokens_details"))
    _count(facts, "input", _whole(usage.get("prompt_tokens"), read.get("cached_tokens"), read.get("audio_tokens")))
    _count(facts, "output", _whole(usage.get("completion_tokens"), made.get("reasoning_tokens")))
    _count(facts, "cached", read.get("cached_tokens"))
    _count(facts, "reasoning", made.get("reasoning_tokens"))
    return facts


def _whole(told: Json, *kinds: Json) -> Json:
    """Return a count with all of its kinds: some vendors leave one out, which shows where it is above the whole."""
    return told if told is None else told + sum(kind for kind in kinds if kind and kind > told)


def _chat_message(facts: ReplyFacts, message: Mapping[str, Json]) -> None:
    content = message.get("content")
    if isinstance(content, str):
        facts.answer += content
    for part, _ in items(content, ""):
        if part.get("type") == "text":
            facts.answer += part["text"]
        for thought, _ in items(part.get("thinking"), ""):
            facts.thinking += thought.get("text", "")
    details = "".join(d.get("text") or d.get("summary") or "" for d, _ in items(message.get("reasoning_details"), ""))
    facts.thinking += message.get("reasoning_content") or message.get("reasoning") or details
    facts.refusal = message.get("refusal") or ""
    older = inside(message.get("function_call"))
    if older.get("name"):
        facts.calls.append((plain_name(older["name"]), plain_arguments(older.get("arguments"))))
    for call, _ in items(message.get("tool_calls"), ""):
        inner = call.get("function") or call.get("custom")
        facts.calls.append((plain_name(inner["name"]), plain_arguments(inner.get("arguments", inner.get("input")))))
    for note, _ in items(message.get("annotations"), ""):
        if note.get("type") == "url_citation":
            facts.links.append(note["url_citation"]["url"])


def _responses(reply: Mapping[str, Json]) -> ReplyFacts:
    facts = ReplyFacts()
    for item, _ in items(reply.get("output"), ""):
        match item.get("type"):
            case "message":
                _responses_message(facts, item)
            case "reasoning":
                for name in ("summary", "content"):
                    facts.thinking += "".join(part.get("text", "") for part, _ in items(item.get(name), ""))
            case "function_call":
                facts.calls.append((plain_name(_named(item)), plain_arguments(item["arguments"])))
            case "custom_tool_call":
                facts.calls.append((plain_name(_named(item)), {"input": item["input"]}))
            case _:
                pass
    facts.stop = _responses_stop(facts, reply)
    usage = inside(reply.get("usage"))
    _count(facts, "input", usage.get("input_tokens"))
    _count(facts, "output", usage.get("output_tokens"))
    _count(facts, "cached", inside(usage.get("input_tokens_details")).get("cached_tokens"))
    _count(facts, "reasoning", inside(usage.get("output_tokens_details")).get("reasoning_tokens"))
    return facts


def _named(item: Mapping[str, Json]) -> str:
    space = item.get("namespace")
    return f"{space}__{item['name']}" if space and space != item["name"] else item["name"]


def _responses_message(facts: ReplyFacts, item: Mapping[str, Json]) -> None:
    for part, _ in items(item.get("content"), ""):
        facts.answer += part.get("text") or ""
        facts.refusal += part.get("refusal") or ""
        facts.links += [note["url"] for note, _ in items(part.get("annotations"), "") if note.get("url")]


def _responses_stop(facts: ReplyFacts, reply: Mapping[str, Json]) -> str | None:
    reason = inside(reply.get("incomplete_details")).get("reason")
    if reason == "max_output_tokens":
        return "length"
    if reason == "content_filter":
        return "filtered"
    if reply.get("status") != "completed":
        return None
    return "tool_calls" if facts.calls else "end"


_ANTHROPIC_STOPS = {
    "end_turn": "end",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "stop_sequence": "stop_sequence",
    "refusal": "filtered",
}


def _anthropic(reply: Mapping[str, Json]) -> ReplyFacts:
    facts = ReplyFacts()
    for block, _ in items(reply.get("content"), ""):
        match block.get("type"):
            case "text":
                facts.answer += block["text"]
                facts.links += [note["url"] for note, _ in items(block.get("citations"), "") if note.get("url")]
            case "thinking":
                facts.thinking += block.get("thinking") or ""
            case "tool_use":
                facts.calls.append((plain_name(block["name"]), plain_arguments(block.get("input"))))
            case _:
                pass
    facts.stop = _ANTHROPIC_STOPS.get(reply.get("stop_reason") or "")
    usage = inside(reply.get("usage"))
    read, written = usage.get("cache_read_input_tokens") or 0, usage.get("cache_creation_input_tokens") or 0
    if usage.get("input_tokens") is not None:
        _count(facts, "input", usage["input_tokens"] + read + written)
    _count(facts, "output", usage.get("output_tokens"))
    _count(facts, "cached", read)
    _count(facts, "reasoning", inside(usage.get("output_tokens_details")).get("thinking_tokens"))
    return facts


_GEMINI_STOPS = {"STOP": "end", "MAX_TOKENS": "length", "SAFETY": "filtered", "PROHIBITED_CONTENT": "filtered"}


def _gemini(reply: Mapping[str, Json]) -> ReplyFacts:
    facts = ReplyFacts()
    for candidate, _ in items(reply.get("candidates"), ""):
        if candidate.get("index", 0):
            continue
        for part, _ in items(inside(candidate.get("content")).get("parts"), ""):
            call = part.get("functionCall")
            if part.get("thought"):
                facts.thinking += part.get("text") or ""
            else:
                facts.answer += part.get("text") or ""
            if inside(call).get("name"):
                facts.calls.append((plain_name(call["name"]), plain_arguments(call.get("args"))))
        facts.stop = _GEMINI_STOPS.get(candidate.get("finishReason") or "")
        chunks = inside(candidate.get("groundingMetadata")).get("groundingChunks")
        facts.links += [chunk["web"]["uri"] for chunk, _ in items(chunks, "") if inside(chunk.get("web")).get("uri")]
    if facts.stop == "end" and facts.calls:
        facts.stop = "tool_calls"
    usage = inside(reply.get("usageMetadata"))
    if usage.get("promptTokenCount") is not None:
        _count(facts, "input", usage["promptTokenCount"] + (usage.get("toolUsePromptTokenCount") or 0))
    if usage.get("candidatesTokenCount") is not None or usage.get("thoughtsTokenCount") is not None:
        _count(facts, "output", (usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0))
    _count(facts, "cached", usage.get("cachedContentTokenCount"))
    _count(facts, "reasoning", usage.get("thoughtsTokenCount"))
    return facts


_READERS: Mapping[str, Callable[[Mapping[str, Json]], ReplyFacts]] = {
    "openai-chat": _chat,
    "openai-responses": _responses,
    "anthropic-messages": _anthropic,
    "gemini": _gemini,
}


def _count(facts: ReplyFacts, name: str, value: Any) -> None:
    if isinstance(value, int):
        facts.usage[name] = value


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:100]}...{text[-80:]}"
