"""Many resources sieved at once, against a decision for each."""

import random
from dataclasses import replace

import pytest

from drawbridge.policy.decide import Question, decide
from drawbridge.policy.listing import Listed, allowed_among
from drawbridge.policy.rules import RuleSet
from tests.parts.size import pick
from tests.policy.cases import draw_circumstances, draw_organisation, draw_question

pytestmark = pytest.mark.policy_oracle


def test_a_list_holds_just_the_resources_that_would_be_allowed_one_by_one() -> None:
    draw = random.Random(3)
    allowed = refused = 0

    for _ in range(pick(200, full=5_000)):
        organisation = draw_organisation(draw)
        rules = organisation.rules
        asked = [draw_question(draw, organisation) for _ in range(8)]
        chain = [rules.subjects_of(principal) for principal in asked[0].chain]
        action, kind, here = asked[0].question.action, asked[0].question.kind, draw_circumstances(draw)
        listed = [Listed(one.question.names, one.question.circumstances.attributes) for one in asked]

        found = allowed_among(rules, chain, action, (kind, listed), here)

        assert found == [
            decide(rules, chain, Question(action, kind, one.names, replace(here, attributes=one.attributes))).is_allowed
            for one in listed
        ]
        allowed, refused = allowed + sum(found), refused + len(found) - sum(found)

    assert min(allowed, refused) > (allowed + refused) / 10


def test_nobody_and_no_rules_let_nothing_through() -> None:
    draw = random.Random(3)
    organisation = draw_organisation(draw)
    listed = ("model", [Listed(("gpt",))])

    assert allowed_among(organisation.rules, [], "use", listed, draw_circumstances(draw)) == [False]
    assert allowed_among(RuleSet(), [frozenset()], "use", listed, draw_circumstances(draw)) == [False]
