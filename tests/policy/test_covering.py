"""What counts as giving away more than is one's own."""

import random
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import pytest

from drawbridge.policy.conditions import Conditions
from drawbridge.policy.covering import Gain, gains_between, gains_of_holder, is_administrator, may_always, uncovered
from drawbridge.policy.decide import Question, decide
from drawbridge.policy.rules import EVERYONE, Rule, RuleSet, make_rule_set
from tests.parts.size import pick
from tests.policy.cases import Organisation, complete, draw_circumstances, draw_grant, draw_organisation, draw_question

ASKER, OTHER, GROUP, PROJECT = (UUID(int=number) for number in range(10, 14))
ADMINISTERS = Rule("administrators", "allow", ASKER, "manage", "grant", "*", role="administrator")
OWN = Rule("own", "allow", ASKER, "use", "model", "gpt*")
GIVEN = Rule("given", "allow", OTHER, "use", "model", "gpt-5")
BOUND = Conditions(products=frozenset({"chat"}))
IN_EUROPE = Conditions(where=(("region", frozenset({"eu"})),))


def is_covered(own: Iterable[Rule], given: Rule, *receiver: UUID) -> bool:
    return uncovered(list(own), [Gain(given, frozenset({given.subject, EVERYONE, *receiver}))]) is None


@pytest.mark.parametrize(
    ("own", "given"),
    [
        (OWN, GIVEN),
        (OWN, replace(GIVEN, pattern="gpt*")),
        (OWN, replace(GIVEN, pattern="gpt-*-mini")),
        (replace(OWN, pattern="*"), GIVEN),
        (OWN, replace(GIVEN, conditions=BOUND)),
        (replace(OWN, conditions=BOUND), replace(GIVEN, conditions=BOUND)),
    ],
)
def test_who_has_a_right_may_give_as_much_of_it_or_less(own: Rule, given: Rule) -> None:
    assert is_covered([own], given)


@pytest.mark.parametrize(
    ("own", "given"),
    [
        (replace(OWN, action="read"), GIVEN),
        (replace(OWN, kind="tool"), GIVEN),
        (replace(OWN, pattern="gpt-5-mini"), GIVEN),
        (replace(OWN, pattern="gpt-5"), replace(GIVEN, pattern="gpt*")),
        (replace(OWN, pattern="*-mini"), replace(GIVEN, pattern="gpt*")),
        (replace(OWN, conditions=BOUND), GIVEN),
        (replace(OWN, conditions=BOUND), replace(GIVEN, conditions=IN_EUROPE)),
        (replace(OWN, effect="deny"), GIVEN),
    ],
)
def test_who_has_less_of_a_right_may_not_give_it(own: Rule, given: Rule) -> None:
    assert not is_covered([own], given)


def test_of_several_rights_the_first_that_is_missing_is_named() -> None:
    gains = [Gain(replace(GIVEN, pattern=name), frozenset({OTHER})) for name in ("gpt-5", "claude", "gemini")]

    found = uncovered([OWN], gains)

    assert found is gains[1]
    assert uncovered([OWN], []) is None


@pytest.mark.parametrize("pattern", ["gpt-5", "*", "*-5", "gpt-*"])
def test_what_a_deny_takes_from_the_giver_cannot_be_given(pattern: str) -> None:
    denied = Rule("no", "deny", ASKER, "use", "model", pattern, BOUND)

    assert not is_covered([OWN, denied], GIVEN)
    assert not is_covered([OWN, denied], replace(GIVEN, pattern="gpt*"))


@pytest.mark.parametrize(
    "denied",
    [
        Rule("no", "deny", ASKER, "use", "model", "gpt-4"),
        Rule("no", "deny", ASKER, "use", "tool", "gpt-5"),
        Rule("no", "deny", ASKER, "read", "model", "gpt-5"),
    ],
)
def test_a_deny_about_something_else_does_not_hinder(denied: Rule) -> None:
    assert is_covered([OWN, denied], GIVEN)


@pytest.mark.parametrize("pattern", ["openai/*", "openai/gpt-5", "openai*", "*/gpt-5", "GPT-5", "google/models/gpt-5"])
def test_a_deny_on_an_alias_of_a_model_binds_what_is_given_by_another_name(pattern: str) -> None:
    denied = Rule("no", "deny", ASKER, "use", "model", pattern)

    assert not is_covered([OWN, denied], GIVEN)


@pytest.mark.parametrize("name", ["openai/gpt-5", "google/models/gpt-5", "*/gpt-5"])
def test_a_deny_on_a_plain_name_binds_what_is_given_by_an_alias(name: str) -> None:
    denied = Rule("no", "deny", ASKER, "use", "model", "gpt-5")

    assert not is_covered([replace(OWN, pattern="*"), denied], replace(GIVEN, pattern=name))


