import asyncio
from datetime import timedelta

import pytest

from drawbridge.core.ids import KeyId, OrganisationId, uuid7
from drawbridge.core.paging import PageRequest, decode_cursor
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import newest_revision
from drawbridge.identity.errors import (
    BadLifetimeError,
    KeyInactiveError,
    LastAdminKeyError,
    UnknownKeyError,
    UnknownPrincipalError,
)
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring, parse_lifetime
from drawbridge.identity.keys import KeyHash, parse_key
from drawbridge.identity.records import KeyFilter, KeyRecord
from drawbridge.identity.store import (
    create_principal,
    delete_principal,
    find_principal,
    keys_by_hash,
    list_keys,
)
from tests.parts.clock import HeldClock
from tests.parts.keys import holder_of
from tests.parts.organisations import make_organisation

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def keyring(database: Database, organisation_id: OrganisationId, clock: HeldClock) -> Keyring:
    async with database.change(organisation_id) as connection:
        await create_principal(connection, organisation_id, "user", "ana")
        await create_principal(connection, organisation_id, "service_account", "ci-bot")
    return Keyring(database, clock)


async def look_up(database: Database, issued: IssuedKey) -> KeyRecord | None:
    key_hash = parse_key(issued.text)
    assert key_hash is not None
    return await holder_of(database, key_hash)


async def listed(
    database: Database, organisation_id: OrganisationId, wanted: KeyFilter, clock: HeldClock
) -> list[KeyId]:
    async with database.organisation(organisation_id) as connection:
        page = await list_keys(connection, organisation_id, wanted, PageRequest(), clock.now())
    return [key.id for key in page.items]


async def test_a_new_key_is_found_by_its_hash_with_its_owner(
    database: Database, organisation_id: OrganisationId, keyring: Keyring
) -> None:
    issued = await keyring.create(organisation_id, KeyRequest("ci-bot", "deploys"))

    found = await look_up(database, issued)

    assert found is not None
    assert found == issued.record
    assert (found.principal_name, found.principal_kind, found.name) == ("ci-bot", "service_account", "deploys")
    assert (found.admin, found.expires_at, found.organisation_id) == (False, None, organisation_id)


async def test_a_key_without_a_name_is_named_after_its_owner(organisation_id: OrganisationId, keyring: Keyring) -> None:
    assert (await keyring.create(organisation_id, KeyRequest("ana"))).record.name == "ana"


async def test_a_key_needs_an_owner_that_exists(
    database: Database, organisation_id: OrganisationId, keyring: Keyring
) -> None:
    other = await make_organisation(database, "other")

    with pytest.raises(UnknownPrincipalError):
        await keyring.create(organisation_id, KeyRequest("eve"))
    with pytest.raises(UnknownPrincipalError):
        await keyring.create(other, KeyRequest("ana"))


