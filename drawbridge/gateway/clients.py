"""Who is calling with which program, and which session of theirs a call belongs to."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

_MAX_LENGTH: Final = 200
_REMEMBERED: Final = 512

# The beginning of the user agent, observed on 2026-11-23. `llm`, LangChain's OpenAI models and LiteLLM's OpenAI calls
# send that of the SDK that they use, and count as that; Qwen Code 0.24.4 says in Anthropic's dialect that it is Claude
# Code, and counts as that.
_BY_USER_AGENT: Final = {
    "codex": "codex",
    "claude-cli/": "claude-code",
    "opencode/": "opencode",
    "GeminiCLI": "gemini-cli",
    "QwenCode/": "qwen-code",
    "OpenAI/Python": "openai-python",
    "AsyncOpenAI/Python": "openai-python",
    "OpenAI/JS": "openai-js",
    "Anthropic/Python": "anthropic-python",
    "AsyncAnthropic/Python": "anthropic-python",
    "Anthropic/JS": "anthropic-js",
    "google-genai-sdk/": "google-genai",
    "mistral-client-python/": "mistralai",
    "Agents/Python": "openai-agents",
    "langchain": "langchain",
    "litellm/": "litellm",
    "pydantic-ai": "pydantic-ai",
    "ai/": "ai-sdk",
    "ai-sdk": "ai-sdk",
}

# The Claude Agent SDK runs Claude Code, and adds its own name to that one's.
_INSIDE_CLAUDE_CODE: Final = "agent-sdk/"

_SESSION_HEADERS: Final = (
    "x-claude-code-session-id",
    "session-id",
    "session_id",
    "x-session-id",
    "x-affinity",
    "x-session-affinity",
)

# Within what is skipped, brackets may be nested as deeply as anybody likes.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _UserId(msgspec.Struct):
    session_id: str | None = None


class _Metadata(msgspec.Struct):
    user_id: str | None = None


def recognise_client(headers: Mapping[str, str]) -> str | None:
    """Return the program that sent a request; None where its user agent is not known."""
    return _program(headers.get("user-agent", "")[:_MAX_LENGTH])


@lru_cache(maxsize=_REMEMBERED)
def _program(user_agent: str) -> str | None:
    client = next((client for beginning, client in _BY_USER_AGENT.items() if user_agent.startswith(beginning)), None)
    return "claude-agent-sdk" if client == "claude-code" and _INSIDE_CLAUDE_CODE in user_agent else client


def find_session(headers: Mapping[str, str], prompt_cache_key: bytes | None, metadata: bytes | None) -> str | None:
    """Return the session that a client named: by header, else in the body's two members, given as JSON text."""
    for name in _SESSION_HEADERS:
        if value := headers.get(name):
            return value[:_MAX_LENGTH]
    named = _text(prompt_cache_key) or _session_of_user_id(metadata)
    return named[:_MAX_LENGTH] if named else None


def _text(member: bytes | None) -> str | None:
    try:
        return msgspec.json.decode(member, type=str | None) if member else None
    except _UNREADABLE:
        return None


def _session_of_user_id(metadata: bytes | None) -> str | None:
    """Claude Code writes a JSON object into `metadata.user_id` (2.1.330, observed on 2026-11-22)."""
    if not metadata:
        return None
    try:
        user_id = msgspec.json.decode(metadata, type=_Metadata).user_id
        return msgspec.json.decode(user_id, type=_UserId).session_id if user_id else None
    except _UNREADABLE:
        return None
