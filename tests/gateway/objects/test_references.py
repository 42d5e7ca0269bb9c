r"""Every way in which a request may name an object at a vendor, plainly or in disguise."""

import json

import pytest

from drawbridge.gateway.bodies import scan
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.objects.kinds import Reference
from drawbridge.gateway.objects.references import find_references, gemini_file_id
from drawbridge.gateway.request import READ_MEMBERS
from drawbridge.gateway.snapshot import Provider
from tests.parts.caller import Json

pytestmark = pytest.mark.ownership


def found(dialect: Dialect, body: Json | bytes) -> set[tuple[str, str]]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {(reference.kind, reference.id) for reference in find_references(dialect, scan(text, READ_MEMBERS))}


def user(*parts: Json) -> Json:
    return {"role": "user", "content": list(parts)}


CONTAINER = {"type": "code_interpreter", "container": "X"}
AUTO = {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["X"]}}
MASK = {"type": "image_generation", "input_image_mask": {"file_id": "X"}}
SHELL = {"type": "shell", "environment": {"type": "container_reference", "container_id": "X"}}
SKILL = {"type": "shell", "environment": {"skills": [{"type": "skill_reference", "skill_id": "X"}]}}
OUTPUT = {"type": "function_call_output", "output": [{"type": "input_file", "file_id": "X"}]}
SCREEN = {"type": "computer_call_output", "output": {"type": "computer_screenshot", "file_id": "X"}}
DOCUMENT = {"type": "document", "source": {"type": "file", "file_id": "X"}}
RESULT = {"type": "tool_result", "tool_use_id": "t", "content": [DOCUMENT]}
_NONE: list[str] = []
_EMPTY: Json = {}
RESPONSES_BODIES = [
    ("response", {"previous_response_id": "X"}),
    ("conversation", {"conversation": "X"}),
    ("conversation", {"conversation": {"id": "X"}}),
    ("prompt", {"prompt": {"id": "X", "version": "1"}}),
    ("item", {"input": [{"type": "item_reference", "id": "X"}]}),
    ("item", {"input": [{"id": "X"}]}),
    ("item", {"input": [{"id": "X", "type": None}]}),
    ("item", {"items": [{"id": "X"}]}),
    ("item", {"items": [{"type": "item_reference", "id": "X"}]}),
    ("item", {"input": [{"type": "image_generation_call", "id": "X"}]}),
    ("item", {"input": [{"type": "image_generation_call", "id": "X", "result": ""}]}),
    ("item", {"input": [{"type": "reasoning", "id": "X", "summary": _NONE}]}),
    ("item", {"items": [{"type": "reasoning", "id": "X", "encrypted_content": None, "content": _NONE}]}),
    ("item", {"input": [{"type": "compaction", "id": "X", "encrypted_content": None}]}),
    ("item", {"input": [{"type": "web_search_call", "id": "X", "status": "completed"}]}),
    ("item", {"input": [{"type": "web_search_call", "id": "X", "action": _EMPTY}]}),
    ("item", {"input": [{"type": "file_search_call", "id": "X", "queries": ["q"], "results": None}]}),
    ("item", {"input": [{"type": "code_interpreter_call", "id": "X", "code": "1", "outputs": None}]}),
    ("item", {"items": [{"type": "computer_call", "id": "X", "call_id": "c"}]}),
    ("item", {"input": [{"type": "mcp_call", "id": "X", "name": "n", "arguments": "_", "output": None}]}),
    ("item", {"input": [{"type": "mcp_list_tools", "id": "X", "server_label": "s"}]}),
    ("file", {"input": [user({"type": "input_file", "file_id": "X"})]}),
    ("file", {"input": [user({"type": "input_image", "file_id": "X"})]}),
    ("file", {"input": [OUTPUT]}),
    ("file", {"input": [SCREEN]}),
    ("container", {"tools": [CONTAINER]}),
    ("file", {"tools": [AUTO]}),
    ("file", {"tools": [MASK]}),
    ("container", {"tools": [SHELL]}),
    ("skill", {"tools": [SKILL]}),
    ("vector_store", {"tools": [{"type": "file_search", "vector_store_ids": ["X"]}]}),
    ("container", {"input": [{"type": "additional_tools", "tools": [CONTAINER]}]}),
    ("file", {"an_unknown_member": {"deep": [{"file_id": "X"}]}}),
]
CHAT_BODIES = [
    ("file", {"messages": [user({"type": "file", "file": {"file_id": "X"}})]}),
    ("audio", {"messages": [{"role": "assistant", "audio": {"id": "X"}}]}),
]
MESSAGE_BODIES = [
    ("container", {"container": "X"}),
    ("container", {"container": {"id": "X"}}),
    ("skill", {"container": {"skills": [{"type": "custom", "skill_id": "X"}]}}),
    ("file", {"messages": [user(DOCUMENT)]}),
    ("file", {"messages": [user({"type": "container_upload", "file_id": "X"})]}),
    ("file", {"messages": [user(RESULT)]}),
    ("file", {"system": [DOCUMENT]}),
]
URI = "https://generativelanguage.googleapis.com/v1beta/files/X"
GEMINI_BODIES = [
    ("cache", {"cachedContent": "cachedContents/X"}),
    ("cache", {"cached_content": "cachedContents/X"}),
    ("cache", {"generateContentRequest": {"cachedContent": "cachedContents/X"}}),
    ("gemini_file", {"contents": [{"parts": [{"fileData": {"fileUri": URI}}]}]}),
    ("gemini_file", {"contents": [{"parts": [{"file_data": {"file_uri": URI}}]}]}),
    ("gemini_file", {"contents": {"parts": {"file_data": {"fileUri": "files/X"}}}}),
    ("gemini_file", {"systemInstruction": {"parts": [{"fileData": {"fileUri": URI}}]}}),
    ("search_store", {"tools": [{"fileSearch": {"fileSearchStoreNames": ["X"]}}]}),
    ("search_store", {"tools": [{"file_search": {"file_search_store_names": ["X"]}}]}),
]
NOTHING: Json = {}
FULL: Json = {"user": ": 0 2 _ \u0161 \u2014 " * 300}
"""What has every byte in it by which names are found first."""
NAMED: list[tuple[Dialect, str, Json]] = [
    *(("openai-responses", kind, body) for kind, body in RESPONSES_BODIES),
    *(("openai-chat", kind, body) for kind, body in CHAT_BODIES),
    *(("anthropic-messages", kind, body) for kind, body in MESSAGE_BODIES),
    *(("gemini", kind, body) for kind, body in GEMINI_BODIES),
]


