import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from drawbridge.audit.canonical import canonical
from drawbridge.audit.events import PLATFORM
from drawbridge.audit.roots import signed_members
from drawbridge.audit.store import is_signing_alone
from drawbridge.config.secrets import master_key
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.trail.checking import check_database
from drawbridge.trail.signing import Signer
from tests.parts.master_keys import held_keys
from tests.parts.organisations import make_organisation
from tests.trail.test_checking import MASTER_KEY, act, roots_of, sign

pytestmark = pytest.mark.audit


async def test_the_end_of_each_chain_is_signed_once_however_many_try(
    database: Database, organisation_id: OrganisationId
) -> None:
    other = await make_organisation(database, "other")
    await act(database, await make_organisation(database, "before"))
    while await sign(database):
        """The first to sign makes a key, which is on record, and to be signed too."""
    await act(database, organisation_id, 3)
    await act(database, other)

    made = await asyncio.gather(*(sign(database) for _ in range(5)))

    assert sum(made) == 2
    [root], [other_root] = await roots_of(database, organisation_id), await roots_of(database, other)
    assert (root.number, other_root.number) == (3, 1)
    assert root.public_key == other_root.public_key
    Ed25519PublicKey.from_public_bytes(root.public_key).verify(root.signature, canonical(signed_members(root)))


async def test_nothing_is_signed_while_another_process_signs(
    database: Database, organisation_id: OrganisationId
) -> None:
    await act(database, organisation_id)

    async with database.system("audit") as connection:
        assert await is_signing_alone(connection)
        meanwhile = await sign(database)
    afterwards = await sign(database)

    assert (meanwhile, afterwards) == (0, 1)


async def test_nothing_is_signed_where_nothing_happened_since(
    database: Database, organisation_id: OrganisationId
) -> None:
    await act(database, organisation_id)

    assert await sign(database) == 1
    # The making of the key was an act of the platform.
    assert await sign(database) == 1
    assert await sign(database) == 0
    assert [root.number for root in await roots_of(database, PLATFORM)] == [1]


async def test_a_root_waits_until_an_event_is_an_hour_old_and_then_covers_all(
    database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    signer = Signer(database, held_keys(MASTER_KEY))
    await act(database, organisation_id, 2)
    assert await signer.sign_due() == 0

    superuser.execute("alter table audit_event disable trigger user")
    superuser.execute("update audit_event set at = at - interval '61 minutes' where number = 1")

    assert await signer.sign_due() == 1
    assert [root.number for root in await roots_of(database, organisation_id)] == [2]


async def test_what_was_recorded_before_the_clock_was_set_back_waits_no_longer_for_its_root(
    database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    await act(database, organisation_id)
    await sign(database)
    superuser.execute("update platform.audit_head set at = at + interval '400 days'")
    await act(database, organisation_id)

    made = await Signer(database, held_keys(MASTER_KEY)).sign_due()

    assert made == 1
    assert [root.number for root in await roots_of(database, organisation_id)] == [1, 2]
    assert (await check_database(database, organisation_id)).fault is None


async def test_one_key_signs_until_the_master_key_no_longer_opens_it(
    database: Database, organisation_id: OrganisationId
) -> None:
    await act(database, organisation_id)
    await sign(database)
    await act(database, organisation_id)
    await sign(database)
    await act(database, organisation_id)

    await Signer(database, held_keys(master_key(b"x" * 32)), every=timedelta(0)).sign_due()

    first, second, third = await roots_of(database, organisation_id)
    assert first.key_id == second.key_id != third.key_id


async def test_the_private_key_stands_nowhere_in_the_open(
    database: Database, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    await act(database, organisation_id)
    await sign(database)

    [(columns,)] = superuser.execute("select to_jsonb(k) - 'public_key' from platform.audit_key k").fetchall()

    assert set(columns) == {"id", "key_id", "wrapped_key", "nonce", "ciphertext", "created_at"}
    # 64 hexadecimal digits and the tag of the cipher.
    assert len(bytes.fromhex(columns["ciphertext"].removeprefix("\\x"))) == 64 + 16
