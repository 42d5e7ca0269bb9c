"""Nobody gives away what is not theirs: an organisation's rights before and after a change, held side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.config.sections import Reached
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.errors import Denial, WiderThanOwnError
from drawbridge.identity.standing import teams_of
from drawbridge.policy.covering import Gain, gains_between, gains_of_holder, may_always, uncovered
from drawbridge.policy.judging import Asker, as_kind
from drawbridge.policy.rules import RuleSet

_IN_TEAMS: Final = ("team", "project", "user", "service_account", "agent")
"""The kinds of objects that belong to teams, and so can come within reach of the rights over a team."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Who may do what in an organisation, and what belongs to which teams, at one moment."""

    rules: RuleSet
    teams: Mapping[str, Mapping[str, frozenset[UUID]]]
    """By kind, then the object's name."""


async def take_stock(connection: AsyncConnection, organisation_id: OrganisationId, rules: RuleSet) -> Stock:
    """Read what belongs to which teams, beside the rules."""
    return Stock(rules, {kind: await teams_of(connection, organisation_id, kind) for kind in _IN_TEAMS})


def require_unwidened(asker: Asker, before: Stock, after: Stock) -> None:
    """Check that a change gave nobody a right that the asker did not have before it.

    Raises WiderThanOwnError.
    """
    gain = uncovered(asker.own, gains_between(before.rules, after.rules))
    if gain is not None:
        raise _wider(asker, gain)
    for kind in _IN_TEAMS:
        for name, teams in after.teams[kind].items():
            had = before.teams[kind].get(name)
            if teams != had and not _may_place(asker, kind, name, had, _furthest(after, teams)):
                raise WiderThanOwnError(
                    f"This would put {kind}:{name} into a team, and you may not manage it both where it was and where"
                    " it would be. Ask an administrator.",
                    Denial(asker.actor, "manage", kind, name),
                )


def _may_place(
    asker: Asker, kind: str, name: str, had: frozenset[UUID] | None, chains: Sequence[frozenset[UUID]]
) -> bool:
    """Tell whether an object may be put into teams, each given with those above it; None: it is new."""
    gained = [chain for chain in chains if had is None or not chain <= had]
    where = gained if had is None or not gained else [had, *gained]
    return all(asker.decide("manage", kind, name, teams).is_allowed for teams in where)


def _furthest(stock: Stock, teams: frozenset[UUID]) -> list[frozenset[UUID]]:
    """Return the teams that an object is in, each with those above it, without those that are above another."""
    chains = [chain for chain in stock.teams["team"].values() if chain <= teams]
    return [chain for chain in chains if not any(chain < other for other in chains)]


def require_covered(asker: Asker, owner_id: PrincipalId, project_id: UUID | None) -> None:
    """Check that who speaks for a principal, in a project or in none, may do nothing that the asker may not.

    Raises WiderThanOwnError.
    """
    if asker.is_administrator:
        return
    subjects = asker.rules.subjects_of(owner_id, project_id)
    gain = uncovered(asker.own, gains_of_holder(asker.rules, subjects))
    if gain is not None:
        raise _wider(asker, gain)


def require_usable(asker: Asker, reached: Sequence[Reached]) -> None:
    """Check that the asker may use, in all circumstances, what others would get at by another name of it.

    Raises WiderThanOwnError.
    """
    if asker.is_administrator:
        return
    for one in reached:
        if not may_always(asker.own, "use", as_kind(one.kind), one.names):
            raise WiderThanOwnError(
                f"This would open {one.told} under another name, and you may not use what it serves, or not in all"
                " circumstances. Ask an administrator.",
                Denial(asker.actor, "use", one.kind, one.names[0]),
            )


def _wider(asker: Asker, gain: Gain) -> WiderThanOwnError:
    rule = gain.rule
    who = rule.subject_name or "somebody"
    what = f"{rule.action} {rule.kind}:{rule.pattern}"
    said = (
        f"This would let {who} {what} (grant {rule.grant}), which you may not do yourself, or not without conditions."
        if rule.effect == "allow"
        else f"This would end a deny for {who}: {what} (grant {rule.grant})."
    )
    denial = Denial(asker.actor, rule.action, rule.kind, rule.pattern, (rule.grant,))
    return WiderThanOwnError(f"{said} Ask an administrator.", denial)
