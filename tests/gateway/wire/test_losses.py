"""A loss report names leaves of the source, each once."""

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.canonical import Function, Json, Text
from drawbridge.gateway.wire.losses import Losses, ReplyLosses, join, leaves, quoted, steps

NESTED: dict[str, Json] = {
    "type": "function",
    "function": {"name": "look", "strict": True, "parameters": {"of": [1, {}, []]}},
}
TOOL = Function(
    name="look", at="tools[0]", raw=NESTED, names={"strict": "function.strict", "parameters": "function.parameters"}
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def paths(losses: Losses) -> list[str]:
    return [loss.path for loss in losses]


def test_a_field_is_named_as_the_source_calls_it() -> None:
    losses = Losses()

    losses.lose(TOOL, "there is no strict", field="strict", effect="none")

    assert [(loss.path, loss.reason, loss.effect) for loss in losses] == [
        ("tools[0].function.strict", "there is no strict", "none")
    ]


def test_a_field_that_holds_more_is_reported_leaf_by_leaf() -> None:
    losses = Losses()

    losses.lose(TOOL, "no schemas", field="parameters")

    assert paths(losses) == [f"tools[0].function.parameters.of[{index}]" for index in range(3)]


def test_the_first_reason_for_a_leaf_holds() -> None:
    losses = Losses()

    losses.lose(TOOL, "no strict", field="strict")
    losses.lose(TOOL, "no tools")

    assert len(losses) == 6
    assert {loss.path: loss.reason for loss in losses}["tools[0].function.strict"] == "no strict"


def test_extras_are_reported_with_all_their_leaves() -> None:
    losses = Losses()
    raw: Json = {"a b": {"c": 1}, "d.e": None, "deep": {"f": 2}}

    losses.lose_extras(Function(name="look", at="tools[1]", raw=raw, extras={**raw, "deep.f": 2}), "unknown there")

    assert paths(losses) == ['tools[1]["a b"].c', 'tools[1]["d.e"]', "tools[1].deep.f"]


def test_in_a_reply_all_places_of_a_list_are_one() -> None:
    losses = ReplyLosses()
    told = {"notes": [{"to": 1}, {"to": 2}]}

    for event in range(3):
        losses.lose_extras(Function(name="look", at=f"events[{event}]", raw=told, extras=told), "unknown there")
        losses.lose_tree(f"output[{event}].id", "fc_1", "no ids")

    assert paths(losses) == ["events[].notes[].to", "output[].id"]


def test_what_was_never_read_is_not_lost() -> None:
    losses = Losses()

    losses.lose(Function(name="made up"), "no tools")

    assert paths(losses) == []


@given(json_values)
def test_every_leaf_is_found_again_by_its_path(value: Json) -> None:
    for path, leaf in leaves(value):
        found = value
        for step in steps(path):
            found = found[step]

        assert found == leaf


@given(st.text(min_size=1))
def test_any_name_is_one_step_of_a_path(name: str) -> None:
    assert [*steps(join("top", quoted(name)))] == ["top", name]


def test_what_sdks_fill_in_by_themselves_changes_no_answer() -> None:
    losses = Losses()
    message: dict[str, Json] = {
        "status": "completed",
        "annotations": [],
        "logprobs": None,
        "phase": "final",
        "settings": {},
    }

    losses.lose_extras(Text(at="input[1]", raw=message, text="", extras=message), "there is no such member")

    assert {loss.path: loss.effect for loss in losses} == {
        "input[1].status": "none",
        "input[1].annotations": "none",
        "input[1].logprobs": "none",
        "input[1].phase": "answer",
        "input[1].settings": "answer",
    }
