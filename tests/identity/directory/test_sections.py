import pytest
import yaml
from sqlalchemy import func, select, update

from drawbridge.config.errors import DocumentError
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.errors import LastAdministratorError
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.store import find_principal
from drawbridge.identity.tables import principals
from tests.identity.directory.applying import apply, export
from tests.parts.clock import HeldClock

COMPANY = """\
organisation:
  display_name: Acme
  whom_to_ask: it@acme.example
teams:
  research: {display_name: Research}
  interns: {parent: research}
groups:
  on-call: {}
  night: {parent: on-call}
projects:
  search: {team: interns, data_class: internal}
users:
  ana:
    display_name: Ana
    email: ana@acme.example
    teams: [interns, research]
    groups: [night]
  ben: {suspended: true}
service_accounts:
  ci-bot: {team: research, groups: [on-call]}
agents:
  dispatcher: {team: interns}
"""


async def refusal(database: Database, organisation_id: OrganisationId, text: str) -> str:
    with pytest.raises(DocumentError) as raised:
        await apply(database, organisation_id, text)
    return str(raised.value)


async def test_a_whole_company_is_exported_as_it_was_written(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, COMPANY)

    exported = await export(database, organisation_id)

    assert yaml.safe_load(exported) == yaml.safe_load(COMPANY)
    assert (await apply(database, organisation_id, exported)).changes == ()


async def test_a_company_goes_in_one_apply_whatever_needs_what(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, COMPANY)

    await apply(database, organisation_id, "")

    assert await export(database, organisation_id, everything=True) == ""


async def test_people_move_between_teams(database: Database, organisation_id: OrganisationId) -> None:
    await apply(database, organisation_id, COMPANY)

    plan = await apply(database, organisation_id, COMPANY.replace("[interns, research]", "[interns]"))

    (change,) = plan.changes
    assert [(d.field, d.before, d.after) for d in change.differences] == [
        ("teams", '["interns","research"]', '["interns"]')
    ]
    assert "teams:\n    - interns\n    groups" in await export(database, organisation_id)


async def test_the_order_in_which_teams_are_named_does_not_matter(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, COMPANY)

    plan = await apply(database, organisation_id, COMPANY.replace("[interns, research]", "[research, interns]"))

    assert plan.changes == ()


async def test_a_ring_of_teams_is_named_once_with_its_line(database: Database, organisation_id: OrganisationId) -> None:
    text = "teams:\n  a: {parent: c}\n  b: {parent: a}\n  c: {parent: b}\n  d: {parent: a}\n"

    assert await refusal(database, organisation_id, text) == (
        "drawbridge.yaml:3: teams.a.parent: 'a' would stand below itself: a -> c -> b -> a. Leave out one parent."
    )


async def test_a_group_cannot_be_its_own_parent(database: Database, organisation_id: OrganisationId) -> None:
    refused = await refusal(database, organisation_id, "groups:\n  a: {parent: a}\n")

    assert "groups.a.parent: 'a' would stand below itself: a -> a." in refused


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("users:\n  ana: {teams: [gone]}\n", "3: users.ana.teams: there is no team 'gone'"),
        ("users:\n  ana: {groups: [gone]}\n", "3: users.ana.groups: there is no group 'gone'"),
        ("projects:\n  p: {team: gone}\n", "3: projects.p.team: there is no team 'gone'"),
        ("agents:\n  a: {team: gone}\n", "3: agents.a.team: there is no team 'gone'"),
        ("teams:\n  t: {parent: gone}\n", "3: teams.t.parent: there is no team 'gone'"),
        ("teams: {t: }\nusers:\n  ana: {teams: [t, t]}\n", "4: users.ana.teams[1]: 't' is given twice"),
        ("users:\n  ana: {email: ana}\n", "3: users.ana.email: is no e-mail address"),
        ("users:\n  ana: {team: t}\n", "3: users.ana.team: there is no setting 'team' here"),
        ("projects:\n  p: {data_class: secret}\n", "3: projects.p.data_class: 'secret' is not allowed here"),
        ("organisation:\n  whom_to_ask: 3\n", "3: organisation.whom_to_ask: must be text"),
        (f"organisation:\n  display_name: {'x' * 201}\n", "3: organisation.display_name: must be at most 200"),
        ("organisation:\n  name: acme\n", "3: organisation.name: there is no setting 'name' here"),
        ("agents: {a: }\nservice_accounts:\n  a: \n", "2: agents.a: the name 'a' stands under service_accounts"),
    ],
)
async def test_a_mistake_is_named_with_its_line(
    database: Database, organisation_id: OrganisationId, text: str, complaint: str
) -> None:
    assert f"drawbridge.yaml:{complaint}" in await refusal(database, organisation_id, text)


