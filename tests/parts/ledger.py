"""What stands in the ledger of one organisation, for tests."""

from collections import defaultdict
from uuid import UUID

from drawbridge.core.ids import OrganisationId
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.usage.ledger.bills import Bill, BillLine
from drawbridge.usage.ledger.store import read_balances
from drawbridge.usage.rows import attempt_of

AUTUMN_BILL = "openai 2026-10"


async def balances(database: Database, organisation: OrganisationId) -> dict[str, int]:
    """Return what stands on each account that is not at zero."""
    found: defaultdict[str, int] = defaultdict(int)
    async with database.organisation(organisation) as connection:
        for balance in await read_balances(connection, organisation):
            found[balance.account] += balance.amount_nanousd
    return {account: amount for account, amount in found.items() if amount}


def bill_of(costs: dict[bytes, int], source: str = AUTUMN_BILL) -> Bill:
    """Make a bill that names attempts, each by the line of its event."""
    lines = [BillLine(Nanousd(cost), UUID(attempt_of(line))) for line, cost in costs.items()]
    return Bill("openai", source, lines, "the vendor's bill")