@pytest.mark.parametrize("before", [NOTHING, FULL], ids=["short", "long"])
@pytest.mark.parametrize("colon", [":", ": ", " :", "\t\r\n : "])
@pytest.mark.parametrize(("dialect", "kind", "body"), NAMED)
def test_an_object_is_found_wherever_its_dialect_may_name_it(
    dialect: Dialect, kind: str, body: Json, before: Json, colon: str
) -> None:
    text = json.dumps({**before, **body}, separators=(",", colon), ensure_ascii=False)

    assert found(dialect, text.encode()) == {(kind, "X")}


@pytest.mark.parametrize("before", [NOTHING, FULL], ids=["short", "long"])
@pytest.mark.parametrize(("dialect", "kind", "body"), NAMED)
def test_a_member_with_escapes_in_its_name_is_found_or_refused(
    dialect: Dialect, kind: str, body: Json, before: Json
) -> None:
    text = json.dumps({**before, **body})
    disguised = text
    for name in ("file", "container", "item", "audio", "id", "cache", "vector", "skill", "prompt", "prev", "conv"):
        disguised = disguised.replace(f'"{name}', f'"\\u00{ord(name[0]):02x}{name[1:]}')
    assert disguised != text

    try:
        seen = found(dialect, disguised.encode())
    except MalformedBody:
        return

    assert seen == {(kind, "X")}


