"""Whether a caller may use what its request refers to, and where that lives."""

from collections.abc import Collection

from drawbridge.gateway.objects.kinds import Reference
from drawbridge.gateway.objects.ownership import Owner, Ownership
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Caller


def owner_of(caller: Caller) -> Owner:
    """Return a caller as an owner of objects."""
    return Owner(caller.organisation_id, caller.principal_id)


async def find_holders(ownership: Ownership, owner: Owner, references: Collection[Reference]) -> frozenset[str]:
    """Return the providers each of which holds everything that a request refers to.

    Raises Refusal where something is not the owner's, or unknown, or no one provider holds it all.
    """
    held = await ownership.providers_of(owner, references)
    common = frozenset[str].intersection(*held.values())
    if not common:
        named = ", ".join(f"'{reference.id}' at {'/'.join(sorted(where))}" for reference, where in held.items())
        raise Refusal(
            "bad_request", f"This request refers to objects at several providers ({named}): no one of them has all."
        )
    return common
