"""While the database is away nobody's objects are anybody's, and nothing that was made is lost to its owner."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.gateway.objects.kinds import Kind, Page, Reference, VendorObject
from drawbridge.gateway.objects.ownership import Owner, Owners, OwnersAwayError, Place
from drawbridge.gateway.refusals import Refusal

pytestmark = pytest.mark.ownership

ALICE = Owner(OrganisationId(uuid7()), PrincipalId(uuid7()))
BOB = Owner(ALICE.organisation_id, PrincipalId(uuid7()))
FIRST = Reference("response", "resp_1")


def made(owner: Owner, object_id: str = "resp_1", provider: str = "vendor") -> VendorObject:
    return VendorObject(owner.organisation_id, owner.principal_id, provider, "response", object_id)


class Kept:
    """A store that can be away. It keeps the first owner."""

    def __init__(self) -> None:
        self.is_away = False
        self.rows: dict[tuple[str, str, str], VendorObject] = {}
        self.groups: list[int] = []
        self.look_ups = 0

    async def record(self, objects: Sequence[VendorObject]) -> set[VendorObject]:
        await asyncio.sleep(0)
        self._require()
        self.groups.append(len(objects))
        return {o for o in objects if self.rows.setdefault((o.id, o.kind, o.provider), o) == o}

    async def models_of(self, owner: Owner, provider: str, batch_input: Reference) -> tuple[str, ...] | None:
        self._require()
        return None

    async def providers_of(self, owner: Owner, references: Collection[Reference]) -> dict[Reference, frozenset[str]]:
        self.look_ups += 1
        self._require()
        found: dict[Reference, frozenset[str]] = {}
        for row in self.rows.values():
            reference = Reference(row.kind, row.id)
            if row.principal_id == owner.principal_id and reference in references:
                found[reference] = found.get(reference, frozenset()) | {row.provider}
        return found

    async def forget(self, owner: Owner, provider: str, references: Collection[Reference]) -> None:
        self._require()
        for reference in references:
            self.rows.pop((reference.id, reference.kind, provider), None)

    async def listed(
        self, owner: Owner, kind: Kind, providers: Collection[str], page: Page
    ) -> tuple[list[Place], bool]:
        self._require()
        return [], False

    async def remove_expired(self, owner: Owner) -> bool:
        self._require()
        return True

    def _require(self) -> None:
        if self.is_away:
            raise OwnersAwayError("away")


async def run_until(owners: Owners, number: int) -> None:
    async with asyncio.TaskGroup() as group:
        running = group.create_task(owners.run())
        await owners.recorded(number)
        running.cancel()


async def test_what_waits_goes_together_and_is_known_afterwards_without_a_look_up() -> None:
    store = Kept()
    owners = Owners(store)

    await run_until(owners, owners.add(made(ALICE, f"resp_{number}") for number in range(50)))

    assert store.groups == [50]
    assert await owners.providers_of(ALICE, [FIRST]) == {FIRST: {"vendor"}}
    assert store.look_ups == 0


async def test_the_first_owner_stays() -> None:
    owners = Owners(Kept())

    await run_until(owners, owners.add([made(ALICE)]))
    await run_until(owners, owners.add([made(BOB)]))

    assert await owners.providers_of(ALICE, [FIRST]) == {FIRST: {"vendor"}}
    with pytest.raises(Refusal) as refused:
        await owners.providers_of(BOB, [FIRST])
    assert refused.value.reason == "unknown_object"


async def test_a_reply_goes_on_while_the_database_is_away_and_its_owner_alone_can_use_what_it_told_of() -> None:
    store = Kept()
    owners = Owners(store)
    store.is_away = True

    await run_until(owners, owners.add([made(ALICE)]))

    assert await owners.providers_of(ALICE, [FIRST]) == {FIRST: {"vendor"}}
    for owner, reference in ((BOB, FIRST), (ALICE, Reference("response", "resp_2"))):
        with pytest.raises(Refusal) as refused:
            await owners.providers_of(owner, [reference])
        assert (refused.value.reason, refused.value.retry_after_s) == ("not_ready", 2)
    store.is_away = False
    await owners.finish(5)
    assert [row.principal_id for row in store.rows.values()] == [ALICE.principal_id]


async def test_nothing_is_made_that_could_not_be_recorded() -> None:
    store = Kept()
    store.is_away = True

    with pytest.raises(Refusal) as refused:
        await Owners(store).require_store(ALICE)

    assert refused.value.reason == "not_ready"


async def test_what_is_forgotten_is_unknown() -> None:
    owners = Owners(Kept())
    await run_until(owners, owners.add([made(ALICE)]))

    await owners.forget(ALICE, "vendor", [FIRST])

    with pytest.raises(Refusal):
        await owners.providers_of(ALICE, [FIRST])