async def test_a_key_cannot_expire_in_the_past(
    organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    with pytest.raises(BadLifetimeError):
        await keyring.create(organisation_id, KeyRequest("ana", expires_at=clock.now()))


async def test_a_key_expires_by_the_clock_of_the_one_who_asks(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    issued = await keyring.create(organisation_id, KeyRequest("ana", expires_at=clock.now() + HOUR))
    found = await look_up(database, issued)

    assert found is not None
    assert found.state(clock.now() + HOUR - timedelta(microseconds=1)) == "active"
    assert found.state(clock.now() + HOUR) == "expired"


async def test_a_revoked_key_is_not_found_any_more(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    issued = await keyring.create(organisation_id, KeyRequest("ana"))

    revoked = await keyring.revoke(organisation_id, issued.record.id)

    assert revoked.state(clock.now()) == "revoked"
    assert await look_up(database, issued) is None


async def test_every_change_of_a_key_takes_a_revision_so_that_workers_hear_of_it(
    database: Database, organisation_id: OrganisationId, keyring: Keyring
) -> None:
    revision = await newest_revision(database)

    issued = await keyring.create(organisation_id, KeyRequest("ana"))
    rotated = await keyring.rotate(organisation_id, issued.record.id)
    await keyring.revoke(organisation_id, rotated.record.id)

    assert await newest_revision(database) == revision + 3


async def test_revoking_twice_changes_nothing(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    issued = await keyring.create(organisation_id, KeyRequest("ana"))
    first = await keyring.revoke(organisation_id, issued.record.id)
    revision = await newest_revision(database)
    clock.advance(HOUR)

    second = await keyring.revoke(organisation_id, issued.record.id)

    assert second == first
    assert await newest_revision(database) == revision


async def test_a_rotated_key_ends_at_once_and_its_successor_is_like_it(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    old = await keyring.create(organisation_id, KeyRequest("ci-bot", "deploys", admin=True))

    new = await keyring.rotate(organisation_id, old.record.id)

    ended = await look_up(database, old)
    assert ended is not None
    assert ended.state(clock.now()) == "expired"
    assert new.text != old.text
    assert new.record.replaces == old.record.id
    assert (new.record.principal_name, new.record.name, new.record.admin) == ("ci-bot", "deploys", True)
    assert new.record.expires_at is None


async def test_the_successor_of_a_strict_key_is_strict(organisation_id: OrganisationId, keyring: Keyring) -> None:
    old = await keyring.create(organisation_id, KeyRequest("ana", strict=True))

    new = await keyring.rotate(organisation_id, old.record.id)

    assert old.record.strict
    assert new.record.strict


async def test_with_a_grace_the_old_key_works_until_it_is_over(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    old = await keyring.create(organisation_id, KeyRequest("ana"))

    await keyring.rotate(organisation_id, old.record.id, grace=HOUR)

    ending = await look_up(database, old)
    assert ending is not None
    assert ending.expires_at == clock.now() + HOUR


async def test_a_grace_never_prolongs_a_key(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    soon = clock.now() + timedelta(minutes=1)
    old = await keyring.create(organisation_id, KeyRequest("ana", expires_at=soon))

    await keyring.rotate(organisation_id, old.record.id, grace=HOUR)

    ending = await look_up(database, old)
    assert ending is not None
    assert ending.expires_at == soon


async def test_a_successor_lives_as_long_as_the_old_key_was_made_to(
    organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    old = await keyring.create(organisation_id, KeyRequest("ana", expires_at=clock.now() + 24 * HOUR))
    clock.advance(23 * HOUR)

    new = await keyring.rotate(organisation_id, old.record.id)

    assert new.record.expires_at is not None
    assert abs(new.record.expires_at - clock.now() - 24 * HOUR) < timedelta(minutes=1)


async def test_a_key_that_is_over_is_not_rotated(
    organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    revoked = await keyring.create(organisation_id, KeyRequest("ana"))
    await keyring.revoke(organisation_id, revoked.record.id)
    expired = await keyring.create(organisation_id, KeyRequest("ana", expires_at=clock.now() + HOUR))
    clock.advance(HOUR)

    for key in (revoked, expired):
        with pytest.raises(KeyInactiveError):
            await keyring.rotate(organisation_id, key.record.id)


async def test_the_last_admin_key_is_not_revoked(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    last = await keyring.create(organisation_id, KeyRequest("ana", admin=True))
    await keyring.create(organisation_id, KeyRequest("ana"))
    await keyring.create(organisation_id, KeyRequest("ana", admin=True, expires_at=clock.now() + HOUR))
    clock.advance(HOUR)
    revision = await newest_revision(database)

    with pytest.raises(LastAdminKeyError, match="drawbridge keys create --owner NAME --admin"):
        await keyring.revoke(organisation_id, last.record.id)

    assert await look_up(database, last) == last.record
    assert await newest_revision(database) == revision


async def test_an_admin_key_of_another_organisation_does_not_count(
    database: Database, organisation_id: OrganisationId, keyring: Keyring
) -> None:
    other = await make_organisation(database, "other")
    async with database.change(other) as connection:
        await create_principal(connection, other, "user", "eve")
    await keyring.create(other, KeyRequest("eve", admin=True))
    last = await keyring.create(organisation_id, KeyRequest("ana", admin=True))

    with pytest.raises(LastAdminKeyError):
        await keyring.revoke(organisation_id, last.record.id)


async def test_of_two_admin_keys_revoked_at_once_one_stays(
    database: Database, organisation_id: OrganisationId, keyring: Keyring
) -> None:
    keys = [await keyring.create(organisation_id, KeyRequest("ana", admin=True)) for _ in range(2)]

    results = await asyncio.gather(
        *(keyring.revoke(organisation_id, key.record.id) for key in keys), return_exceptions=True
    )

    assert [type(result) for result in results].count(LastAdminKeyError) == 1
    assert [await look_up(database, key) for key in keys].count(None) == 1


async def test_an_expired_admin_key_may_be_revoked_by_whoever_tidies_up(
    organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    key = await keyring.create(organisation_id, KeyRequest("ana", admin=True, expires_at=clock.now() + HOUR))
    clock.advance(HOUR)

    assert (await keyring.revoke(organisation_id, key.record.id)).revoked_at == clock.now()


async def test_a_key_of_another_organisation_cannot_be_touched(
    database: Database, organisation_id: OrganisationId, keyring: Keyring
) -> None:
    other = await make_organisation(database, "other")
    key = await keyring.create(organisation_id, KeyRequest("ana"))

    with pytest.raises(UnknownKeyError):
        await keyring.revoke(other, key.record.id)
    with pytest.raises(UnknownKeyError):
        await keyring.rotate(other, key.record.id)
    with pytest.raises(UnknownKeyError):
        await keyring.revoke(organisation_id, KeyId(uuid7()))


async def test_many_keys_are_looked_up_at_once_and_only_the_living_are_found(
    database: Database, organisation_id: OrganisationId, keyring: Keyring
) -> None:
    issued = [await keyring.create(organisation_id, KeyRequest("ana")) for _ in range(3)]
    await keyring.revoke(organisation_id, issued[1].record.id)
    hashes = [key_hash for key in issued if (key_hash := parse_key(key.text)) is not None]

    found = await keys_by_hash(database, [*hashes, KeyHash(bytes(32))])

    assert {key_hash: key.id for key_hash, key in found.items()} == {
        hashes[0]: issued[0].record.id,
        hashes[2]: issued[2].record.id,
    }
    assert await keys_by_hash(database, []) == {}


async def test_keys_are_listed_by_owner_state_and_right(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    admin = (await keyring.create(organisation_id, KeyRequest("ana", admin=True))).record.id
    expired = (await keyring.create(organisation_id, KeyRequest("ana", expires_at=clock.now() + HOUR))).record.id
    revoked = (await keyring.create(organisation_id, KeyRequest("ci-bot"))).record.id
    await keyring.revoke(organisation_id, revoked)
    clock.advance(HOUR)

    async def found(wanted: KeyFilter) -> list[KeyId]:
        return await listed(database, organisation_id, wanted, clock)

    assert await found(KeyFilter()) == [revoked, expired, admin]
    assert await found(KeyFilter(owner="ana")) == [expired, admin]
    assert await found(KeyFilter(state="active")) == [admin]
    assert await found(KeyFilter(state="expired")) == [expired]
    assert await found(KeyFilter(state="revoked")) == [revoked]
    assert await found(KeyFilter(admin=False, owner="ana")) == [expired]


async def test_pages_of_keys_are_whole_while_keys_are_added(
    database: Database, organisation_id: OrganisationId, keyring: Keyring, clock: HeldClock
) -> None:
    made = [(await keyring.create(organisation_id, KeyRequest("ana"))).record.id for _ in range(5)]
    seen: list[KeyId] = []
    after = None
    while True:
        async with database.organisation(organisation_id) as connection:
            request = PageRequest(2, after)
            page = await list_keys(connection, organisation_id, KeyFilter(), request, clock.now())
        seen.extend(key.id for key in page.items)
        await keyring.create(organisation_id, KeyRequest("ana"))
        if page.next_cursor is None:
            break
        after = decode_cursor(page.next_cursor)

    assert seen == made[::-1]


async def test_keys_go_with_their_owner(database: Database, organisation_id: OrganisationId, keyring: Keyring) -> None:
    issued = await keyring.create(organisation_id, KeyRequest("ci-bot"))

    async with database.change(organisation_id) as connection:
        await delete_principal(connection, organisation_id, "ci-bot")
        gone = await find_principal(connection, organisation_id, "ci-bot")

    assert gone is None
    assert await look_up(database, issued) is None


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30d", 30 * 24 * HOUR),
        ("12h", 12 * HOUR),
        ("90m", 1.5 * HOUR),
        ("45s", HOUR / 80),
        ("2w", 14 * 24 * HOUR),
        ("0s", 0 * HOUR),
    ],
)
def test_lengths_of_time_are_read(written: str, length: timedelta) -> None:
    assert parse_lifetime(written) == length


@pytest.mark.parametrize("written", ["", "30", "d", "-1d", "1.5h", "1y", "99999999w", "1d2h", "9" * 5000 + "d"])
def test_what_is_no_length_of_time_is_refused(written: str) -> None:
    with pytest.raises(BadLifetimeError):
        parse_lifetime(written)
