"""Which of many resources somebody may use: one query instead of a decision for each. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from drawbridge.policy.conditions import Circumstances, Condition
from drawbridge.policy.patterns import PatternIndex
from drawbridge.policy.rules import Action, Effect, Kind, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource, by all of its names, with what is known of it alone."""

    names: tuple[str, ...]
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


def allowed_among(
    rules: RuleSet,
    chain: Sequence[frozenset[UUID]],
    action: Action,
    resources: tuple[Kind, Sequence[Listed]],
    circumstances: Circumstances,
) -> list[bool]:
    """Decide for each resource of a kind, as `decide` would with its attributes in the same circumstances."""
    kind, listed = resources
    if not chain:
        return [False] * len(listed)
    sieves = [_Sieve(rules, subjects, (action, kind), circumstances) for subjects in chain]
    return [all(sieve.lets_through(each) for sieve in sieves) for each in listed]


class _Sieve:
    """The rules of one principal about one kind, without those that cannot apply whatever the resource is."""

    def __init__(
        self, rules: RuleSet, subjects: Iterable[UUID], place: tuple[Action, Kind], circumstances: Circumstances
    ) -> None:
        self._circumstances = circumstances
        about = (rule for rule in rules.rules_of(subjects) if (rule.action, rule.kind) == place)
        remaining = ((rule, _left_to_judge(rule, circumstances)) for rule in about)
        self._index = PatternIndex[tuple[Effect, tuple[Condition, ...]]](
            (rule.pattern, (rule.effect, left)) for rule, left in remaining if left is not None
        )

    def lets_through(self, resource: Listed) -> bool:
        """Tell whether a rule allows it and none denies it."""
        about = [found for name in resource.names for found in self._index.about(name)]
        here = self._circumstances
        if any(conditions for _, conditions in about):
            here = replace(here, attributes=resource.attributes)
        effects = {effect for effect, conditions in about if not conditions or _applies(effect, conditions, here)}
        return effects == {"allow"}


def _left_to_judge(rule: Rule, circumstances: Circumstances) -> tuple[Condition, ...] | None:
    """Return the conditions about the resource's attributes; None where the others keep the rule from applying."""
    others = tuple(condition for condition in rule.conditions.each if not condition.reads_attributes)
    if not _applies(rule.effect, others, circumstances):
        return None
    return tuple(condition for condition in rule.conditions.each if condition.reads_attributes)


def _applies(effect: Effect, conditions: Iterable[Condition], here: Circumstances) -> bool:
    # What is not known never helps, as in `decide.applies`.
    if effect == "allow":
        return all(condition.judge(here) is True for condition in conditions)
    return all(condition.judge(here) is not False for condition in conditions)
