"""Facts of a chat completions request."""

from typing import Any

from tests.parts.oracle.facts import Facts, Json, inside, items

_SETTINGS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "top_logprobs": "top_logprobs",
    "n": "candidates",
    "reasoning_effort": "effort",
    "service_tier": "service_tier",
    "function_call": "tool_choice",
    "max_tokens": "max_output_tokens",
    "user": "user",
    "safety_identifier": "user",
    "logprobs": "logprobs",
    "top_k": "top_k",
    "parallel_tool_calls": "parallel",
    "max_completion_tokens": "max_output_tokens",
}


def facts_of(body: Json) -> Facts:
    """Return what a request says."""
    facts = Facts()
    results = 0
    for message, path in items(body.get("messages"), "messages"):
        match message.get("role"):
            case "system" | "developer":
                _content(facts, "system", message, path)
            case "user":
                _content(facts, "user", message, path)
            case "assistant":
                _content(facts, "assistant", message, path)
                _calls(facts, message, path)
            case "tool":
                texts = [text for text, _ in _texts(message.get("content"), f"{path}.content")]
                paths = [at for _, at in _texts(message.get("content"), f"{path}.content")]
                facts.result(message.get("tool_call_id"), results, texts, *paths)
                _media(facts, message.get("content"), f"{path}.content")
                results += 1
            case _:
                pass
    _tools(facts, body)
    _settings(facts, body)
    return facts


def _content(facts: Facts, kind: Any, message: Json, path: str) -> None:
    for text, at in _texts(message.get("content"), f"{path}.content"):
        facts.text(kind, text, at)
    _media(facts, message.get("content"), f"{path}.content")


def _texts(content: Json, path: str) -> list[tuple[str, str]]:
    if isinstance(content, str):
        return [(content, path)]
    return [
        (part["text"], f"{at}.text")
        for part, at in items(content, path)
        if part.get("type", "text") == "text" and isinstance(part.get("text"), str)
    ]


def _media(facts: Facts, content: Json, path: str) -> None:
    for part, at in items(content, path):
        if part.get("type") == "image_url":
            image = part["image_url"]
            url, where = (image, f"{at}.image_url") if isinstance(image, str) else (image["url"], f"{at}.image_url.url")
            facts.medium(url, where)
            if isinstance(image, dict):
                facts.setting("detail", inside(image).get("detail"), f"{at}.image_url.detail")
        elif part.get("type") == "input_audio":
            audio = part["input_audio"]
            facts.medium(audio["data"], f"{at}.input_audio.data", audio.get("format"), f"{at}.input_audio.format")
        elif part.get("type") == "file" and "file_data" in inside(part.get("file")):
            facts.medium(part["file"]["file_data"], f"{at}.file.file_data")
        elif part.get("type") == "document_url":
            facts.medium(part["document_url"], f"{at}.document_url")
        if inside(part.get("prompt_cache_breakpoint")).get("mode"):
            facts.add("cache", part.get("text"), f"{at}.prompt_cache_breakpoint.mode")


def _calls(facts: Facts, message: Json, path: str) -> None:
    for call, at in items(message.get("tool_calls"), f"{path}.tool_calls"):
        if call.get("type") == "custom":
            custom = call["custom"]
            facts.call(
                call.get("id"), custom["name"], {"input": custom["input"]}, f"{at}.custom.name", f"{at}.custom.input"
            )
        else:
            function = call["function"]
            paths = (f"{at}.function.name", f"{at}.function.arguments")
            facts.call(call.get("id"), function["name"], function.get("arguments"), *paths)


def _tools(facts: Facts, body: Json) -> None:
    for tool, at in items(body.get("tools"), "tools"):
        inner = tool.get("function") or tool.get("custom")
        kind = "function" if "function" in tool else "custom"
        inner = inside(inner)
        if "name" not in inner:
            continue
        facts.add("tool", inner["name"], f"{at}.{kind}.name")
        facts.text("description", inner.get("description"), f"{at}.{kind}.description")
        if inner.get("parameters"):
            facts.add("schema", inner["parameters"], f"{at}.{kind}.parameters")


def _settings(facts: Facts, body: Json) -> None:
    for name, concept in _SETTINGS.items():
        facts.setting(concept, body.get(name), name)
    stop = body.get("stop")
    for text, at in [(stop, "stop")] if isinstance(stop, str) else items(stop, "stop"):
        facts.setting("stop", text, at)
    for word, at in items(body.get("modalities"), "modalities"):
        facts.setting("modality", word, at)
    form = inside(body.get("response_format"))
    if form.get("type") == "json_schema":
        facts.setting("output_schema", form["json_schema"].get("schema"), "response_format.json_schema.schema")
    elif form.get("type") == "json_object":
        facts.setting("json", True, "response_format.type")
    _tool_choice(facts, body.get("tool_choice"))
    _thinking(facts, body)


def _tool_choice(facts: Facts, choice: Json) -> None:
    if isinstance(choice, str):
        facts.setting("tool_choice", choice, "tool_choice")
    elif inside(inside(choice).get("function")).get("name"):
        facts.setting("tool_choice", ("one", choice["function"]["name"]), "tool_choice.function.name")
    elif inside(choice).get("type") == "allowed_tools":
        facts.setting("tool_choice", "some", "tool_choice.allowed_tools.mode")
        for tool, at in items(choice["allowed_tools"].get("tools"), "tool_choice.allowed_tools.tools"):
            facts.setting("allowed", inside(tool.get("function")).get("name"), f"{at}.function.name")


def _thinking(facts: Facts, body: Json) -> None:
    # OpenRouter's way: https://openrouter.ai/docs/use-cases/reasoning-tokens
    thinking = inside(body.get("reasoning"))
    facts.setting("effort", thinking.get("effort"), "reasoning.effort")
    if thinking.get("enabled"):
        facts.setting("thinks", True, "reasoning.enabled")
    elif (thinking.get("effort") or body.get("reasoning_effort") or "none") != "none":
        facts.setting("thinks", True)
    if body.get("enable_thinking") is False:
        facts.setting("effort", "none", "enable_thinking")
