from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.config.document import parse_document
from drawbridge.config.errors import DocumentError
from drawbridge.config.plan import make_plan
from drawbridge.config.sections import Present, World
from tests.config.documents import write
from tests.config.forest import Forest, TreeEntry

Parents = Mapping[str, str | None]


def world(parents: Parents, *, managed: bool = True) -> World:
    trees = {name: Present(TreeEntry(parent=parent), managed_by_file=managed) for name, parent in parents.items()}
    return World({"trees": trees})


def planned(parents: Parents, present: World) -> list[str]:
    text = write({"trees": {name: {"parent": parent} for name, parent in parents.items()}})
    document = parse_document(text, "drawbridge.yaml", [Forest()])
    return [f"{change.action} {change.name}" for change in make_plan([Forest()], document, present).changes]


def test_what_refers_to_its_own_section_is_created_after_what_it_refers_to() -> None:
    found = planned({"leaf": "branch", "branch": "root", "root": None, "other": None}, World({}))

    assert found == ["create root", "create branch", "create leaf", "create other"]


def test_what_refers_to_its_own_section_is_deleted_before_what_it_refers_to() -> None:
    found = planned({}, world({"root": None, "branch": "root", "leaf": "branch", "other": None}))

    assert found == ["delete leaf", "delete branch", "delete root", "delete other"]


def test_a_tree_turned_upside_down_never_has_a_ring_in_between() -> None:
    found = planned({"leaf": None, "branch": "leaf", "root": "branch"}, world({"root": None, "branch": "root"}))

    assert found == ["create leaf", "update branch", "update root"]


def test_the_order_goes_by_way_of_what_no_file_manages() -> None:
    unmanaged = {"by-hand": Present(TreeEntry(parent="root"), managed_by_file=False)}
    managed = {
        "root": Present(TreeEntry(parent="leaf"), managed_by_file=True),
        "leaf": Present(TreeEntry(), managed_by_file=True),
    }

    assert planned({"leaf": "by-hand", "root": None}, World({"trees": {**unmanaged, **managed}})) == [
        "update root",
        "update leaf",
    ]


def test_entries_that_contradict_each_other_are_named_with_their_lines() -> None:
    text = "version: 1\ntrees:\n  a: {parent: b}\n  b:\n    parent: a\n  c: {parent: a}\n"
    document = parse_document(text, "drawbridge.yaml", [Forest()])

    with pytest.raises(DocumentError) as raised:
        make_plan([Forest()], document, World({}))

    assert [str(problem) for problem in raised.value.problems] == [
        "drawbridge.yaml:3: trees.a.parent: stands below itself.",
        "drawbridge.yaml:5: trees.b.parent: stands below itself.",
    ]


def test_a_contradiction_with_what_no_file_manages_is_found() -> None:
    document = parse_document("version: 1\ntrees:\n  a: {parent: by-hand}\n", "drawbridge.yaml", [Forest()])

    with pytest.raises(DocumentError) as raised:
        make_plan([Forest()], document, world({"by-hand": "a"}, managed=False))

    assert [str(problem) for problem in raised.value.problems] == [
        "drawbridge.yaml:2: trees.by-hand.parent: stands below itself.",
        "drawbridge.yaml:3: trees.a.parent: stands below itself.",
    ]


def test_a_chain_of_any_length_is_ordered() -> None:
    chain = {f"t{number}": f"t{number + 1}" for number in range(300)}

    found = planned({**chain, "t300": None}, World({}))

    assert found == [f"create t{number}" for number in range(300, -1, -1)]


@given(st.permutations(range(8)), st.lists(st.integers(0, 7), min_size=8, max_size=8))
def test_any_forest_in_any_order_is_created_top_down_and_deleted_bottom_up(order: list[int], drawn: list[int]) -> None:
    parents = {str(place): str(drawn[place]) if drawn[place] < place else None for place in order}

    created = [line.removeprefix("create ") for line in planned(parents, World({}))]
    deleted = [line.removeprefix("delete ") for line in planned({}, world(parents))]

    assert sorted(created) == sorted(deleted) == sorted(parents)
    for name, parent in parents.items():
        if parent is not None:
            assert created.index(parent) < created.index(name)
            assert deleted.index(parent) > deleted.index(name)
