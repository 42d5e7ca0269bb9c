"""Explanations: what became of each rule, and that no smaller change turns the answer."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from drawbridge.config.document import is_name, parse_document
from drawbridge.identity.store import has_admin_key
from drawbridge.policy.compile import StoredGrant
from drawbridge.policy.conditions import Circumstances, Conditions
from drawbridge.policy.decide import Question, decide
from drawbridge.policy.entries import GrantEntry, PermissionEntry, subjects_of
from drawbridge.policy.explain import SmallestChange, Who, explain
from drawbridge.policy.rules import EVERYONE, Rule, make_rule_set
from drawbridge.policy.section import policy_sections
from tests.parts.clock import HeldClock
from tests.parts.size import pick
from tests.policy.cases import Asked, Organisation, draw_organisation, draw_question

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA, TEAM = UUID(int=1), UUID(int=2)
WHO = Who("user:ana", frozenset({ANA, TEAM, EVERYONE}))


def rule(grant: str, effect: str, pattern: str = "*", conditions: Conditions | None = None) -> Rule:
    assert effect in ("allow", "deny")
    return Rule(grant, effect, TEAM, "use", "model", pattern, conditions or Conditions(), subject_name="team:x")


def question(**circumstances: object) -> Question:
    # Any: the fields of circumstances, which their constructor types.
    return Question("use", "model", ("gpt-5",), replace(Circumstances(NOW), **circumstances))


def test_rules_come_with_what_became_of_them_denies_first() -> None:
    eu = Conditions(where=(("region", frozenset({"eu"})),), products=frozenset({"chat"}))
    rules = [rule("b-allow", "allow"), rule("a-allow", "allow", "gpt*", eu), rule("z-deny", "deny", "gpt-5", eu)]

    explained = explain(make_rule_set([*rules, rule("other", "allow", "claude")]), [WHO], question(product="api"))

    assert [(one.rule.grant, one.applies, one.fails, one.unknown) for one in explained.considered] == [
        ("z-deny", False, ("product is chat",), ("region is eu",)),
        ("a-allow", False, ("product is chat",), ("region is eu",)),
        ("b-allow", True, (), ()),
    ]
    assert explained.decision.is_allowed


def test_what_nobody_allows_takes_one_grant_which_is_written_to_be_pasted() -> None:
    explained = explain(make_rule_set([]), [WHO], question())

    assert explained.change.as_yaml() == (
        "grants:\n  ana-may-use-model-gpt-5:\n    to: user:ana\n    may: [use]\n    'on': ['model:gpt-5']\n"
    )
    parse_document(
        "version: 1\n" + explained.change.as_yaml(), "drawbridge.yaml", policy_sections(HeldClock(), has_admin_key)
    )


def test_what_two_grants_deny_takes_the_deletion_of_both_if_another_allows_it() -> None:
    rules = make_rule_set([rule("one", "deny"), rule("two", "deny", "gpt*"), rule("three", "allow")])

    assert explain(rules, [WHO], question()).change == SmallestChange(delete=("one", "two"))


def test_what_is_allowed_takes_one_deny() -> None:
    explained = explain(make_rule_set([rule("one", "allow")]), [WHO], question())

    (name, entry), *more = explained.change.add
    assert (entry.effect, entry.to, more, explained.change.delete) == ("deny", "user:ana", [], ())
    assert name == "ana-may-not-use-model-gpt-5"


def test_a_suggested_grant_takes_a_name_that_is_free_and_allowed() -> None:
    taken = [rule("ana-may-use-model-gpt-5", "allow", "x"), rule("ana-may-use-model-gpt-5-2", "allow", "x")]
    odd = Question("use", "model", ("x" * 300 + " ü",), Circumstances(NOW))

    ((first, _),) = explain(make_rule_set(taken), [WHO], question()).change.add
    ((second, _),) = explain(make_rule_set([]), [WHO], odd).change.add

    assert first == "ana-may-use-model-gpt-5-3"
    assert is_name(second)


def test_the_change_turns_the_answer_and_no_smaller_one_does() -> None:
    draw = random.Random(23)
    sizes: Counter[int] = Counter()

    for _ in range(pick(200, full=3_000)):
        organisation = draw_organisation(draw, grants=7)
        asked = draw_question(draw, organisation)
        rules = organisation.rules
        allowed = is_allowed(organisation, asked)

        change = explain(rules, [Who(str(one), rules.subjects_of(one)) for one in asked.chain], asked.question).change

        turned = changed(organisation, change.delete, [_stored(name, entry) for name, entry in change.add])
        assert is_allowed(turned, asked) is not allowed
        assert all(is_allowed(smaller, asked) is allowed for smaller in _smaller(organisation, change.size))
        sizes[change.size] += 1

    assert len(sizes) > 2, sizes


def is_allowed(organisation: Organisation, asked: Asked) -> bool:
    rules = organisation.rules
    return decide(rules, [rules.subjects_of(one) for one in asked.chain], asked.question).is_allowed


def changed(organisation: Organisation, delete: Iterable[str], add: Iterable[StoredGrant]) -> Organisation:
    gone = set(delete)
    kept = (grant for grant in organisation.grants if grant.name not in gone)
    return replace(organisation, grants=(*kept, *add))


def _smaller(organisation: Organisation, size: int) -> Iterable[Organisation]:
    """Make every change of fewer grants. Of those that could be added the strongest will do: it is about everything."""
    names = [grant.name for grant in organisation.grants]
    additions: list[list[StoredGrant]] = [[], [_about_everything("allow")], [_about_everything("deny")]]
    for count in range(size):
        for delete in itertools.combinations(names, count):
            yield from (changed(organisation, delete, add) for add in additions if count + len(add) < size)


def _about_everything(effect: str) -> StoredGrant:
    return _stored(
        "everything", GrantEntry(effect="deny" if effect == "deny" else "allow", to="*", may=("*",), on=("*",))
    )


def _stored(name: str, entry: GrantEntry) -> StoredGrant:
    assert entry.may is not None
    assert entry.on is not None
    subjects = tuple((EVERYONE if one == "*" else UUID(one), one) for one in subjects_of(entry))
    return StoredGrant(name, entry.effect, subjects, (PermissionEntry(may=entry.may, on=entry.on),))
