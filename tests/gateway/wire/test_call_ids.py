"""Ids of tool calls join calls and results in the target as they did in the source."""

import re

from drawbridge.gateway.wire.call_ids import CallIds, derived_id
from drawbridge.gateway.wire.canonical import Message, ToolCall, ToolResult

PLAIN = re.compile(r"[a-zA-Z0-9_-]{1,40}")


def call(call_id: str) -> ToolCall:
    return ToolCall(id=call_id, name="look", arguments="{}")


def result(call_id: str) -> ToolResult:
    return ToolResult(call_id=call_id)


def is_plain(call_id: str) -> bool:
    return PLAIN.fullmatch(call_id) is not None


def ids(*parts: ToolCall | ToolResult) -> list[str]:
    joined = CallIds([Message(role="assistant", parts=[part]) for part in parts], is_plain)
    return [joined.of(part) for part in parts]


def test_ids_that_the_target_allows_are_kept() -> None:
    assert ids(call("a"), call("b"), result("b"), result("a")) == ["a", "b", "b", "a"]


def test_an_id_that_the_target_refuses_is_replaced_in_call_and_result() -> None:
    first, second = ids(call("a.b/c"), result("a.b/c"))

    assert first == second
    assert is_plain(first)


def test_replaced_ids_are_the_same_in_the_next_turn() -> None:
    assert ids(call("x" * 99))[0] == ids(call("x" * 99), result("x" * 99), call("other"))[0]


def test_calls_that_share_an_id_are_told_apart_and_keep_their_results() -> None:
    parallel = ids(call("same"), call("same"), result("same"), result("same"))
    in_turn = ids(call("same"), result("same"), call("same"), result("same"))

    assert parallel[0] != parallel[1]
    assert parallel[:2] == parallel[2:]
    assert in_turn[0] == in_turn[1] != in_turn[2] == in_turn[3]


def test_derived_ids_are_short_and_plain() -> None:
    assert re.fullmatch(r"call_[a-z2-7]{24}", derived_id("ü" * 200))
