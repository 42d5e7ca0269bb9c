"""May they: what policy says of a call before anything leaves for it, and what a caller is told who may not."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, get_args
from uuid import UUID

from drawbridge.core.ids import NO_KEY
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.objects.kinds import KEPT_FOR_CALLERS, Reference
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.routing import IsShown, find_model
from drawbridge.gateway.snapshot import Caller, Circumstantial, Deployment, Leg, Model, OrganisationSnapshot, Provider
from drawbridge.policy.conditions import NO_CONDITIONS, Circumstances, DataClass
from drawbridge.policy.decide import Decision, Question, decide, rules_about
from drawbridge.policy.rules import Kind, Rule
from drawbridge.usage.denials import Denial

DATA_CLASS_HEADER: Final = "x-drawbridge-data-class"

MostCost = Callable[[Deployment], int | None]
"""The most that a call can cost at a deployment, in nano-dollars; None where that cannot be told."""

_CLASSES: Final[tuple[DataClass, ...]] = get_args(DataClass)
"""The least strict first."""
_BY_NAME: Final[Mapping[str, DataClass]] = {name: name for name in _CLASSES}
_NOBODYS: Final[frozenset[UUID]] = frozenset()
"""Models and providers belong to no team."""
_REMEMBERED: Final = 10_000
_LONGEST_REMEMBERED: Final = 500
_ABILITIES: Final = ("tools", "images", "documents", "audio", "video", "output_schema")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and what is known of the request whatever it is for."""

    snapshot: OrganisationSnapshot
    caller: Caller
    product: str
    data_class: DataClass | None
    now: datetime

    def decide(
        self,
        kind: Kind,
        names: tuple[str, ...],
        attributes: Mapping[str, str] | None = None,
        cost_nanousd: int | None = None,
    ) -> Decision:
        """Ask policy about one resource."""
        question = self.question(kind, names, attributes, cost_nanousd)
        return decide(self.snapshot.rights.rules, (self.snapshot.subjects_of(self.caller),), question)

    def rules_about(self, kind: Kind, names: tuple[str, ...]) -> list[Rule]:
        """Return every rule for the caller that is about a resource."""
        subjects = self.snapshot.subjects_of(self.caller)
        return [*rules_about(self.snapshot.rights.rules, subjects, self.question(kind, names))]

    def question(
        self,
        kind: Kind,
        names: tuple[str, ...],
        attributes: Mapping[str, str] | None = None,
        cost_nanousd: int | None = None,
    ) -> Question:
        """Put what policy is to be asked."""
        circumstances = Circumstances(
            self.now, self.product, self.data_class, attributes or {}, cost_nanousd, teams=_NOBODYS
        )
        return Question("use", kind, names, circumstances)


def data_class_of(snapshot: OrganisationSnapshot, caller: Caller, stated: str | None) -> DataClass | None:
    """Return how sensitive a request is: as its project says, or as it says itself if that is stricter.

    None where neither says it. Raises Refusal for a word that is no data class.
    """
    of_project = None if caller.project_id is None else snapshot.rights.data_classes.get(caller.project_id)
    if stated is None:
        return of_project
    found = _BY_NAME.get(stated.strip().lower())
    if found is None:
        raise Refusal("bad_request", f"The header {DATA_CLASS_HEADER} is one of {', '.join(_CLASSES)}.")
    if of_project is None or _CLASSES.index(found) > _CLASSES.index(of_project):
        return found
    return of_project


def allow_model(asking: Asking, model: Model, most_cost: MostCost) -> Model:
    """Return a model with those of its deployments that the caller may use. Raises Refusal where there is none."""
    decision = _settled(asking, "model", model.names)
    if isinstance(decision, Circumstantial):
        decisions = _decide_each(asking, model, most_cost if decision.asks_for_cost else cost_unknown)
        legs = tuple(leg for leg, decided in decisions if decided.is_allowed)
        if legs:
            return model if len(legs) == len(model.route) else replace(model, route=legs)
        decision = _most_telling([decided for _, decided in decisions])
    if decision.is_allowed:
        return model
    raise _refused(asking, "model", model.names, decision)


