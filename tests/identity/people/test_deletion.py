from collections.abc import Sequence

import pytest
from sqlalchemy import select, text

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.errors import LastAdministratorError, NobodyLeftError, StatedInFileError, UnknownObjectError
from drawbridge.identity.membership import teams_of
from drawbridge.identity.people import People, Plugs
from drawbridge.identity.store import find_principal
from drawbridge.identity.tables import team_members
from tests.identity.directory.applying import apply
from tests.identity.people.acting import exists, held, join, new_key
from tests.identity.people.conftest import TEAMS
from tests.parts.clock import HeldClock


async def test_keys_and_memberships_go_with_a_person(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    key = await new_key(database, organisation_id, "ana")
    await join(database, organisation_id, "ana", "sales")

    gone = await people.delete(organisation_id, "ana", COMMAND_LINE)

    assert gone.goes_with_it == ("1 key", "its place in 'sales'")
    assert not await exists(database, organisation_id, "ana")
    assert await held(database, key) is None
    async with database.organisation(organisation_id) as connection:
        assert (await connection.execute(select(team_members))).all() == []


async def test_what_would_go_is_told_before_and_nothing_changes(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await new_key(database, organisation_id, "ana")
    await join(database, organisation_id, "ana", "research")

    found = await people.consequences(organisation_id, "ana")

    assert (found.keys, found.teams) == (1, ("research",))
    assert [(team.name, team.answers_for) for team in found.left_alone] == [
        ("research", ("project search", "service account ci-bot"))
    ]
    assert await exists(database, organisation_id, "ana")


async def test_the_last_person_of_a_team_that_answers_for_things_hands_them_over_first(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await join(database, organisation_id, "ana", "research")

    with pytest.raises(NobodyLeftError, match="answers for project search, service account ci-bot"):
        await people.delete(organisation_id, "ana", COMMAND_LINE)

    assert await exists(database, organisation_id, "ana")


async def test_who_takes_over_is_in_the_team_from_then_on(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await join(database, organisation_id, "ana", "research")

    await people.delete(organisation_id, "ana", COMMAND_LINE, hand_over_to="ben")

    async with database.organisation(organisation_id) as connection:
        ben = await find_principal(connection, organisation_id, "ben")
        assert ben is not None
        assert len(await teams_of(connection, organisation_id, ben.id)) == 1
    with pytest.raises(NobodyLeftError):
        await people.delete(organisation_id, "ben", COMMAND_LINE)


async def test_a_team_with_others_in_it_or_without_things_is_no_obstacle(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    for name in ("ana", "ben"):
        await join(database, organisation_id, name, "research")
    await join(database, organisation_id, "ana", "sales")

    assert (await people.delete(organisation_id, "ana", COMMAND_LINE)).left_alone == ()


async def test_somebody_suspended_does_not_count_as_left_and_cannot_take_over(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    for name in ("ana", "ben"):
        await join(database, organisation_id, name, "research")
    await people.suspend(organisation_id, "ben", COMMAND_LINE)

    for heir in (None, "ben", "ana"):
        with pytest.raises(NobodyLeftError):
            await people.delete(organisation_id, "ana", COMMAND_LINE, hand_over_to=heir)


async def test_only_a_user_of_the_organisation_takes_over(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await join(database, organisation_id, "ana", "research")

    for heir in ("ci-bot", "nobody"):
        with pytest.raises(UnknownObjectError):
            await people.delete(organisation_id, "ana", COMMAND_LINE, hand_over_to=heir)


async def test_whom_a_file_manages_is_deleted_in_the_file_and_takes_over_there(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await apply(database, organisation_id, f"{TEAMS}users: {{eve: }}\n")
    await join(database, organisation_id, "ana", "research")

    with pytest.raises(StatedInFileError):
        await people.delete(organisation_id, "eve", COMMAND_LINE)
    with pytest.raises(StatedInFileError):
        await people.delete(organisation_id, "ana", COMMAND_LINE, hand_over_to="eve")


async def test_the_last_administrator_is_not_deleted(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    await new_key(database, organisation_id, "ana", admin=True)

    with pytest.raises(LastAdministratorError):
        await people.delete(organisation_id, "ana", COMMAND_LINE)

    await new_key(database, organisation_id, "ben", admin=True)
    await people.delete(organisation_id, "ana", COMMAND_LINE)


async def test_a_deletion_is_recorded_by_id_and_name(
    database: Database, organisation_id: OrganisationId, people: People
) -> None:
    key = await new_key(database, organisation_id, "ana")

    await people.delete(organisation_id, "ana", COMMAND_LINE)

    async with database.organisation(organisation_id) as connection:
        rows = await connection.execute(text("select to_jsonb(e) from audit_event e order by number desc limit 1"))
        event = rows.scalar_one()
    assert "user.deleted" in str(event)
    assert "ana" in str(event)
    assert str(key.record.principal_id) in str(event)


async def test_grants_that_name_a_person_go_and_are_told_before(
    database: Database, organisation_id: OrganisationId, people: People, clock: HeldClock
) -> None:
    forgotten: list[PrincipalId] = []

    class OneGrant:
        async def naming(
            self, connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
        ) -> Sequence[str]:
            del connection, organisation_id, principal_id
            return ["research-lead"]

        async def forget(
            self, connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
        ) -> None:
            del connection, organisation_id
            forgotten.append(principal_id)

    with_grants = People(database, clock, Plugs(grants=OneGrant()))
    ana = await with_grants.get(organisation_id, "ana")

    told = await with_grants.consequences(organisation_id, "ana")
    gone = await with_grants.delete(organisation_id, "ana", COMMAND_LINE)

    assert told.goes_with_it == gone.goes_with_it == ("the grant 'research-lead' to it",)
    assert forgotten == [ana.id]
    del people
