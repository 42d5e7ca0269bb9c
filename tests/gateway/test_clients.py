"""Which program calls, and to which session of it a call belongs."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.clients import find_session, recognise_client

USER_ID = json.dumps({"device_id": "d", "account_uuid": "", "session_id": "by-user-id"})
METADATA = json.dumps({"user_id": USER_ID}).encode()
CACHE_KEY = b'"by-cache-key"'
HEADERS = {
    "x-claude-code-session-id": "by-claude-code",
    "session-id": "by-codex",
    "x-session-id": "by-opencode",
    "x-affinity": "by-affinity",
    "x-session-affinity": "by-session-affinity",
}


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("codex_exec/0.169.0 (Debian 12.0.0; x86_64) unknown", "codex"),
        ("codex_cli_rs/0.169.0", "codex"),
        ("claude-cli/2.1.330 (external, sdk-cli)", "claude-code"),
        ("claude-cli/2.1.330 (external, sdk-py, agent-sdk/0.2.187)", "claude-agent-sdk"),
        ("my-agent-sdk/1", None),
        ("opencode/1.18.33 ai-sdk/provider-utils/4", "opencode"),
        ("GeminiCLI-tui/0.61.0/gemini-3.5-flash", "gemini-cli"),
        ("QwenCode/0.24.4", "qwen-code"),
        ("OpenAI/Python 3.54.0", "openai-python"),
        ("AsyncOpenAI/Python 3.54.0", "openai-python"),
        ("Anthropic/Python 2.12.0", "anthropic-python"),
        ("AsyncAnthropic/Python 2.12.0", "anthropic-python"),
        ("google-genai-sdk/3.4.0 gl-python/3.11", "google-genai"),
        ("Agents/Python 0.24.0", "openai-agents"),
        ("langchain-anthropic/1.7.7", "langchain"),
        ("litellm/1.106.2", "litellm"),
        ("mistral-client-python/3.7.0", "mistralai"),
        ("pydantic-ai/2.68.0", "pydantic-ai"),
        ("ai/7.0.173 ai-sdk/provider-utils", "ai-sdk"),
        ("ai-sdk/openai/3.0.141 ai-sdk/provider-utils/4.0.66", "ai-sdk"),
        ("ai-sdk-openai/4.0.118 ai-sdk-provider-utils/5.0.81 node.js/22", "ai-sdk"),
        ("curl/8.5.0", None),
        ("", None),
    ],
)
def test_a_client_is_recognised_by_the_beginning_of_its_user_agent(user_agent: str, client: str | None) -> None:
    assert recognise_client({"user-agent": user_agent}) == client


def test_user_agents_without_end_fill_no_memory() -> None:
    tracemalloc.start()

    recognised = {recognise_client({"user-agent": f"ai/{number}{'x' * 60_000}"}) for number in range(2_000)}

    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert recognised == {"ai-sdk"}
    assert kept_bytes < 1_000_000


def test_a_request_without_a_user_agent_is_from_nobody_known() -> None:
    assert recognise_client({}) is None


def test_sessions_are_found_in_the_order_in_which_clients_mean_them() -> None:
    given_headers, found = dict(HEADERS), list[str | None]()

    for name in HEADERS:
        found.append(find_session(given_headers, CACHE_KEY, METADATA))
        del given_headers[name]
    found.append(find_session({}, CACHE_KEY, METADATA))
    found.append(find_session({}, None, METADATA))
    found.append(find_session({}, None, None))

    assert found == [*HEADERS.values(), "by-cache-key", "by-user-id", None]


@pytest.mark.parametrize("empty", [b'""', b"null", b"7", b'{"a":1}', b"[", b'"\xff"'])
def test_a_cache_key_that_is_no_text_is_passed_over(empty: bytes) -> None:
    assert find_session({"session-id": ""}, empty, METADATA) == "by-user-id"


@pytest.mark.parametrize(
    "metadata",
    [b"null", b"[]", b'{"user_id":7}', b'{"user_id":"u_1"}', b'{"user_id":"[]"}', b'{"user_id":null}', b"{"],
)
def test_metadata_without_a_session_names_none(metadata: bytes) -> None:
    assert find_session({}, None, metadata) is None


def test_a_session_id_is_cut_to_a_length_that_can_be_stored() -> None:
    found = [find_session({"session-id": "x" * 999}, None, None), find_session({}, b'"' + b"y" * 999 + b'"', None)]

    assert found == ["x" * 200, "y" * 200]


@given(cache_key=st.none() | st.binary(max_size=40), metadata=st.none() | st.binary(max_size=40))
def test_nothing_that_a_caller_writes_raises(cache_key: bytes | None, metadata: bytes | None) -> None:
    found = find_session({}, cache_key, metadata)

    assert found is None or 0 < len(found) <= 200
