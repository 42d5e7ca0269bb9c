"""Print the description of the admin API as the pages' client is generated from it: no prose, and only what succeeds.

Every error has one shape, which the client knows by hand.
"""

import json
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from drawbridge.admin import AdminParts, build_admin_api
from drawbridge.agents import RunEvent, RunId, RunRef, Start
from drawbridge.chat.http import ChatPlugs
from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.key_sources import KeyVariable
from drawbridge.config.secrets import MasterKeys, master_key
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway import Asker, Offer
from drawbridge.gateway.inner.own_servers import FoundServer
from drawbridge.gateway.probing.http import ProbingPlugs
from drawbridge.gateway.probing.records import Probe, Served
from drawbridge.health.looking import HealthPlugs
from drawbridge.health.records import ProviderState
from drawbridge.identity.errors import Denial
from drawbridge.identity.signin.door import SignInPlugs, build_sign_in
from drawbridge.identity.signin.site import Site
from drawbridge.policy.administrators import Administrators
from drawbridge.policy.first_grants import appoint_administrator
from drawbridge.preparation import ORGANISATION, furnish, furnish_inviting
from drawbridge.sections import all_sections

# Any: a description is JSON.
Json = dict[str, Any]

_PROSE = frozenset({"description", "summary", "title", "x-step-up"})


class _NoDenials:
    def note(self, denial: Denial, /) -> None: ...


class _Nothing:
    """Stands where a worker has what else is looked at: nobody looks."""

    in_flight = 0
    waiting_bytes = 0
    refusal = None

    async def find(self) -> list[FoundServer]:
        raise NotImplementedError

    def of(self, organisation_id: OrganisationId) -> Sequence[ProviderState]:
        raise NotImplementedError


class _NoChat:
    """Stands where a worker has its runs and models: nobody asks it anything."""

    async def start(self, connection: AsyncConnection, what: Start) -> RunId:
        raise NotImplementedError

    async def cancel(self, ref: RunRef) -> None:
        raise NotImplementedError

    async def forget(self, connection: AsyncConnection, run_ids: Collection[UUID]) -> None:
        raise NotImplementedError

    def events(self, ref: RunRef, after: int = 0) -> AsyncIterator[RunEvent]:
        raise NotImplementedError

    async def models_for(self, who: Asker) -> list[Offer]:
        raise NotImplementedError


class _NoProbes:
    """Stands where a worker tries things out."""

    async def probe(self, who: Asker, deployment: str) -> Probe:
        raise NotImplementedError

    async def served(self, who: Asker, provider: str) -> Served:
        raise NotImplementedError


def describe() -> Json:
    """Put the API together as a worker does, over a database that is never asked, and return its description."""
    clock = SystemClock()
    database = Database("postgresql+psycopg://nobody@localhost/nothing")
    keys = HeldKeys(KeyVariable(""), MasterKeys((master_key(bytes(32)),)), clock)
    plugs = SignInPlugs(ORGANISATION, Administrators(), appoint_administrator)
    sign_in = build_sign_in(database, clock, Site(), keys, plugs)
    sections = all_sections(clock)
    chat = ChatPlugs(_NoChat(), _NoChat())
    parts = AdminParts(
        database,
        clock,
        sections,
        keys,
        _NoDenials(),
        sign_in,
        furnish,
        furnish_inviting(clock),
        chat,
        probing=ProbingPlugs(_NoProbes(), frozenset(), ORGANISATION),
        servers=_Nothing(),
        health=HealthPlugs(_Nothing(), Path(), _Nothing()),
    )
    return build_admin_api(parts).openapi()


def without_prose(description: Json) -> Json:
    """Return what a client is generated from: names and shapes."""
    bare = _bare(description, names_follow=False)
    bare["info"] = {"title": "Drawbridge", "version": "0"}
    for operations in bare["paths"].values():
        for operation in operations.values():
            replies = operation["responses"]
            operation["responses"] = {status: reply for status, reply in replies.items() if status.startswith("2")}
    for reply in _replies(bare):
        reply["description"] = ""
    return bare


def _replies(description: Json) -> list[Json]:
    operations = [each for path in description["paths"].values() for each in path.values()]
    return [reply for operation in operations for reply in operation["responses"].values()]


def _bare(value: Any, *, names_follow: bool) -> Any:
    """Drop prose. Below `properties` the keys are names of the API's own, and so is a description among them."""
    if isinstance(value, list):
        return [_bare(each, names_follow=False) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("Json", value)
    return {
        key: _bare(each, names_follow=key in {"properties", "schemas"} and not names_follow)
        for key, each in members.items()
        if names_follow or key not in _PROSE
    }


def main() -> int:
    """Write it to the file that is named, else to the output."""
    text = json.dumps(without_prose(describe()), indent=1, sort_keys=True) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