async def test_a_team_that_somebody_outside_the_file_is_in_is_not_deleted(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, "teams: {t: }\nusers: {ana: {teams: [t]}}\n")
    async with database.change(organisation_id) as connection:
        await connection.execute(update(principals).values(managed_by_file=False))

    assert "the user 'ana', which is not managed by file, uses it" in await refusal(database, organisation_id, "teams:")


async def test_settings_of_the_organisation_that_leave_the_file_are_cleared(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, COMPANY)

    plan = await apply(database, organisation_id, COMPANY.partition("teams:")[1] + COMPANY.partition("teams:")[2])

    assert [(change.action, change.section) for change in plan.changes] == [("delete", "organisation")]
    assert "organisation" not in yaml.safe_load(await export(database, organisation_id, everything=True))


async def test_what_a_file_suspends_it_reactivates(database: Database, organisation_id: OrganisationId) -> None:
    await apply(database, organisation_id, "users: {ana: {suspended: true}}\n")
    suspended = await _is_suspended(database, organisation_id)

    await apply(database, organisation_id, "users: {ana: }\n")

    assert suspended
    assert not await _is_suspended(database, organisation_id)


async def test_what_somebody_else_suspended_stays_so_whatever_the_file_changes(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, "users: {ana: }\n")
    async with database.change(organisation_id) as connection:
        await connection.execute(update(principals).values(suspended_at=func.now()))

    same = await apply(database, organisation_id, "users: {ana: }\n")
    await apply(database, organisation_id, "users: {ana: {display_name: Ana}}\n")

    assert same.changes == ()
    assert await _is_suspended(database, organisation_id)


async def test_the_last_administrator_is_not_suspended_by_a_file(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, "users: {ana: , ben: }\n")
    await Keyring(database, HeldClock()).create(organisation_id, KeyRequest("ana", admin=True))

    await apply(database, organisation_id, "users: {ana: , ben: {suspended: true}}\n")
    with pytest.raises(LastAdministratorError):
        await apply(database, organisation_id, "users: {ana: {suspended: true}, ben: }\n")

    assert not await _is_suspended(database, organisation_id)


async def test_an_administrator_who_is_suspended_does_not_count(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, "users: {ana: , ben: }\n")
    for name in ("ana", "ben"):
        await Keyring(database, HeldClock()).create(organisation_id, KeyRequest(name, admin=True))

    await apply(database, organisation_id, "users: {ana: , ben: {suspended: true}}\n")

    assert "the last admin key" in await refusal(database, organisation_id, "users: {ben: {suspended: true}}\n")


async def test_keys_of_a_project_go_with_it(database: Database, organisation_id: OrganisationId) -> None:
    await apply(database, organisation_id, "projects: {p: }\nusers: {ana: }\n")
    await Keyring(database, HeldClock()).create(organisation_id, KeyRequest("ana", project="p"))

    plan = await apply(database, organisation_id, "users: {ana: }\n")

    assert [(change.name, change.goes_with_it) for change in plan.deletions] == [("p", "1 key")]


async def _is_suspended(database: Database, organisation_id: OrganisationId) -> bool:
    async with database.organisation(organisation_id) as connection:
        ana = await find_principal(connection, organisation_id, "ana")
        count = (await connection.execute(select(func.count()).select_from(principals))).scalar_one()
    assert ana is not None
    assert count >= 1
    return ana.suspended_at is not None
