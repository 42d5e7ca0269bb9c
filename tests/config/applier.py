"""An apply in a process of its own: `python -m tests.config.applier DATABASE_URL ORGANISATION_ID FILE`.

Prints a line when everything is read and planned, and one when it is applied.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from drawbridge.config.apply import apply_document, plan_document
from drawbridge.config.reading import read_document
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from tests.config.documents import SECTIONS


async def _apply(url: str, organisation_id: OrganisationId, file: Path) -> None:
    database = Database(url, pool_size=1)
    document = read_document(file, SECTIONS)
    plan = await plan_document(database, organisation_id, SECTIONS, document)
    print("planned", flush=True)
    await apply_document(database, organisation_id, SECTIONS, document, expected=plan)
    print("applied", flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(_apply(sys.argv[1], OrganisationId(UUID(sys.argv[2])), Path(sys.argv[3])))
