"""Decisions against Cedar, and the laws that they keep."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from drawbridge.policy.decide import Decision, decide
from drawbridge.policy.rules import EVERYONE, RuleSet
from tests.parts.size import pick
from tests.policy.cases import Asked, Organisation, complete, draw_grant, draw_organisation, draw_question
from tests.policy.cedar import Oracle

pytestmark = pytest.mark.policy_oracle

_ORGANISATIONS = pick(600, full=6_000)
_QUESTIONS_EACH = 20
_BATCHES = 4
"""So that several workers share the work."""


def answer(rules: RuleSet, asked: Asked) -> Decision:
    return decide(rules, [rules.subjects_of(principal) for principal in asked.chain], asked.question)


@pytest.mark.parametrize("batch", range(_BATCHES))
def test_every_decision_and_the_grants_that_it_rests_on_are_cedars(batch: int) -> None:
    draw = random.Random(batch)
    verdicts: Counter[str] = Counter()

    for _ in range(_ORGANISATIONS // _BATCHES):
        organisation = draw_organisation(draw)
        asked = [draw_question(draw, organisation) for _ in range(_QUESTIONS_EACH)]
        verdicts.update(_compare(organisation, asked))

    assert verdicts.total() == _ORGANISATIONS // _BATCHES * _QUESTIONS_EACH
    # None of them is rare: an oracle that is asked for one answer only says nothing.
    assert min(verdicts[verdict] for verdict in ("allowed", "denied_by_rule", "allowed_by_none")) > (
        verdicts.total() / 10
    ), verdicts


def _compare(organisation: Organisation, asked: list[Asked]) -> Counter[str]:
    oracle, rules = Oracle(organisation.grants, organisation.subjects), organisation.rules
    of_one = [(principal, each.question) for each in asked for principal in each.chain]
    answers = iter(oracle.ask(of_one))
    verdicts: Counter[str] = Counter()
    for each in asked:
        decision = answer(rules, each)
        said = [next(answers) for _ in each.chain]
        first_refusal = next((one for one in said if not one.is_allowed), None)
        assert decision.is_allowed == (first_refusal is None), each
        wanted = {name for one in ([first_refusal] if first_refusal else said) for name in one.grants}
        assert {rule.grant for rule in decision.rules} == wanted, each
        verdicts[decision.verdict] += 1
    return verdicts


def _draws(count: int) -> Iterator[tuple[random.Random, Organisation, list[Asked]]]:
    draw = random.Random(11)
    for _ in range(count):
        organisation = draw_organisation(draw)
        yield draw, organisation, [draw_question(draw, organisation) for _ in range(10)]


_FEWER = pick(100, full=1_000)


def test_taking_an_allow_away_and_adding_a_deny_never_widen() -> None:
    narrowed = 0

    for draw, organisation, asked in _draws(_FEWER):
        rules = organisation.rules
        allowed = [answer(rules, each).is_allowed for each in asked]
        for narrower in _narrower(draw, organisation):
            narrower_rules = narrower.rules
            still_allowed = [answer(narrower_rules, each).is_allowed for each in asked]
            assert all(before or not after for before, after in zip(allowed, still_allowed, strict=True))
            narrowed += allowed != still_allowed

    assert narrowed > _FEWER / 2


def _narrower(draw: random.Random, organisation: Organisation) -> list[Organisation]:
    grants = organisation.grants
    deny = replace(draw_grant(draw, "new", [EVERYONE, *organisation.subjects]), effect="deny")
    allows = [place for place, grant in enumerate(grants) if grant.effect == "allow"]
    fewer = [(*grants[:place], *grants[place + 1 :]) for place in allows]
    return [replace(organisation, grants=each) for each in (*fewer, (*grants, deny))]


def test_what_is_not_known_never_helps() -> None:
    helped = 0

    for draw, organisation, asked in _draws(_FEWER):
        rules = organisation.rules
        for each in asked:
            known = replace(each.question, circumstances=complete(draw, each.question.circumstances))
            allowed = answer(rules, each).is_allowed
            would_be_allowed = answer(rules, replace(each, question=known)).is_allowed
            assert would_be_allowed or not allowed
            helped += would_be_allowed and not allowed

    assert helped > _FEWER / 10


def test_another_name_of_a_resource_neither_goes_around_a_deny_nor_depends_on_the_order() -> None:
    denied = 0

    for draw, organisation, asked in _draws(_FEWER):
        rules = organisation.rules
        for each in asked:
            names = ("gpt-5-mini", *each.question.names)
            decision = answer(rules, _named(each, names))
            assert answer(rules, _named(each, tuple(draw.sample(names, len(names))))) == decision
            if any(answer(rules, _named(each, (name,))).verdict == "denied_by_rule" for name in names):
                assert not decision.is_allowed
                denied += 1

    assert denied > _FEWER / 2, denied


def _named(asked: Asked, names: tuple[str, ...]) -> Asked:
    return replace(asked, question=replace(asked.question, names=names))


def test_a_chain_may_do_what_each_of_its_principals_may() -> None:
    for _, organisation, asked in _draws(_FEWER):
        rules = organisation.rules
        for each in asked:
            alone = [answer(rules, replace(each, chain=(principal,))) for principal in each.chain]

            together = answer(rules, each)

            assert together.is_allowed == all(decision.is_allowed for decision in alone)


def test_nobody_may_do_anything_and_without_rules_nothing_may_be_done() -> None:
    for _, organisation, asked in _draws(10):
        for each in asked:
            assert answer(organisation.rules, replace(each, chain=())).verdict == "allowed_by_none"
            assert answer(RuleSet(), each).verdict == "allowed_by_none"
