"""Facts of a responses request."""

from typing import Any

from tests.parts.oracle.facts import Facts, Json, inside, items

_SETTINGS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_logprobs": "top_logprobs",
    "max_output_tokens": "max_output_tokens",
    "parallel_tool_calls": "parallel",
    "service_tier": "service_tier",
    "user": "user",
    "safety_identifier": "user",
}
_TEXTS = frozenset({"input_text", "output_text", "text"})


def facts_of(body: Json) -> Facts:
    """Return what a request says."""
    facts = Facts()
    facts.text("system", body.get("instructions"), "instructions")
    if isinstance(body.get("input"), str):
        facts.text("user", body["input"], "input")
    for item, path in items(body.get("input"), "input"):
        _item(facts, item, path)
    _tools(facts, body.get("tools"), "tools", "")
    _settings(facts, body)
    return facts


def _item(facts: Facts, item: Json, path: str) -> None:
    match item.get("type", "message"):
        case "message":
            role: Any = item.get("role")
            kind: Any = "system" if role in {"system", "developer"} else role
            _content(facts, kind, item.get("content"), f"{path}.content")
        case "function_call":
            name = _named(item)
            facts.call(item["call_id"], name, item["arguments"], f"{path}.name", f"{path}.arguments")
        case "custom_tool_call":
            facts.call(item["call_id"], _named(item), {"input": item["input"]}, f"{path}.name", f"{path}.input")
        case "function_call_output" | "custom_tool_call_output":
            _output(facts, item, path)
        case "additional_tools":
            _tools(facts, item.get("tools"), f"{path}.tools", "")
        case _:
            pass


def _named(item: Json) -> str:
    """A tool that was found by search and is in no namespace is told as if its name were one."""
    space = item.get("namespace")
    return f"{space}__{item['name']}" if space and space != item["name"] else item["name"]


def _content(facts: Facts, kind: Any, content: Json, path: str) -> None:
    if isinstance(content, str):
        facts.text(kind, content, path)
    for part, at in items(content, path):
        if part.get("type") in _TEXTS:
            facts.text(kind, part.get("text"), f"{at}.text")
        else:
            _medium(facts, part, at)
        if inside(part.get("prompt_cache_breakpoint")).get("mode"):
            facts.add("cache", part.get("text"), f"{at}.prompt_cache_breakpoint.mode")


def _medium(facts: Facts, part: Json, at: str) -> None:
    match part.get("type"):
        case "input_image" if part.get("image_url"):
            facts.medium(part["image_url"], f"{at}.image_url")
            facts.setting("detail", part.get("detail"), f"{at}.detail")
        case "input_file" if part.get("file_data"):
            facts.medium(part["file_data"], f"{at}.file_data")
        case "input_file" if part.get("file_url"):
            facts.medium(part["file_url"], f"{at}.file_url")
        case "input_audio" if part.get("input_audio"):
            audio = part["input_audio"]
            facts.medium(audio["data"], f"{at}.input_audio.data", audio.get("format"), f"{at}.input_audio.format")
        case _:
            pass


def _output(facts: Facts, item: Json, path: str) -> None:
    output = item.get("output")
    if isinstance(output, str):
        facts.result(item["call_id"], 0, [output], f"{path}.output")
        return
    texts = [(part, at) for part, at in items(output, f"{path}.output") if part.get("type") in _TEXTS]
    facts.result(item["call_id"], 0, [part["text"] for part, _ in texts], *(f"{at}.text" for _, at in texts))
    for part, at in items(output, f"{path}.output"):
        _medium(facts, part, at)


def _tools(facts: Facts, tools: Json, path: str, namespace: str) -> None:
    for tool, at in items(tools, path):
        match tool.get("type"):
            case "namespace":
                facts.add("namespace", tool["name"], f"{at}.name")
                _tools(facts, tool.get("tools"), f"{at}.tools", f"{tool['name']}__")
            case "function" | "custom":
                facts.add("tool", namespace + tool["name"], f"{at}.name")
                facts.text("description", tool.get("description"), f"{at}.description")
                if tool.get("parameters"):
                    facts.add("schema", tool["parameters"], f"{at}.parameters")
            case _:
                pass


def _settings(facts: Facts, body: Json) -> None:
    for name, concept in _SETTINGS.items():
        facts.setting(concept, body.get(name), name)
    for word, at in items(body.get("include"), "include"):
        if word == "message.output_text.logprobs":
            facts.setting("logprobs", True, at)
    form = inside(inside(body.get("text")).get("format"))
    if form.get("type") == "json_schema":
        facts.setting("output_schema", form.get("schema"), "text.format.schema")
    elif form.get("type") == "json_object":
        facts.setting("json", True, "text.format.type")
    _tool_choice(facts, body.get("tool_choice"))
    _reasoning(facts, inside(body.get("reasoning")))


def _tool_choice(facts: Facts, choice: Json) -> None:
    if isinstance(choice, str):
        facts.setting("tool_choice", choice, "tool_choice")
    elif inside(choice).get("type") in {"function", "custom"}:
        facts.setting("tool_choice", ("one", choice["name"]), "tool_choice.name")
    elif inside(choice).get("type") == "allowed_tools":
        facts.setting("tool_choice", "some", "tool_choice.mode")
        for tool, at in items(choice.get("tools"), "tool_choice.tools"):
            facts.setting("allowed", tool.get("name"), f"{at}.name")


def _reasoning(facts: Facts, reasoning: Json) -> None:
    summary = reasoning.get("summary")
    if summary:
        # How long it shall be is another thing, which nobody else can be told.
        facts.setting("shows_thoughts", True, *(["reasoning.summary"] if summary == "auto" else []))
    facts.setting("effort", reasoning.get("effort"), "reasoning.effort")
    if (reasoning.get("effort") or "none") != "none":
        facts.setting("thinks", True)
