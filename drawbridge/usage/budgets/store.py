"""The SQL of leases: what is taken of budgets and given back, and the tables' functions behind it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from drawbridge.db.engine import Database
from drawbridge.usage.budgets.leases import Exchanged, Granted, LeasesGone, Need, Short

_EXCHANGE: Final = text(
    "select platform.exchange_leases(:lessee, :number, cast(:given as jsonb), cast(:wanted as jsonb))"
)
_CLOSE: Final = text("select platform.close_lessee(:lessee)")
_GONE: Final = "55000"
"""SQLSTATE object_not_in_prerequisite_state, which the function raises for whoever was taken for dead."""


class LeaseStore:
    """Takes headroom of budgets' windows, and gives it back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def exchange(
        self, lessee: str, number: int, given: Mapping[UUID, int], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        """Give back and take, once for each number. Raises LeasesGone, DatabaseAway: then ask again."""
        parameters = {
            "lessee": lessee,
            "number": number,
            "given": json.dumps([[str(window), amount] for window, amount in given.items()]),
            "wanted": json.dumps([[_written(need) for need in demand] for demand in wanted]),
        }
        try:
            async with self._database.system("lease") as connection:
                answer: dict[str, Any] = (await connection.execute(_EXCHANGE, parameters)).scalar_one()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _GONE:
                raise LeasesGone(str(error.orig)) from error
            raise
        return Exchanged([_read(found) for found in answer["answers"]], frozenset(map(UUID, answer["missed"])))

    async def close(self, lessee: str) -> None:
        """Give back all that a lessee has left. To be called when everything that it settled is booked."""
        async with self._database.system("lease") as connection:
            await connection.execute(_CLOSE, {"lessee": lessee})


def _written(need: Need) -> list[object]:
    window = need.window
    return [
        str(window.id),
        str(window.budget_id),
        None if window.holder_id is None else str(window.holder_id),
        window.begins.isoformat(),
        None if window.ends is None else window.ends.isoformat(),
        need.amount,
    ]


# Any: what the function makes of JSON.
def _read(answer: dict[str, Any]) -> Granted | Short:
    if "short" in answer:
        return Short(UUID(answer["short"]), answer["limit"], answer["headroom"], answer["unspent"], answer["elsewhere"])
    return Granted({UUID(window): amount for window, amount in answer["granted"]})