@pytest.mark.parametrize("before", [NOTHING, FULL], ids=["short", "long"])
@pytest.mark.parametrize(
    ("dialect", "kind", "text"),
    [
        ("openai-responses", "file", '{"input":[{"content":[{"File_ID":"X"}]}]}'),
        ("openai-responses", "container", '{"tools":[{"CONTAINER":"X"}]}'),
        ("openai-responses", "vector_store", '{"tools":[{"vector_\u017ftore_ids":["X"]}]}'),
        ("openai-responses", "vector_store", '{"tools":[{"vector_\\u017fTORE_ids":["X"]}]}'),
        ("openai-responses", "skill", '{"tools":[{"s\u212aill_id":"X"}]}'),
        ("openai-responses", "skill", '{"tools":[{"s\\u212Aill_id":"X"}]}'),
        ("gemini", "gemini_file", '{"contents":[{"parts":[{"filedata":{"FILEURI":"files/X"}}]}]}'),
    ],
)
def test_a_member_is_found_by_its_name_in_any_case(dialect: Dialect, kind: str, text: str, before: Json) -> None:
    if before:
        text = f"{json.dumps(before, ensure_ascii=False)[:-1]},{text[1:]}"

    assert found(dialect, text.encode()) == {(kind, "X")}


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("openai-responses", '{"input":[{"role":"user","content":[{"file_id":"theirs","file_id":"mine"}]}]}'),
        ("openai-responses", '{"input":[{"role":"user","content":[{"file_id":"theirs"}],"content":"hi"}]}'),
        ("openai-responses", '{"input":[{"id":"theirs","type":"item_reference","type":"message"}]}'),
        ("openai-responses", '{"conversation":{"id":"theirs","id":"mine"}}'),
        ("openai-responses", '{"previous_response_id":"theirs","previous_response_id":"mine"}'),
        ("openai-chat", '{"messages":[{"audio":{"id":"theirs","id":"mine"}}]}'),
        ("anthropic-messages", '{"messages":[{"content":[{"source":{"file_id":"a"},"source":{"type":"text"}}]}]}'),
        ("gemini", '{"contents":[{"parts":[{"fileData":{"fileUri":"files/a","fileUri":"files/b"}}]}]}'),
    ],
)
def test_a_member_that_stands_twice_cannot_hide_a_reference(dialect: Dialect, text: str) -> None:
    with pytest.raises(MalformedBody):
        found(dialect, text.encode())


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("openai-responses", {"metadata": {"file_id": "X"}, "input": "file_id container item_reference"}),
        ("openai-responses", {"input": [{"type": "function_call", "arguments": '{"file_id":"X"}', "id": "fc"}]}),
        ("openai-responses", {"tools": [{"parameters": {"properties": {"file_id": {"type": "string"}}}}]}),
        ("openai-responses", {"input": [{"role": "user", "content": "hi", "id": "msg_1"}]}),
        ("openai-responses", {"input": [{"type": "image_generation_call", "id": "ig", "result": "aGk="}]}),
        ("openai-responses", {"input": [{"type": "reasoning", "id": "rs", "encrypted_content": "gAAA"}]}),
        ("openai-responses", {"input": [{"type": "reasoning", "id": "rs", "content": [{"text": "hm"}]}]}),
        ("openai-responses", {"input": [{"type": "reasoning", "summary": _NONE}], "reasoning": {"effort": "low"}}),
        ("openai-responses", {"input": [{"type": "compaction", "id": "cmp", "encrypted_content": "gAAA"}]}),
        ("openai-responses", {"input": [{"type": "web_search_call", "id": "ws", "action": {"type": "search"}}]}),
        ("openai-responses", {"input": [{"type": "code_interpreter_call", "id": "ci", "outputs": [{"logs": "1"}]}]}),
        ("openai-responses", {"input": [{"type": "computer_call", "id": "cu", "action": {"type": "click"}}]}),
        ("openai-responses", {"input": [{"type": "mcp_call", "id": "mcp", "output": "done"}]}),
        ("openai-responses", {"input": [{"type": "mcp_call", "id": "mcp", "output": None, "error": "failed"}]}),
        ("openai-responses", {"input": [{"type": "mcp_list_tools", "id": "mcpl", "tools": [{"name": "t"}]}]}),
        ("openai-responses", {"input": [{"type": "function_call", "id": "fc", "name": "f", "arguments": "_"}]}),
        ("openai-responses", {"input": [{"type": "function_call_output", "id": "fco", "output": ""}]}),
        ("openai-responses", {"input": [{"type": "custom_tool_call", "id": "ctc", "input": ""}]}),
        ("openai-responses", {"input": [{"type": "something_new", "id": "X", "status": "completed"}]}),
        ("openai-responses", {"input": [{"type": "local_shell_call", "action": {"env": {"container": "oci"}}}]}),
        ("openai-responses", {"previous_response_id": None, "conversation": None, "prompt": None}),
        ("openai-chat", {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}),
        ("openai-chat", {"messages": [{"role": "assistant", "audio": None, "content": "x"}]}),
        ("anthropic-messages", {"messages": [user({"type": "tool_use", "input": {"file_id": "X"}})]}),
        ("anthropic-messages", {"container": {"skills": [{"type": "anthropic", "skill_id": "pdf"}]}}),
        ("anthropic-messages", {"container": None}),
        ("gemini", {"contents": [{"parts": [{"functionCall": {"args": {"fileUri": "files/X"}}}]}]}),
        ("gemini", {"contents": [{"parts": [{"fileData": {"fileUri": "https://youtu.be/abc"}}]}]}),
    ],
)
def test_what_only_looks_like_a_reference_is_none(dialect: Dialect, body: Json) -> None:
    assert not found(dialect, body)


