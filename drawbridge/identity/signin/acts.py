"""What the audit record is told of signing in."""

from uuid import UUID

from drawbridge.audit.acts import Act, Actor, Via
from drawbridge.audit.record import record, record_platform
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.signin.records import Caller, Membership, SessionIdentity


def actor_of(identity: SessionIdentity) -> Actor:
    """Return who is signed in, as the audit record keeps it."""
    return Actor(
        "user" if identity.principal_id is not None else "nobody",
        "session",
        identity.organisation_id,
        identity.principal_id,
        identity.principal or identity.email,
        identity.session_id,
        identity.address,
    )


def user(membership: Membership, caller: Caller, via: Via = "none") -> Actor:
    """Return a user who has just shown that he is one."""
    return Actor(
        "user",
        via,
        membership.organisation_id,
        membership.principal_id,
        membership.principal,
        address=caller.address,
    )


async def record_of(
    connection: AsyncConnection, identity: SessionIdentity, action: str, object_id: UUID, **detail: object
) -> None:
    """Record what somebody did who is signed in: where he works, or in the platform's record."""
    act = Act(actor_of(identity), action, action.partition(".")[0], str(object_id), detail=detail)
    if identity.organisation_id is None:
        await record_platform(connection, act)
    else:
        await record(connection, identity.organisation_id, act)
