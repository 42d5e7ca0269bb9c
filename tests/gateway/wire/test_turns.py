"""A conversation of messages becomes one of turns, with nothing added and nothing gone."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.canonical import Message, Part, Role, Text, ToolResult
from drawbridge.gateway.wire.turns import turns_of

roles: st.SearchStrategy[Role] = st.sampled_from(["system", "developer", "user", "assistant", "tool"])
parts: st.SearchStrategy[Part] = st.builds(Text, text=st.text()) | st.builds(ToolResult, call_id=st.text())
conversations = st.lists(st.builds(Message, role=roles, parts=st.lists(parts, max_size=3)), max_size=8)


@given(conversations)
def test_user_and_assistant_take_turns(messages: list[Message]) -> None:
    sides = [turn.side for turn in turns_of(messages)]

    assert all(one != other or one == "system" for one, other in itertools.pairwise(sides))


@given(conversations)
def test_every_part_is_in_a_turn_once(messages: list[Message]) -> None:
    before = [id(part) for message in messages for part in message.parts]
    after = [id(part) for turn in turns_of(messages) for part in turn.parts]

    assert sorted(before) == sorted(after)


def test_results_of_tools_come_first_in_a_users_turn() -> None:
    words, result = Text(text="and now?"), ToolResult(call_id="1")

    (turn,) = turns_of([Message(role="user", parts=[words]), Message(role="tool", parts=[result])])

    assert turn.parts == [result, words]