def find_allowed(asking: Asking, name: str, dialect: Dialect) -> Model:
    """Find a model that a caller may use, whatever the call costs. Raises Refusal."""
    model = find_model(asking.snapshot, name, dialect, is_shown=shown_to(asking))
    return allow_model(asking, model, cost_unknown)


def allow_provider(asking: Asking, provider: Provider) -> None:
    """Check the right to make and use objects at a provider. Raises Refusal."""
    decision = _at_provider(asking, provider)
    if not decision.is_allowed:
        raise _refused(asking, "provider", (provider.name,), decision)


def allow_references(asking: Asking, model: Model, references: Collection[Reference]) -> Model:
    """Return a model with the deployments where the caller may use what a request refers to. Raises Refusal.

    What calls of models leave behind, such as responses, is its owner's without more.
    """
    if all(reference.kind not in KEPT_FOR_CALLERS for reference in references):
        return model
    decisions = [(leg, _at_provider(asking, leg.deployment.provider)) for leg in model.route]
    legs = tuple(leg for leg, decided in decisions if decided.is_allowed)
    if not legs:
        leg, decision = decisions[0]
        raise _refused(asking, "provider", (leg.deployment.provider.name,), decision)
    return replace(model, route=legs)


def may_use_provider(asking: Asking, provider: Provider) -> bool:
    """Tell whether a caller may make and use objects at a provider."""
    return _at_provider(asking, provider).is_allowed


def shown_to(asking: Asking) -> IsShown:
    """Return what tells of a model whether the caller may use it, if need be in a request of another kind.

    A list is asked for without a cost, and mostly without a data class: what may be used at a lower cost, or for data
    that is less or more sensitive, is shown.
    """

    def is_shown(model: Model) -> bool:
        decision = _settled(asking, "model", model.names)
        if isinstance(decision, Decision):
            return decision.is_allowed
        return any(
            decided.is_allowed
            for other in _imaginable(asking)
            for cost_nanousd in (0, None)
            for _, decided in _decide_each(other, model, lambda _, cost=cost_nanousd: cost)
        )

    return is_shown


def require_shown(asking: Asking, model: Model) -> None:
    """Refuse to tell of a model that the caller could not use in any request. Raises Refusal."""
    if not shown_to(asking)(model):
        allow_model(asking, model, cost_unknown)


def require_project(snapshot: OrganisationSnapshot, caller: Caller) -> None:
    """Refuse the key of a project whose team its owner has left since it was made. Raises Refusal."""
    rules = snapshot.rights.rules
    if caller.project_id is None or rules.is_part_of(caller.principal_id, caller.project_id):
        return
    whom = f"Ask {rules.whom_to_ask}" if rules.whom_to_ask else "Ask an administrator"
    if caller.key_id == NO_KEY:
        raise Refusal("forbidden", f"This project is one of a team that you are not in any more. {whom} to join it.")
    raise Refusal(
        "bad_credential",
        f"This key is for a project of a team that its owner {caller.principal_name!r} is not in any more. {whom} to"
        " join it again, or use a key without the project.",
    )


def cost_unknown(deployment: Deployment) -> None:
    """Tell no cost."""
    del deployment


def _imaginable(asking: Asking) -> list[Asking]:
    least = 0 if asking.data_class is None else _CLASSES.index(asking.data_class)
    return [replace(asking, data_class=data_class) for data_class in _CLASSES[least:]]


def _settled(asking: Asking, kind: Kind, names: tuple[str, ...]) -> Decision | Circumstantial:
    """Return the decision that is the same in all circumstances, or which of them matter."""
    caller, settled = asking.caller, asking.snapshot.rights.settled
    place = (caller.principal_id, caller.project_id, kind, names)
    if place in settled:
        return settled[place]
    about = asking.rules_about(kind, names)
    decision: Decision | Circumstantial
    if all(rule.conditions == NO_CONDITIONS for rule in about):
        decision = asking.decide(kind, names)
    else:
        decision = Circumstantial(any(map(_asks_for_cost, about)))
    # Callers choose the names of open models: what is kept of them is bounded.
    if sum(map(len, names)) <= _LONGEST_REMEMBERED:
        if len(settled) >= _REMEMBERED:
            settled.clear()
        settled[place] = decision
    return decision


