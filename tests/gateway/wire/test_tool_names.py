"""Tools have names that the target takes, and calls find their way back."""

import re

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.canonical import CustomTool, Function, ToolCall
from drawbridge.gateway.wire.tool_names import NameRule, ToolNames, as_arguments, free_text

RULE = NameRule(re.compile(r"[a-zA-Z0-9_-]+"), 64)
names = st.text(min_size=1, max_size=80)


def called(name: str, arguments: str = "{}") -> ToolCall:
    return ToolCall(id="1", name=name, arguments=arguments)


def test_names_that_the_target_takes_are_kept() -> None:
    assert ToolNames([Function(name="look_up")], RULE).of("look_up") == "look_up"


def test_a_namespace_becomes_part_of_the_name() -> None:
    tools = ToolNames([Function(name="exec", namespace="functions")], RULE)

    assert tools.of("exec", "functions") == "functions__exec"
    restored = tools.restore(called("functions__exec"))
    assert (restored.namespace, restored.name) == ("functions", "exec")


def test_a_made_up_name_takes_nobody_elses() -> None:
    tools = ToolNames([Function(name="b", namespace="a"), Function(name="a__b")], RULE)

    assert tools.of("a__b") == "a__b"
    assert tools.of("b", "a") != "a__b"


@given(st.lists(st.tuples(st.none() | names, names), unique=True, max_size=8))
def test_every_tool_has_a_name_of_its_own_that_leads_back(keys: list[tuple[str | None, str]]) -> None:
    tools = ToolNames([Function(name=name, namespace=namespace) for namespace, name in keys], RULE)

    given_names = [tools.of(name, namespace) for namespace, name in keys]

    assert len({*given_names}) == len(keys)
    assert all(RULE.pattern.fullmatch(name) and len(name) <= RULE.max_length for name in given_names)
    back = [tools.restore(called(name)) for name in given_names]
    assert [(call.namespace, call.name) for call in back] == keys


def test_a_call_of_a_custom_tool_comes_back_as_free_text() -> None:
    tools = ToolNames([CustomTool(name="apply_patch")], RULE)

    restored = tools.restore(called("apply_patch", as_arguments('*** "Begin"\n')))

    assert restored.is_custom
    assert restored.arguments == '*** "Begin"\n'


def test_what_a_model_writes_instead_of_the_one_argument_comes_as_it_is() -> None:
    assert free_text('{"patch": 1}') == '{"patch": 1}'
    assert free_text("*** no JSON") == "*** no JSON"


def test_a_call_by_an_unknown_name_is_left_alone() -> None:
    assert ToolNames([], RULE).restore(called("made.up")).name == "made.up"
