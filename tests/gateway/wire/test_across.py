"""Recorded requests of one dialect, written in another: nothing of them vanishes or changes without a word.

The judge reads both sides by code of its own (`tests/parts/oracle`): no mistake of a dialect is its own measure.
"""

import functools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from drawbridge.gateway.dialects import Dialect
from tests.parts.across import PAIRS, Case, cases
from tests.parts.oracle.judge import Unsaid
from tests.parts.same_wire import FOLDER
from tests.parts.sdk_types import complaints

EXCEPTIONS = Path(__file__).with_name("across_exceptions.toml")
MOST_SHOWN = 20

pytestmark = [
    pytest.mark.wire_across,
    pytest.mark.skipif(not FOLDER.exists(), reason="There is no ../shared/traffic: the recorded requests are missing."),
    # A worker judges all pairs of a target, each once.
    pytest.mark.parametrize(
        ("source", "target"),
        [pytest.param(*pair, marks=pytest.mark.xdist_group(f"across {pair[1]}")) for pair in PAIRS],
    ),
]


def test_no_leaf_vanishes_or_changes_without_an_entry(source: Dialect, target: Dialect) -> None:
    found = [f"{case.record.id} {leaf}" for case in judged(source, target) for leaf in case.verdict.silent]

    assert found[:MOST_SHOWN] == []


def test_no_entry_is_for_a_leaf_that_survived(source: Dialect, target: Dialect) -> None:
    found = [f"{case.record.id} {leaf}" for case in judged(source, target) for leaf in case.verdict.false]

    assert found[:MOST_SHOWN] == []


def test_what_is_written_is_of_the_vendors_sdk_types(source: Dialect, target: Dialect) -> None:
    written = [(case.record.id, case.written.wire.body) for case in judged(source, target) if case.written]

    found = [f"{id_} {problem}" for id_, body in written for problem in complaints(target, body)]

    assert found[:MOST_SHOWN] == []


def test_only_what_the_target_could_never_do_is_refused(source: Dialect, target: Dialect) -> None:
    lines = exceptions("refused", target)

    found = [
        f"{case.record.id} {case.refused}"
        for case in judged(source, target)
        if case.refused and not any(re.search(line["words"], case.refused) for line in lines)
    ]

    assert found[:MOST_SHOWN] == []


def test_every_fact_that_the_target_can_say_arrives(source: Dialect, target: Dialect) -> None:
    lines = exceptions("unsaid", target)

    found = [
        f"{case.record.id} {fact.what} at {fact.path}: {fact.value[:80]}"
        for case in judged(source, target)
        for fact in case.verdict.unsaid
        if not any(_is_about(line, fact) for line in lines)
    ]

    assert found[:MOST_SHOWN] == []


def test_every_exception_is_still_needed(source: Dialect, target: Dialect) -> None:
    if source != next(pair[0] for pair in PAIRS if pair[1] == target):
        pytest.skip("Looked at once for each target.")
    all_cases = [case for one, other in PAIRS if other == target for case in judged(one, other)]
    refusals = [case.refused for case in all_cases if case.refused]
    facts = [fact for case in all_cases for fact in case.verdict.unsaid]

    unused = [line for line in exceptions("refused", target) if not _matches(line["words"], refusals)]
    unused += [line for line in exceptions("unsaid", target) if not any(_is_about(line, fact) for fact in facts)]

    assert unused == []


@functools.cache
def judged(source: Dialect, target: Dialect) -> list[Case]:
    """Return all recorded requests of a dialect, judged in another. The pairs are spread over the workers."""
    found = [*cases(source, target)]
    assert len(found) > 300
    return found


@functools.cache
def exceptions(kind: str, target: Dialect) -> list[dict[str, Any]]:
    """Return what a dialect cannot be told: the lines of the data file, each with its reason."""
    lines = tomllib.loads(EXCEPTIONS.read_text())[kind]
    assert all(line["why"] for line in lines)
    return [line for line in lines if line["target"] == target]


def _is_about(line: dict[str, Any], fact: Unsaid) -> bool:
    is_named = line["what"] == fact.what
    return bool(
        is_named and re.search(line.get("value", ""), fact.value) and re.search(line.get("path", ""), fact.path)
    )


def _matches(words: str, texts: Iterable[str]) -> bool:
    return any(re.search(words, text) for text in texts)
