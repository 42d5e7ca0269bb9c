import asyncio

import pytest

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import newest_revision
from drawbridge.identity.errors import LastAdministratorError, StatedInFileError, SuspendedError, UnknownObjectError
from drawbridge.identity.keys import hash_key
from drawbridge.identity.people import People, Plugs
from drawbridge.identity.records import Bar, PrincipalKind
from drawbridge.identity.store import keys_by_hash
from tests.identity.directory.applying import apply
from tests.identity.people.acting import held, new_key
from tests.identity.people.conftest import TEAMS
from tests.parts.clock import HeldClock
from tests.parts.keys import holder_of
from tests.parts.organisations import make_organisation


async def test_the_keys_of_a_suspended_person_are_barred_and_say_whom_to_ask(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    key = await new_key(database, organisation_id, "ana")
    other = await new_key(database, organisation_id, "ben")
    revision = await newest_revision(database)

    suspended = await people.suspend(organisation_id, "ana", COMMAND_LINE)

    bar = await held(database, key)
    assert suspended.suspended_at is not None
    assert isinstance(bar, Bar)
    assert bar.message == "'ana', whose key this is, is suspended: ask it@acme.example."
    assert await holder_of(database, hash_key(key.text)) is None
    found = await keys_by_hash(database, [hash_key(key.text), hash_key(other.text)])
    assert list(found) == [hash_key(other.text)]
    assert await newest_revision(database) == revision + 1


async def test_who_is_reactivated_has_the_same_keys_again(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    key = await new_key(database, organisation_id, "ana")
    await people.suspend(organisation_id, "ana", COMMAND_LINE)

    active = await people.reactivate(organisation_id, "ana", COMMAND_LINE)

    assert active.suspended_at is None
    assert await held(database, key) == key.record


async def test_suspending_or_reactivating_again_changes_nothing(
    database: Database, organisation_id: OrganisationId, people: People, clock: HeldClock
) -> None:
    first = await people.suspend(organisation_id, "ana", COMMAND_LINE)
    revision = await newest_revision(database)
    clock.advance(clock.now() - clock.now().replace(microsecond=0))

    assert await people.suspend(organisation_id, "ana", COMMAND_LINE) == first
    assert (await people.reactivate(organisation_id, "ben", COMMAND_LINE)).suspended_at is None
    assert await newest_revision(database) == revision


async def test_a_suspended_person_gets_no_new_key(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await people.suspend(organisation_id, "ana", COMMAND_LINE)

    with pytest.raises(SuspendedError):
        await new_key(database, organisation_id, "ana")


async def test_the_last_administrator_is_not_suspended(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    key = await new_key(database, organisation_id, "ana", admin=True)

    with pytest.raises(LastAdministratorError, match="Nobody else could administer"):
        await people.suspend(organisation_id, "ana", COMMAND_LINE)

    assert await held(database, key) == key.record


async def test_of_two_administrators_suspended_at_once_one_stays(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    keys = [await new_key(database, organisation_id, name, admin=True) for name in ("ana", "ben")]

    results = await asyncio.gather(
        *(people.suspend(organisation_id, name, COMMAND_LINE) for name in ("ana", "ben")), return_exceptions=True
    )

    assert [type(result) for result in results].count(LastAdministratorError) == 1
    assert [isinstance(await held(database, key), Bar) for key in keys].count(True) == 1


async def test_what_the_file_suspends_only_the_file_reactivates(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await apply(database, organisation_id, f"{TEAMS}users: {{eve: {{suspended: true}}}}\n")

    with pytest.raises(StatedInFileError, match=r"suspended by drawbridge\.yaml"):
        await people.reactivate(organisation_id, "eve", COMMAND_LINE)

    await apply(database, organisation_id, f"{TEAMS}users: {{eve: }}\n")
    await new_key(database, organisation_id, "eve")


async def test_nobody_of_another_organisation_or_kind_is_suspended(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    other = await make_organisation(database, "other")

    cases: tuple[tuple[OrganisationId, str, PrincipalKind], ...] = (
        (other, "ana", "user"),
        (organisation_id, "ana", "agent"),
        (organisation_id, "ci-bot", "user"),
        (organisation_id, "nobody", "user"),
    )
    for organisation, name, kind in cases:
        with pytest.raises(UnknownObjectError):
            await people.suspend(organisation, name, COMMAND_LINE, kind)


async def test_sessions_end_when_the_suspension_stands_already(
    database: Database, organisation_id: OrganisationId, people: People, clock: HeldClock
) -> None:
    key = await new_key(database, organisation_id, "ana")
    seen: list[object] = []

    async def end_sessions(database: Database, organisation: OrganisationId, principal_id: PrincipalId | None) -> None:
        seen.append((organisation, principal_id, isinstance(await held(database, key), Bar)))

    await People(database, clock, Plugs(end_sessions=end_sessions)).suspend(organisation_id, "ana", COMMAND_LINE)

    assert seen == [(organisation_id, key.record.principal_id, True)]
    del people