def _decide_each(asking: Asking, model: Model, most_cost: MostCost) -> list[tuple[Leg, Decision]]:
    """Decide for each deployment of a model by itself."""
    return [
        (leg, asking.decide("model", model.names, attributes_of(leg.deployment), most_cost(leg.deployment)))
        for leg in model.route
    ]


def _asks_for_cost(rule: Rule) -> bool:
    conditions = rule.conditions
    return conditions.cost_at_most_nanousd is not None or conditions.cost_above_nanousd is not None


def _at_provider(asking: Asking, provider: Provider) -> Decision:
    settled = _settled(asking, "provider", (provider.name,))
    if isinstance(settled, Decision):
        return settled
    return asking.decide("provider", (provider.name,), _of_provider(provider))


def attributes_of(deployment: Deployment) -> Mapping[str, str]:
    """Return what rules can ask of a deployment: of its provider, and what its model can do where that is known."""
    profile = find_profile(deployment)
    abilities = {name: getattr(profile, name) for name in _ABILITIES}
    known = {name: "yes" if able else "no" for name, able in abilities.items() if able is not None}
    if profile.thinking is not None:
        known["thinking"] = "no" if profile.thinking == "none" else "yes"
    return (
        {"deployment": deployment.name, "upstream_model": deployment.upstream_model}
        | known
        | _of_provider(deployment.provider)
    )


def _of_provider(provider: Provider) -> dict[str, str]:
    told = {
        "provider": provider.name,
        "vendor": provider.vendor,
        "region": provider.region,
        "hosting": provider.hosting,
    }
    return {name: value for name, value in told.items() if value is not None}


def _most_telling(decisions: list[Decision]) -> Decision:
    return next((decision for decision in decisions if decision.rules), decisions[0])


def _refused(asking: Asking, kind: Kind, names: tuple[str, ...], decision: Decision) -> Refusal:
    name, caller = names[0], asking.caller
    told = _told_denied(asking, kind, name, decision) if decision.rules else _told_unallowed(asking, kind, names)
    denial = Denial(
        organisation_id=caller.organisation_id,
        principal_id=caller.principal_id,
        principal_kind=caller.principal_kind,
        principal_name=caller.principal_name,
        key_id=caller.key_id,
        action="use",
        kind=kind,
        name=name,
        rules=tuple(rule.grant for rule in decision.rules),
        via="session" if caller.key_id == NO_KEY else "key",
    )
    return Refusal("forbidden", told, param="model" if kind == "model" else None, denial=denial)


def _told_denied(asking: Asking, kind: Kind, name: str, decision: Decision) -> str:
    rule = decision.rules[0]
    to = f" to {rule.subject_name}" if rule.subject_name else ""
    more = f" (and {len(decision.rules) - 1} more)" if len(decision.rules) > 1 else ""
    words = [f"The grant '{rule.grant}'{more} denies the use of {kind} '{name}'{to}."]
    if rule.conditions.data_classes is not None and asking.data_class is None:
        words.append(f"It asks for the data class, which is not known: state it by the header {DATA_CLASS_HEADER}.")
    words.append(rule.reason or _whom_to_ask(asking, "to change that"))
    return " ".join(words)


def _told_unallowed(asking: Asking, kind: Kind, names: tuple[str, ...]) -> str:
    elsewhere = sorted({rule.grant for rule in asking.rules_about(kind, names) if rule.effect == "allow"})
    words = [f"Nothing allows '{asking.caller.principal_name}' to use {kind} '{names[0]}' in this request."]
    if elsewhere:
        named = ", ".join(f"'{grant}'" for grant in elsewhere[:3])
        words.append(f"Allowed in other circumstances by {named}: look at the conditions there.")
    words.append(_whom_to_ask(asking, f"for a grant that says: may use on {kind}:{names[0]}"))
    return " ".join(words)


def _whom_to_ask(asking: Asking, what_for: str) -> str:
    whom = asking.snapshot.rights.rules.whom_to_ask
    return f"Whom to ask {what_for}: {whom}" if whom else f"Ask an administrator {what_for}."
