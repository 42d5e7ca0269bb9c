"""Conversations of words alone in every dialect, for tests that put something else into them."""

from hypothesis import strategies as st

from tests.gateway.bounds.calls import CONTENTS, SAID
from tests.parts.caller import Json

SCHEMA: Json = {"type": "object", "properties": {"city": {"type": "string"}}}
FUNCTION: Json = {"name": "weather", "description": "Tells it", "parameters": SCHEMA}
CHAT_CALL: Json = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
BLOCKS: list[Json] = [
    {"type": "thinking", "thinking": "Hm.", "signature": "s"},
    {"type": "text", "text": "Let me see.", "cache_control": {"type": "ephemeral"}},
    {"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Bonn"}},
]
RESULT: Json = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "Sunny"}]}

WORDS: dict[str, Json] = {
    "chat.completions": {
        "model": "m",
        "max_tokens": 100,
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be kind."}]},
            *SAID,
            {"role": "assistant", "content": None, "reasoning_content": "Hm.", "tool_calls": [CHAT_CALL]},
            {"role": "tool", "tool_call_id": "1", "content": "Sunny"},
        ],
        "tools": [{"type": "function", "function": FUNCTION}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
        "metadata": {"a": "b"},
        "temperature": 0.5,
    },
    "responses": {
        "model": "m",
        "max_output_tokens": 100,
        "instructions": "Be kind.",
        "input": [
            *SAID,
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "s"},
            {"type": "function_call", "call_id": "1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": [{"type": "input_text", "text": "Sunny"}]},
        ],
        "tools": [{"type": "function", "strict": True, **FUNCTION}],
        "reasoning": {"effort": "low"},
        "text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}},
    },
    "messages": {
        "model": "m",
        "max_tokens": 100,
        "system": [{"type": "text", "text": "Be kind."}],
        "messages": [*SAID, {"role": "assistant", "content": BLOCKS}, {"role": "user", "content": [RESULT]}],
        "tools": [{"name": "weather", "description": "Tells it", "input_schema": SCHEMA}],
        "thinking": {"type": "enabled", "budget_tokens": 50},
        "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
    },
    "generateContent": {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            *CONTENTS,
            {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Bonn"}}}]},
            {"role": "user", "parts": [{"function_response": {"name": "weather", "response": {"sky": "blue"}}}]},
        ],
        "tools": [{"functionDeclarations": [FUNCTION]}],
        "generationConfig": {"maxOutputTokens": 100, "responseMimeType": "application/json", "responseSchema": SCHEMA},
    },
}

_PIXEL = "data:image/png;base64,iVBORw0KGgo="
MORE_THAN_WORDS: tuple[object, ...] = (
    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    {"type": "image_url", "image_url": _PIXEL},
    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
    {"type": "file", "file": {"file_id": "file-1"}},
    {"type": "input_image", "image_url": _PIXEL},
    {"type": "input_file", "file_url": "https://example.com/a.pdf"},
    {"type": "item_reference", "id": "msg_1"},
    {"id": "rs_1"},
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
    {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "A"},
        "citations": {"enabled": 1},
    },
    {"type": "container_upload", "file_id": "file_1"},
    {"fileData": {"fileUri": "https://example.com/a.mp4"}},
    {"inline_data": {"mime_type": "image/png", "data": "iVBORw0KGgo="}},
    {"type": "web_search"},
    {"type": "web_search_20250305", "name": "web_search"},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "mcp", "server_label": "a", "server_url": "https://example.com"},
    {"googleSearch": {}},
    {"url_context": {}},
)
"""Parts, items and tools that can cost more than their bytes, in the words of some dialect."""

NAMES = (
    "previous_response_id",
    "conversation",
    "prompt",
    "container",
    "mcp_servers",
    "web_search_options",
    "cachedContent",
    "plugins",
    "models",
    "file_id",
    "image_url",
    "fileData",
    "content",
    "Content",
    "parts",
    "input",
    "tools",
)
"""Members that may hold such a thing."""

words = st.text(max_size=60) | st.sampled_from(['\\"\n', "0123456789", "🦊🦊", "敏捷的", "<|end|>", "\u2028"])
jsons = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