def test_only_models_have_aliases() -> None:
    own, given = replace(OWN, kind="tool"), replace(GIVEN, kind="tool")

    assert is_covered([own, Rule("no", "deny", ASKER, "use", "tool", "openai/*")], given)
    assert is_covered([own, Rule("no", "deny", ASKER, "use", "tool", "GPT-5")], given)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([OWN], True),
        ([replace(OWN, pattern="openai/*")], True),
        ([], False),
        ([replace(OWN, pattern="other")], False),
        ([replace(OWN, conditions=BOUND)], False),
        ([replace(OWN, action="read")], False),
        ([OWN, replace(OWN, effect="deny", pattern="openai/*")], False),
        ([OWN, replace(OWN, effect="deny", pattern="openai/*", conditions=BOUND)], False),
        ([OWN, replace(OWN, effect="deny", pattern="other")], True),
    ],
)
def test_what_one_may_always_use_is_allowed_by_some_name_and_denied_by_none(own: list[Rule], expected: bool) -> None:
    assert may_always(own, "use", "model", ("gpt-5", "openai/gpt-5")) is expected


def test_a_deny_that_binds_the_receiver_too_does_not_hinder() -> None:
    for_all = Rule("no", "deny", EVERYONE, "use", "model", "gpt-5")
    for_a_group = replace(for_all, subject=GROUP)

    assert is_covered([OWN, for_all], GIVEN)
    assert not is_covered([OWN, for_a_group], GIVEN)
    assert is_covered([OWN, for_a_group], GIVEN, GROUP)
    assert not is_covered([replace(for_all, pattern="gpt*")], GIVEN)


def test_a_deny_is_never_covered() -> None:
    denied = Rule("no", "deny", OTHER, "use", "model", "gpt-5")

    assert not is_covered([replace(OWN, pattern="*"), ADMINISTERS], denied)


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_only_an_allow_that_is_new_and_a_deny_that_is_gone_are_gains(effect: str) -> None:
    rule = replace(GIVEN, effect=effect)
    without, with_it = make_rule_set([]), make_rule_set([rule])

    added, removed = list(gains_between(without, with_it)), list(gains_between(with_it, without))

    gained = [Gain(rule, frozenset({OTHER, EVERYONE}))]
    assert (added, removed) == ((gained, []) if effect == "allow" else ([], gained))
    assert list(gains_between(with_it, with_it)) == []


@pytest.mark.parametrize("effect", ["allow", "deny"])
@pytest.mark.parametrize(
    "other",
    [
        replace(GIVEN, subject=GROUP),
        replace(GIVEN, action="read"),
        replace(GIVEN, kind="tool"),
        replace(GIVEN, pattern="*"),
        replace(GIVEN, conditions=BOUND),
    ],
)
def test_a_rule_that_changes_in_what_it_does_is_a_gain(effect: str, other: Rule) -> None:
    before, after = replace(GIVEN, effect=effect), replace(other, effect=effect)

    gains = list(gains_between(make_rule_set([before]), make_rule_set([after])))

    assert [gain.rule for gain in gains] == [after if effect == "allow" else before]


def test_a_deny_that_becomes_an_allow_is_two_gains() -> None:
    denied = replace(GIVEN, effect="deny")

    gains = list(gains_between(make_rule_set([denied]), make_rule_set([GIVEN])))

    assert [gain.rule for gain in gains] == [GIVEN, denied]


def test_another_name_reason_or_role_of_a_rule_gives_nothing() -> None:
    other = replace(GIVEN, grant="other", role="lead", reason="Because.", subject_name="user:other")

    assert list(gains_between(make_rule_set([GIVEN]), make_rule_set([other]))) == []


def test_who_becomes_part_of_a_group_gains_its_rights_and_stays_bound_by_its_denies() -> None:
    allowed, denied = replace(GIVEN, subject=GROUP), replace(GIVEN, subject=GROUP, effect="deny")
    alone, within = frozenset({OTHER, EVERYONE}), frozenset({OTHER, EVERYONE, GROUP})

    joined = list(gains_between(of(allowed, denied, other=alone), of(allowed, denied, other=within)))
    left = list(gains_between(of(allowed, denied, other=within), of(allowed, denied, other=alone)))

    assert joined == [Gain(allowed, within)]
    assert left == [Gain(denied, alone)]


def test_what_a_group_loses_in_the_same_change_is_not_gained_by_who_joins_it() -> None:
    allowed, denied = replace(GIVEN, subject=GROUP), replace(GIVEN, subject=GROUP, effect="deny")
    alone, within = frozenset({OTHER, EVERYONE}), frozenset({OTHER, EVERYONE, GROUP})

    assert list(gains_between(of(allowed, other=alone), of(other=within))) == []
    assert list(gains_between(of(other=within), of(denied, other=alone))) == []


