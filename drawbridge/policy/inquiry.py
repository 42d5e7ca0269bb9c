"""Questions about rights as people put them, by names, answered from what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.errors import unknown_principal
from drawbridge.identity.membership import load_subjects
from drawbridge.identity.records import OWN
from drawbridge.identity.standing import teams_of
from drawbridge.identity.store import find_principal
from drawbridge.policy.conditions import Circumstances, DataClass
from drawbridge.policy.decide import Question
from drawbridge.policy.explain import Explanation, Who, explain
from drawbridge.policy.listing import Listed, allowed_among
from drawbridge.policy.notation import Subject
from drawbridge.policy.rules import Action, Kind, RuleSet
from drawbridge.policy.store import load_rule_set, subject_id


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model as the gateway knows it."""

    names: tuple[str, ...]
    """All of its names, the one that it is listed by first."""
    ways: tuple[Mapping[str, str], ...]
    """What is known of each deployment by which it can be used; using one of them is enough."""


class Models(Protocol):
    """The models of an organisation: the gateway's answer, plugged in."""

    async def find(
        self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, /
    ) -> KnownModel | None:
        """Return the model that a caller means by a name; None where there is none."""
        ...

    async def listed(self, connection: AsyncConnection, organisation_id: OrganisationId, /) -> Sequence[KnownModel]:
        """Return every model that has a name of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Who would do it: a chain of principals, such as a user through an agent, in a project or in none."""

    who: tuple[str, ...]
    """Names of principals, as `ana` or `user:ana`; one at least."""
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Supposed:
    """The circumstances that are supposed. None, or no entry: not known."""

    now: datetime
    product: str | None = None
    data_class: DataClass | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    cost_nanousd: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An explanation, and for a model what each of its deployments would have said."""

    question: Question
    explanation: Explanation
    ways: tuple[tuple[str, bool], ...] = ()
    """Deployments, each with whether it may be used."""


class Inquiry:
    """The rights in one organisation, as a transaction sees them."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId, models: Models) -> None:
        self._connection = connection
        self._organisation_id = organisation_id
        self._models = models

    async def explain(self, asker: Asker, action: Action, resource: tuple[Kind, str], supposed: Supposed) -> Answer:
        """Answer whether somebody may do something, and why.

        Raises UnknownPrincipalError, UnknownSubjectError, NotationError.
        """
        rules = await self._rules()
        chain = await self._chain(rules, asker)
        kind, name = resource
        circumstances = await self._circumstances(resource, supposed)
        if resource == ("key", OWN):
            # One's own keys belong to the teams that one is in.
            circumstances = replace(circumstances, teams=chain[0].subjects)
        question = Question(action, kind, (name,), circumstances)
        model = await self._models.find(self._connection, self._organisation_id, name) if kind == "model" else None
        if model is None or not model.ways:
            return Answer(question, explain(rules, chain, question))
        return _best_way(rules, chain, replace(question, names=model.names), model)

    async def usable_models(self, asker: Asker, supposed: Supposed) -> list[str]:
        """Return the names of the models that somebody may use, by at least one deployment each.

        Raises UnknownPrincipalError, UnknownSubjectError, NotationError.
        """
        rules = await self._rules()
        subjects = [who.subjects for who in await self._chain(rules, asker)]
        models = await self._models.listed(self._connection, self._organisation_id)
        ways = [(model, {**way, **supposed.attributes}) for model in models for way in model.ways or ({},)]
        here = await self._circumstances(("model", "*"), supposed)
        listed = [Listed(model.names, attributes) for model, attributes in ways]
        allowed = allowed_among(rules, subjects, "use", ("model", listed), here)
        return sorted({model.names[0] for (model, _), is_allowed in zip(ways, allowed, strict=True) if is_allowed})

    async def _rules(self) -> RuleSet:
        subjects = await load_subjects(self._connection, self._organisation_id)
        return await load_rule_set(self._connection, self._organisation_id, subjects)

    async def _chain(self, rules: RuleSet, asker: Asker) -> list[Who]:
        project_id = None
        if asker.project is not None:
            project_id = await subject_id(self._connection, self._organisation_id, Subject("project", asker.project))
        found = [await self._principal(written) for written in asker.who]
        return [Who(name, rules.subjects_of(principal_id, project_id)) for name, principal_id in found]

    async def _principal(self, written: str) -> tuple[str, UUID]:
        """Find a principal by name, or by kind and name. Names may have colons themselves."""
        kind, _, name = written.partition(":")
        principal = await find_principal(self._connection, self._organisation_id, written)
        if principal is None and name:
            principal = await find_principal(self._connection, self._organisation_id, name)
            principal = principal if principal is not None and principal.kind == kind else None
        if principal is None:
            raise unknown_principal(written)
        return f"{principal.kind}:{principal.name}", principal.id

    async def _circumstances(self, resource: tuple[Kind, str], supposed: Supposed) -> Circumstances:
        kind, name = resource
        teams = await teams_of(self._connection, self._organisation_id, kind)
        return Circumstances(
            now=supposed.now,
            product=supposed.product,
            data_class=supposed.data_class,
            attributes=supposed.attributes,
            cost_nanousd=supposed.cost_nanousd,
            teams=teams.get(name, frozenset()),
        )


def _best_way(rules: RuleSet, chain: Sequence[Who], question: Question, model: KnownModel) -> Answer:
    """Explain the first deployment that may be used, else the first that some rule denies, else the first."""
    here = question.circumstances
    asked = [
        replace(question, circumstances=replace(here, attributes={**way, **here.attributes})) for way in model.ways
    ]
    answers = [(one, explain(rules, chain, one)) for one in asked]
    ways = tuple(
        (way.get("deployment", ""), answer.decision.is_allowed)
        for way, (_, answer) in zip(model.ways, answers, strict=True)
    )
    best = next((pair for pair in answers if pair[1].decision.is_allowed), None)
    telling = next((pair for pair in answers if pair[1].decision.rules), answers[0])
    return Answer(*(best or telling), ways)
