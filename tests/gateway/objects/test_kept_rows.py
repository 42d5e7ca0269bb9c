"""The rows that say who owns what: listed in pages, and gone when their objects are."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from drawbridge.core.ids import PrincipalId, uuid7
from drawbridge.gateway.objects.kinds import Kind, Page, Reference, VendorObject
from drawbridge.gateway.objects.ownership import Owner, Owners
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.gateway.objects.tables import vendor_objects
from tests.gateway.objects.test_files_and_batches import upload
from tests.parts.gateway import RunningGateway
from tests.parts.object_vendor import KeepingVendor
from tests.parts.people import People
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.ownership


@pytest.fixture
def store(gateway: RunningGateway) -> VendorObjectStore:
    return VendorObjectStore(gateway.database)


@pytest.fixture
def owner(gateway: RunningGateway) -> Owner:
    return Owner(gateway.organisation_id, PrincipalId(uuid7()))


def made(owner: Owner, kind: Kind, object_id: str) -> VendorObject:
    return VendorObject(owner.organisation_id, owner.principal_id, "vendor", kind, object_id)


async def keep(gateway: RunningGateway, owner: Owner, kind: Kind, object_id: str, days_ago: int) -> None:
    row = {
        "organisation_id": owner.organisation_id,
        "principal_id": owner.principal_id,
        "provider": "vendor",
        "kind": kind,
        "id": object_id,
        "created_at": sa.func.now() - timedelta(days=days_ago),
    }
    async with gateway.database.organisation(owner.organisation_id) as connection:
        await connection.execute(sa.insert(vendor_objects).values(row))


async def kept(gateway: RunningGateway, owner: Owner) -> set[str]:
    columns = vendor_objects.c
    async with gateway.database.organisation(owner.organisation_id) as connection:
        found = await connection.execute(sa.select(columns.id).where(columns.principal_id == owner.principal_id))
        return {row.id for row in found}


@pytest.mark.parametrize("status", [404, 410])
async def test_what_the_vendor_no_longer_has_is_forgotten_when_its_owner_deletes_it(
    people: People, keeping: KeepingVendor, vendor: ScriptedVendor, status: int
) -> None:
    made = await upload(people.alice)
    keeping.kept["files"].pop(made)
    keeping.status_of_the_gone = status

    first = await people.alice.ask("DELETE", f"/v1/files/{made}", headers=people.alice.bearer)
    again = await people.alice.ask("DELETE", f"/v1/files/{made}", headers=people.alice.bearer)

    assert first.status == status
    assert b"vendor: no" in first.body
    assert again.status == 404
    assert b"vendor: no" not in again.body
    assert len(vendor.requests) == 2


async def test_what_the_vendor_fails_to_delete_stays_its_owners(people: People, keeping: KeepingVendor) -> None:
    made = await upload(people.alice)
    keeping.kept["files"].pop(made)
    keeping.status_of_the_gone = 503

    for _ in range(2):
        failed = await people.alice.ask("DELETE", f"/v1/files/{made}", headers=people.alice.bearer)
        assert failed.status == 503


async def test_rows_end_with_what_their_vendor_keeps_for_a_known_time(
    gateway: RunningGateway, store: VendorObjectStore, owner: Owner
) -> None:
    other = Owner(owner.organisation_id, PrincipalId(uuid7()))
    tag = uuid7().hex
    await keep(gateway, owner, "response", f"old{tag}", 32)
    await keep(gateway, owner, "response", f"young{tag}", 29)
    await keep(gateway, owner, "item", f"of a conversation{tag}", 400)
    await keep(gateway, other, "response", f"theirs{tag}", 32)
    owners = Owners(store)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(owners.run())
        owners.add([made(owner, "response", f"new{tag}")])
        async with asyncio.timeout(10):
            while f"old{tag}" in await kept(gateway, owner):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        running.cancel()

    assert await kept(gateway, owner) == {f"young{tag}", f"of a conversation{tag}", f"new{tag}"}
    assert await kept(gateway, other) == {f"theirs{tag}"}
    assert not await store.providers_of(other, [Reference("response", f"theirs{tag}")])


@pytest.mark.parametrize("is_descending", [False, True])
async def test_a_list_is_read_page_by_page_in_both_directions(
    gateway: RunningGateway, store: VendorObjectStore, owner: Owner, is_descending: bool
) -> None:
    tag = uuid7().hex
    ids = [f"{tag}-{number}" for number in range(5)]
    for number, object_id in enumerate(ids):
        await keep(gateway, owner, "file", object_id, 5 - number)
    await keep(gateway, owner, "batch", f"{tag}-9", 1)
    await keep(gateway, Owner(owner.organisation_id, PrincipalId(uuid7())), "file", f"{tag}-8", 1)
    order = ids[::-1] if is_descending else ids

    async def page(after: str | None = None, before: str | None = None) -> tuple[list[str], bool]:
        places, has_more = await store.listed(owner, "file", ["vendor"], Page(2, after, before, is_descending))
        return [object_id for object_id, _ in places], has_more

    assert await page() == (order[:2], True)
    assert await page(after=order[1]) == (order[2:4], True)
    assert await page(after=order[3]) == (order[4:], False)
    assert await page(before=order[4]) == (order[2:4], True)
    assert await page(before=order[2]) == (order[:2], False)
    for unlisted in (f"{tag}-8", f"{tag}-9", "unknown"):
        assert await page(after=unlisted) == ([], False)
        assert await page(before=unlisted) == ([], False)
