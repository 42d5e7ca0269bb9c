"""Facts of a messages request."""

from typing import Any

from tests.parts.oracle.facts import Facts, Json, inside, items


def facts_of(body: Json) -> Facts:
    """Return what a request says."""
    facts = Facts()
    _texts(facts, "system", body.get("system"), "system")
    for message, path in items(body.get("messages"), "messages"):
        role: Any = message.get("role")
        kind = role if role in {"user", "assistant", "system"} else "user"
        _texts(facts, kind, message.get("content"), f"{path}.content")
        for block, at in items(message.get("content"), f"{path}.content"):
            _block(facts, block, at)
    _tools(facts, body)
    _settings(facts, body)
    return facts


def _texts(facts: Facts, kind: Any, content: Json, path: str) -> None:
    if isinstance(content, str):
        facts.text(kind, content, path)
    for block, at in items(content, path):
        if inside(block).get("type") == "text":
            facts.text(kind, block.get("text"), f"{at}.text")


def _block(facts: Facts, block: Json, at: str) -> None:
    if "cache_control" in inside(block):
        facts.add("cache", block.get("text"))
    match inside(block).get("type"):
        case "image" | "document":
            _medium(facts, block, at)
        case "tool_use":
            facts.call(block["id"], block["name"], block["input"], f"{at}.name", f"{at}.input")
        case "tool_result":
            _result(facts, block, at)
        case _:
            pass


def _medium(facts: Facts, block: Json, at: str) -> None:
    source = inside(block.get("source"))
    match source.get("type"):
        case "base64":
            facts.medium(source["data"], f"{at}.source.data", source.get("media_type"), f"{at}.source.media_type")
        case "url":
            facts.medium(source["url"], f"{at}.source.url")
        case "text":
            facts.add("media", source["data"], f"{at}.source.data")
        case _:
            pass


def _result(facts: Facts, block: Json, at: str) -> None:
    content = block.get("content")
    if block.get("is_error"):
        facts.failed(block["tool_use_id"], 0, f"{at}.is_error")
    if isinstance(content, str):
        facts.result(block["tool_use_id"], 0, [content], f"{at}.content")
        return
    texts = [(part, where) for part, where in items(content, f"{at}.content") if part.get("type") == "text"]
    paths = [f"{where}.text" for _, where in texts]
    facts.result(block["tool_use_id"], 0, [part["text"] for part, _ in texts], *paths)
    for part, where in items(content, f"{at}.content"):
        if part.get("type") in {"image", "document"}:
            _medium(facts, part, where)


def _tools(facts: Facts, body: Json) -> None:
    for tool, at in items(body.get("tools"), "tools"):
        if "input_schema" not in tool:
            continue
        facts.add("tool", tool["name"], f"{at}.name")
        facts.text("description", tool.get("description"), f"{at}.description")
        facts.add("schema", tool["input_schema"], f"{at}.input_schema")


def _settings(facts: Facts, body: Json) -> None:
    facts.setting("max_output_tokens", body.get("max_tokens"), "max_tokens")
    for name in ("temperature", "top_p", "top_k", "service_tier"):
        facts.setting(name, body.get(name), name)
    for text, at in items(body.get("stop_sequences"), "stop_sequences"):
        facts.setting("stop", text, at)
    facts.setting("user", inside(body.get("metadata")).get("user_id"), "metadata.user_id")
    for form, path in (
        (inside(body.get("output_config")).get("format"), "output_config.format"),
        (body.get("output_format"), "output_format"),
    ):
        if inside(form).get("type") == "json_schema":
            facts.setting("output_schema", inside(form).get("schema"), f"{path}.schema")
    _tool_choice(facts, inside(body.get("tool_choice")))
    _thinking(facts, inside(body.get("thinking")))
    facts.setting("effort", inside(body.get("output_config")).get("effort"), "output_config.effort")


def _tool_choice(facts: Facts, choice: Json) -> None:
    one_by_one = choice.get("disable_parallel_tool_use")
    facts.setting("parallel", None if one_by_one is None else not one_by_one, "tool_choice.disable_parallel_tool_use")
    match choice.get("type"):
        case "auto" | "none":
            facts.setting("tool_choice", choice["type"], "tool_choice.type")
        case "any":
            facts.setting("tool_choice", "required", "tool_choice.type")
        case "tool":
            facts.setting("tool_choice", ("one", choice["name"]), "tool_choice.name")
        case _:
            pass


def _thinking(facts: Facts, thinking: Json) -> None:
    if thinking.get("type") in {"enabled", "adaptive"}:
        facts.setting("thinks", True)
        if thinking.get("display", "summarized") != "omitted":
            facts.setting("shows_thoughts", True, *(["thinking.display"] if "display" in thinking else []))
    elif thinking.get("type") == "disabled":
        facts.setting("effort", "none", "thinking.type")
