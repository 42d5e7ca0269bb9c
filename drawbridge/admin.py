"""The admin API: every product's routes in one FastAPI application, under /api."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drawbridge import __version__
from drawbridge.api.bodies import StrictBodies
from drawbridge.api.description import DescribedApi
from drawbridge.api.errors import add_error_answers
from drawbridge.api.idempotency import Idempotency
from drawbridge.chat.files.http import PIECES
from drawbridge.chat.http import ChatPlugs, chat_router
from drawbridge.config.documents.http import documents_router
from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.http import section_schemas, sections_router
from drawbridge.config.sections import AnySection
from drawbridge.config.stored_secrets.http import secrets_router
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway.known_models import StoredModels
from drawbridge.gateway.own_servers_http import Servers, own_servers_router
from drawbridge.gateway.price_http import prices_router
from drawbridge.gateway.probing.http import ProbingPlugs, probing_router
from drawbridge.health.http import health_router
from drawbridge.health.looking import HealthPlugs
from drawbridge.identity.http import identity_router
from drawbridge.identity.membership import load_subjects
from drawbridge.identity.organisations import FIRST, Furnish, Invite, OrganisationPlugs, Organisations
from drawbridge.identity.organisations.http import organisations_router
from drawbridge.identity.own_keys.http import own_keys_router
from drawbridge.identity.people import People, Plugs
from drawbridge.identity.people.http import people_router
from drawbridge.identity.signin.door import SignIn
from drawbridge.identity.signin.invitations.http import invitation_router
from drawbridge.identity.signin.platform_door import PlatformDoor, end_sessions
from drawbridge.policy.access import PolicyAccess
from drawbridge.policy.administrators import Administrators
from drawbridge.policy.denials import DenialLog
from drawbridge.policy.http import abilities_router, explain_router
from drawbridge.policy.leaving import GrantsToPrincipals
from drawbridge.policy.rules import RuleSet
from drawbridge.policy.store import load_rule_set
from drawbridge.trail.http import trail_router
from drawbridge.usage.budgets.http import budgets_router
from drawbridge.usage.http import usage_router
from drawbridge.usage.ledger.http import ledger_router

DESCRIPTION: Final = "/api/openapi.json"
"""Where the API describes itself, to anybody."""

_GUARDED: Final = frozenset(
    {
        "teams",
        "groups",
        "users",
        "service_accounts",
        "agents",
        "roles",
        "grants",
        "providers",
        "audit_streams",
    }
)
"""Sections whose changes need a fresh sign-in: who there is, what they may, and where credentials and records go."""


@dataclass(frozen=True, slots=True)
class AdminParts:
    """What the admin API is made of."""

    database: Database
    clock: Clock
    sections: Sequence[AnySection]
    """All sections of drawbridge.yaml, in their order."""
    master_keys: HeldKeys
    denials: DenialLog
    """Where what is refused is counted for the audit record."""
    sign_in: SignIn | None = None
    """None: keys alone open it."""
    furnish: Furnish | None = None
    """None: no organisations are made here."""
    invite: Invite | None = None
    """None: nobody is invited as the first administrator of one."""
    chat: ChatPlugs | None = None
    """None: there is no workspace."""
    servers: Servers | None = None
    """None: no model servers are looked for."""
    health: HealthPlugs | None = None
    """None: nothing is looked at."""
    probing: ProbingPlugs | None = None
    """None: nothing is tried out here."""


async def _load_rules(connection: AsyncConnection, organisation_id: OrganisationId) -> RuleSet:
    return await load_rule_set(connection, organisation_id, await load_subjects(connection, organisation_id))


def build_admin_api(parts: AdminParts) -> DescribedApi:
    """Put the admin API together."""
    database, clock, sections = parts.database, parts.clock, parts.sections
    api = DescribedApi(title="Drawbridge", version=__version__, path=DESCRIPTION)
    sign_in = parts.sign_in
    access = PolicyAccess(database, clock, _load_rules, None if sign_in is None else sign_in.members)
    administrators = Administrators()
    api.include_router(identity_router(database, clock, access, administrators))
    api.include_router(own_keys_router(database, clock, access, administrators))
    api.include_router(usage_router(database, access))
    api.include_router(prices_router(database, clock, access))
    api.include_router(ledger_router(database, clock, access))
    api.include_router(budgets_router(database, clock, access))
    api.include_router(abilities_router(access))
    api.include_router(explain_router(database, clock, access, StoredModels()))
    api.include_router(trail_router(database, access))
    api.include_router(secrets_router(database, sections, access, parts.master_keys))
    plugs = Plugs(administrators, end_sessions, GrantsToPrincipals())
    api.include_router(people_router(People(database, clock, plugs), access))
    if sign_in is not None:
        for router in (*sign_in.routers, invitation_router(database, clock, access, sign_in.site)):
            api.include_router(router)
    if sign_in is not None and parts.furnish is not None:
        organisations = Organisations(database, clock, OrganisationPlugs(parts.furnish, parts.invite, end_sessions))
        platform = PlatformDoor(sign_in.sessions)
        api.include_router(organisations_router(organisations, platform, sign_in.site.home))
    if parts.chat is not None:
        api.include_router(chat_router(database, clock, access, parts.chat))
    if parts.servers is not None:
        api.include_router(own_servers_router(database, access, parts.servers, process_owner=FIRST))
    if parts.health is not None:
        api.include_router(health_router(database, clock, access, parts.health, process_owner=FIRST))
    if parts.probing is not None:
        api.include_router(probing_router(database, access, parts.probing))
    api.include_router(documents_router(database, sections, access, process_owner=FIRST))
    # The last, since a name of theirs may hold slashes, and so could swallow the path of another route.
    api.include_router(sections_router(database, sections, access, guarded=_GUARDED, process_owner=FIRST))
    add_error_answers(api, parts.denials)
    # The last that is added stands before the others.
    api.add_middleware(Idempotency, database=database, access=access)
    api.add_middleware(StrictBodies, bytes_at=PIECES)
    api.add_schemas(section_schemas(sections))
    return api