def test_who_is_new_gains_what_those_have_whom_they_are_among() -> None:
    allowed, denied = replace(GIVEN, subject=GROUP), replace(GIVEN, subject=EVERYONE, effect="deny")
    within = frozenset({OTHER, EVERYONE, GROUP})

    made = list(gains_between(make_rule_set([allowed, denied]), of(allowed, denied, other=within)))
    unmade = list(gains_between(of(allowed, denied, other=within), make_rule_set([allowed, denied])))

    assert made == [Gain(allowed, within)]
    assert unmade == []


def test_the_holder_of_a_key_may_do_what_is_allowed_to_its_owner_and_to_its_project() -> None:
    of_owner, of_project = GIVEN, replace(GIVEN, subject=PROJECT, pattern="claude")
    denied = replace(GIVEN, effect="deny", pattern="gpt-5-pro")
    rules = of(of_owner, of_project, denied, other=frozenset({OTHER, EVERYONE}))
    alone, in_project = rules.subjects_of(OTHER), rules.subjects_of(OTHER, PROJECT)

    assert list(gains_of_holder(rules, alone)) == [Gain(of_owner, alone)]
    assert {gain.rule for gain in gains_of_holder(rules, in_project)} == {of_owner, of_project}
    assert {gain.receiver for gain in gains_of_holder(rules, in_project)} == {in_project}


@pytest.mark.parametrize(
    "rule",
    [
        replace(ADMINISTERS, effect="deny"),
        replace(ADMINISTERS, role=None),
        replace(ADMINISTERS, role="lead"),
        replace(ADMINISTERS, action="read"),
        replace(ADMINISTERS, kind="role"),
        replace(ADMINISTERS, pattern="a*"),
        replace(ADMINISTERS, conditions=BOUND),
    ],
)
def test_only_the_whole_role_of_administrators_makes_one(rule: Rule) -> None:
    assert is_administrator([OWN, ADMINISTERS])
    assert not is_administrator([OWN, rule])
    assert not is_administrator([])


@pytest.mark.parametrize("pattern", ["*", "some"])
def test_who_is_ever_denied_to_manage_grants_may_not_give_away_anything(pattern: str) -> None:
    denied = Rule("no", "deny", GROUP, "manage", "grant", pattern, BOUND)

    assert not is_administrator([ADMINISTERS, denied])
    assert is_administrator([ADMINISTERS, replace(denied, action="read"), replace(denied, kind="role")])


def test_after_a_change_that_is_covered_nobody_may_more_than_before_but_for_what_the_giver_may() -> None:
    """The law itself: random changes of random organisations, and random questions to those who may have gained."""
    draw, asker = random.Random(0), UUID(int=10)
    covered = gained = 0
    for _ in range(pick(int(__import__("os").environ.get("NLAW", "1500")), full=20_000)):
        drawn = _draw_before(draw, asker)
        changed = _changed(draw, drawn)
        before, after = drawn.rules, changed.rules
        if uncovered(before.rules_of(before.subjects_of(asker)), gains_between(before, after)) is not None:
            continue
        covered += 1
        for _ in range(10):
            asked = draw_question(draw, changed)
            here = complete(draw, draw_circumstances(draw))
            question = replace(asked.question, names=asked.question.names[:1], circumstances=here)
            if _may(after, asked.chain[0], question) and not _may(before, asked.chain[0], question):
                gained += 1
                assert _may(before, asker, question), question

    assert min(covered, gained) > 20, (covered, gained)


def of(*rules: Rule, other: frozenset[UUID]) -> RuleSet:
    project = frozenset({PROJECT, EVERYONE})
    return make_rule_set(rules, {OTHER: other, PROJECT: project, ASKER: frozenset({ASKER, EVERYONE})})


def _draw_before(draw: random.Random, asker: UUID) -> Organisation:
    """Make an organisation in which one has rather many rights."""
    drawn = draw_organisation(draw, grants=5)
    wide = (draw_grant(draw, f"wide-{number}", [asker]) for number in range(4))
    return replace(drawn, grants=(*drawn.grants, *(replace(grant, effect="allow") for grant in wide)))


def _changed(draw: random.Random, before: Organisation) -> Organisation:
    """Return an organisation with a grant more or less, or somebody in other groups."""
    wholes = [UUID(int=number) for number in range(1, 6)]
    grants, subjects = list(before.grants), dict(before.subjects)
    match draw.choice(("add", "add", "remove", "move", "new")):
        case "add":
            grants.append(draw_grant(draw, "more", [*wholes, *subjects]))
        case "remove" if grants:
            grants.pop(draw.randrange(len(grants)))
        case "move":
            moved = draw.choice(list(subjects))
            subjects[moved] = frozenset({moved, EVERYONE, *draw.sample(wholes, draw.randint(0, 3))})
        case _:
            new = UUID(int=99)
            subjects[new] = frozenset({new, EVERYONE, *draw.sample(wholes, draw.randint(0, 3))})
    return Organisation(tuple(grants), subjects)


def _may(rules: RuleSet, person: UUID, question: Question) -> bool:
    return decide(rules, (rules.subjects_of(person),), question).is_allowed