@pytest.mark.parametrize(
    ("uri", "file_id"),
    [
        ("https://generativelanguage.googleapis.com/v1beta/files/abc-1", "abc-1"),
        ("https://generativelanguage.googleapis.com/v1beta/files/abc-1:download?alt=media", "abc-1"),
        ("HTTPS://GENERATIVELANGUAGE.googleapis.com:443/v1beta/%66iles/abc-1/", "abc-1"),
        ("http://127.0.0.1:9/v1beta/files/abc-1", "abc-1"),
        ("files/abc-1", "abc-1"),
        ("https://www.youtube.com/watch?v=abc", None),
        ("https://example.com/report.pdf", None),
        ("https://storage.googleapis.com/bucket/report.pdf", None),
        ("gs://bucket/files/report.pdf", None),
    ],
)
def test_the_uri_of_an_uploaded_file_is_told_from_others(uri: str, file_id: str | None) -> None:
    assert gemini_file_id(uri) == file_id


OWN = Provider("own", frozenset({"gemini"}), "https://gemini.inside.example/v1beta")


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("https://example.com/files/report.pdf", None),
        ("http://Files.Example.com:8080/v1/files/report.pdf?a=b", None),
        ("https://gemini.inside.example/v1beta/files/a", "a"),
        ("https://GEMINI.inside.example.:443/v1beta/files/a", "a"),
        ("https://generativelanguage.googleapis.com/v1beta/files/a", "a"),
        ("https://storage.googleapis.com/files/a", "a"),
        ("http://10.0.0.1/files/a", "a"),
        ("http://0x7f.0x1/files/a", "a"),
        ("http://gemini/files/a", "a"),
        ("https://gemini.inside.example@example.com/files/a", "a"),
        ("https://gemini.inside.example\\@example.com/files/a", "a"),
        ("https://gem\u00adini.inside.example/files/a", "a"),
    ],
)
def test_a_file_of_a_public_host_is_no_vendors_unless_a_provider_lives_there(uri: str, named: str | None) -> None:
    body = json.dumps({"contents": [{"parts": [{"fileData": {"fileUri": uri}}]}]}).encode()

    references = find_references("gemini", scan(body), [OWN])

    assert {reference.id for reference in references} == ({named} if named else set())


@pytest.mark.parametrize(
    "uri",
    ["https://generativelanguage.googleapis.com//v1beta//files/a", "https://[", "abc", "//h/v1beta/x", "x:files/a"],
)
def test_a_uri_that_is_not_plainly_elsewhere_is_nobodys_file(uri: str) -> None:
    assert gemini_file_id(uri) not in (None, "a")


@pytest.mark.parametrize("written", ["resp_1 ", " resp_1", "resp_1\0", "résp", "x" * 600, ""])
def test_what_can_be_no_id_is_looked_up_as_something_that_nobody_can_own(written: str) -> None:
    [reference] = find_references("openai-responses", scan(json.dumps({"previous_response_id": written}).encode()))

    assert reference != Reference("response", written) or not written
    assert reference.id.isascii()
    assert len(reference.id) <= 200
