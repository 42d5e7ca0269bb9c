"""Denials in the audit record: the first of its kind at once, the same again counted for a minute."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.audit.acts import Act
from drawbridge.audit.record import record
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.errors import Denial

_COUNTED_FOR_S: Final = 60.0
_MOST_COUNTED: Final = 1000

_Place = tuple[OrganisationId, UUID | None, str, str]
"""Organisation, principal, action and kind."""


@dataclass(slots=True)
class _Counted:
    """Denials after one that was recorded."""

    last: Denial
    until_s: float
    count: int = 0


class Denials:
    """Writes denials into the audit record of the organisation, so that a flood of them costs little.

    Repeats are recorded as one act, with their number, at the first denial of anybody after their minute.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counted: OrderedDict[_Place, _Counted] = OrderedDict()
        """In the order in which their minutes end."""

    async def record(self, denial: Denial) -> None:
        """Record a denial, or count it. Raises DatabaseAway."""
        organisation_id = denial.actor.organisation_id
        if organisation_id is None:
            return
        now = self._clock.monotonic()
        for over in list(self._over(now)):
            await self._write(over.last, over.count)
        place = (organisation_id, denial.actor.principal_id, denial.action, denial.kind)
        if (counted := self._counted.get(place)) is not None:
            counted.last = denial
            counted.count += 1
            return
        self._counted[place] = _Counted(denial, now + _COUNTED_FOR_S)
        await self._write(denial, 1)

    def _over(self, now: float) -> Iterator[_Counted]:
        """Take out what need not be counted any more, and return what was repeated."""
        while self._counted:
            first = next(iter(self._counted.values()))
            if first.until_s > now and len(self._counted) < _MOST_COUNTED:
                return
            _, counted = self._counted.popitem(last=False)
            if counted.count:
                yield counted

    async def _write(self, denial: Denial, count: int) -> None:
        organisation_id = denial.actor.organisation_id
        assert organisation_id is not None
        detail = {"grants": list(denial.grants), "times": count}
        action = f"{denial.kind}.{denial.action}_denied"
        act = Act(denial.actor, action, denial.kind, denial.name, outcome="denied", detail=detail)
        async with self._database.organisation(organisation_id) as connection:
            await record(connection, organisation_id, act)
