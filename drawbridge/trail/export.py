"""The forms in which events leave the installation."""

import dataclasses
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.events import PLATFORM, Link
from drawbridge.audit.filters import EventFilter
from drawbridge.audit.lines import event_line
from drawbridge.audit.record import record, record_platform
from drawbridge.audit.store import chain_links, entered
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.trail.ocsf import ocsf_line

Format = Literal["jsonl", "ocsf"]
"""`jsonl`: as the record has it, to be verified. `ocsf`: as programs for security read it."""

WRITERS: Final[Mapping[Format, Callable[[Link], bytes]]] = {"jsonl": event_line, "ocsf": ocsf_line}
"""What writes an event as a line, without its end."""


@dataclass(frozen=True, slots=True)
class Export:
    """What somebody takes out of the record."""

    form: Format
    wanted: EventFilter
    after_number: int = 0


async def exported_lines(
    database: Database, chain: OrganisationId, export: Export, actor: Actor
) -> AsyncGenerator[bytes]:
    """Record that somebody exports, then yield the events as lines with their ends, the oldest first."""
    await _record(database, chain, export, actor)
    write = WRITERS[export.form]
    async for link in chain_links(database, chain, export.after_number, export.wanted):
        yield write(link) + b"\n"


async def _record(database: Database, chain: OrganisationId, export: Export, actor: Actor) -> None:
    chosen = {name: value for name, value in dataclasses.asdict(export.wanted).items() if value is not None}
    detail = {"format": export.form, "after_number": export.after_number, **chosen}
    act = Act(actor, "audit.exported", "audit", detail=detail)
    async with entered(database, chain) as connection:
        if chain == PLATFORM:
            await record_platform(connection, act)
        else:
            await record(connection, chain, act)
