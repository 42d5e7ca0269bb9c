"""Roles and grants in the file: what is refused, where, and what an apply leaves behind."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select

from drawbridge.config.apply import apply_document, plan_document, read_world
from drawbridge.config.document import parse_document
from drawbridge.config.errors import DocumentError
from drawbridge.config.export import export_document
from drawbridge.config.plan import Plan
from drawbridge.config.sections import AnySection
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.identity.section import identity_sections
from drawbridge.identity.store import delete_principal, find_principal, has_admin_key
from drawbridge.identity.tables import groups, organisations, projects, teams
from drawbridge.policy.conditions import Circumstances
from drawbridge.policy.decide import Decision, Question, decide
from drawbridge.policy.entries import GrantEntry
from drawbridge.policy.errors import RoleInUseError, UnknownRoleError, UnknownSubjectError
from drawbridge.policy.rules import EVERYONE, RuleSet
from drawbridge.policy.section import policy_sections
from drawbridge.policy.store import create_grant, delete_role, load_rule_set, read_grants
from drawbridge.policy.tables import grant_subjects
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

SECTIONS: tuple[AnySection, ...] = (*identity_sections(HeldClock()), *policy_sections(HeldClock(), has_admin_key))

EXAMPLE = """\
version: 1
users:
  ana: {}
  ben: {}
roles:
  lead:
    description: Leads a team.
    permissions:
    - {may: [read, manage], on: ['key:*', 'user:*']}
grants:
  all-but-frontier:
    effect: deny
    to: everyone
    may: [use]
    on: ['model:gpt-5*', 'model:qwen3:8b']
    when:
      products: [api]
      data_classes: [confidential, restricted]
      where: {region: [us, cn]}
      where_not: {vendor: [own]}
      hours:
      - {days: [mon, fri], begins: '08:00', ends: '18:00', zone: Europe/Berlin}
      not_before: '2026-01-01T00:00:00Z'
      not_after: '2027-01-01T00:00:00+01:00'
      cost_at_most_usd: '0.50'
      cost_above_usd: '0.000000001'
    reason: Ask your team's lead.
  leads:
    to: [user:ana, user:ben]
    role: lead
"""

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def apply(database: Database, organisation_id: OrganisationId, text: str) -> Plan:
    document = parse_document(text, "drawbridge.yaml", SECTIONS)
    return await apply_document(database, organisation_id, SECTIONS, document)


async def load(database: Database, organisation_id: OrganisationId) -> RuleSet:
    async with database.organisation(organisation_id) as connection:
        return await load_rule_set(connection, organisation_id, {})


def use(rules: RuleSet, subject: UUID, model: str) -> Decision:
    question = Question("use", "model", (model,), Circumstances(NOW))
    return decide(rules, [rules.subjects_of(subject)], question)


async def test_the_example_is_exported_as_it_was_written(database: Database, organisation_id: OrganisationId) -> None:
    await apply(database, organisation_id, EXAMPLE)

    async with database.organisation(organisation_id) as connection:
        world = await read_world(connection, organisation_id, SECTIONS)
    exported = export_document(SECTIONS, world)

    document = parse_document(exported, "exported.yaml", SECTIONS)
    assert document.entries == parse_document(EXAMPLE, "drawbridge.yaml", SECTIONS).entries
    assert (await plan_document(database, organisation_id, SECTIONS, document)).changes == ()


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("to: everyone, may: [fly], on: ['model:*']", "'fly' is not allowed here"),
        ("to: everyone, may: [use], on: ['modell:*']", "Did you mean 'model'?"),
        ("to: everyone, may: [use], on: ['model']", "write model:* for all of them"),
        ("to: everyone, may: [read], on: ['usage:mine']", "there is only one, so write usage:*"),
        ("to: everyone, may: [use]", "'on' is missing"),
        ("to: everyone, on: ['model:*']", "'may' is missing"),
        ("to: everyone", "'role' is missing, or 'may' and 'on'"),
        ("to: everyone, role: lead, may: [use]", "cannot stand beside 'role'"),
        ("role: lead", "'to' is missing"),
        ("to: ana, role: lead", "is nobody: write everyone, or one of user"),
        ("to: 'users:ana', role: lead", "Did you mean 'user'?"),
        ("to: [], role: lead", "is empty"),
        ("to: [everyone, everyone], role: lead", "is in the list already"),
        ("to: everyone, role: lead, within: 'user:ana'", "is no team"),
        ("to: everyone, role: lead, when: {data_classes: [secret]}", "'secret' is not allowed here"),
        ("to: everyone, role: lead, when: {where: {region: eu}}", "must be a list of text"),
        ("to: everyone, role: lead, when: {where: [eu]}", "must be a mapping from names to"),
        ("to: everyone, role: lead, when: {not_before: '2026-01-01T00:00:00'}", "is no moment"),
        ("to: everyone, role: lead, when: {cost_above_usd: '-1'}", "not negative"),
        (
            "to: everyone, role: lead, when: {cost_above_usd: '1', cost_at_most_usd: '1'}",
            "must be more than cost_above",
        ),
        (
            "to: everyone, role: lead, when: {not_before: '2026-01-01T01:00:00+01:00', not_after: '2026-01-01T00:00Z'}",
            "must be more than not_before",
        ),
        ("to: everyone, role: nobody", "there is no role 'nobody'"),
        ("to: 'user:eve', role: lead", "there is no user 'eve'"),
        ("to: 'team:x', role: lead", "there is no team 'x'"),
        ("to: everyone, role: lead, within: 'team:x'", "there is no team 'x'"),
    ],
)
async def test_a_grant_that_cannot_be_meant_is_refused_with_its_line(
    database: Database, organisation_id: OrganisationId, setting: str, complaint: str
) -> None:
    text = EXAMPLE + f"  wrong: {{{setting}}}\n"

    with pytest.raises(DocumentError) as refused:
        await apply(database, organisation_id, text)

    (problem,) = refused.value.problems
    assert complaint in problem.message
    assert problem.line == text.count("\n")


@pytest.mark.parametrize(
    ("hours", "complaint"),
    [
        ("{days: [mon], begins: '8:00', ends: '18:00', zone: UTC}", "is no time of day"),
        ("{days: [mon], begins: 18:00, ends: '18:00', zone: UTC}", "for text, put it in quotes"),
        ("{days: [mon], begins: '08:00', ends: '18:00', zone: Mars/Base}", "is no time zone"),
        ("{days: [mon], begins: '08:00', ends: '18:00', zone: ../etc}", "is no time zone"),
        ("{days: [mon], begins: '08:00', ends: '08:00', zone: UTC}", "at the same time"),
        ("{days: [monday], begins: '08:00', ends: '18:00', zone: UTC}", "'monday' is not allowed here"),
        ("{days: [mon], begins: '08:00', ends: '18:00'}", "'zone' is missing"),
        ("{days: [], begins: '08:00', ends: '18:00', zone: UTC}", "is empty"),
    ],
)
async def test_hours_that_cannot_be_meant_are_refused(hours: str, complaint: str) -> None:
    text = f"version: 1\ngrants:\n  x: {{to: everyone, may: [use], on: ['*'], when: {{hours: [{hours}]}}}}\n"

    with pytest.raises(DocumentError) as refused:
        parse_document(text, "drawbridge.yaml", SECTIONS)

    (problem,) = refused.value.problems
    assert complaint in problem.message
    assert problem.where.startswith("grants.x.when.hours[0]")


def test_a_role_with_a_resource_that_does_not_exist_is_refused_where_it_stands() -> None:
    text = (
        "version: 1\nroles:\n  x:\n    permissions:\n    - {may: [use], on: ['model:*']}\n    - {may: ['*'], on: [a]}\n"
    )

    with pytest.raises(DocumentError) as refused:
        parse_document(text, "drawbridge.yaml", SECTIONS)

    (problem,) = refused.value.problems
    assert (problem.where, problem.line) == ("roles.x.permissions[1].on[0]", 6)


async def test_everybody_in_a_new_organisation_may_use_models_and_look_after_own_keys(
    database: Database, organisation_id: OrganisationId
) -> None:
    rules = await load(database, organisation_id)
    somebody = UUID(int=7)

    assert use(rules, somebody, "gpt-5").is_allowed
    subjects = [rules.subjects_of(somebody)]
    assert decide(rules, subjects, Question("use", "provider", ("openai",), Circumstances(NOW))).is_allowed
    assert decide(rules, subjects, Question("manage", "key", ("own",), Circumstances(NOW))).is_allowed


async def test_only_those_named_administer_a_new_organisation(database: Database) -> None:
    organisation_id = await make_organisation(database, administrators=())
    rules = await load(database, organisation_id)

    question = Question("manage", "key", ("x",), Circumstances(NOW))
    assert decide(rules, [rules.subjects_of(UUID(int=7))], question).verdict == "allowed_by_none"


async def test_an_applied_deny_and_an_applied_role_decide(database: Database, organisation_id: OrganisationId) -> None:
    unconditional = EXAMPLE[: EXAMPLE.index("    when:")] + EXAMPLE[EXAMPLE.index("    reason:") :]
    await apply(database, organisation_id, unconditional)
    rules = await load(database, organisation_id)
    async with database.organisation(organisation_id) as connection:
        ana = await find_principal(connection, organisation_id, "ana")
    assert ana is not None

    refused = use(rules, ana.id, "gpt-5-mini")
    question = Question("manage", "key", ("x",), Circumstances(NOW))
    led = decide(rules, [frozenset({ana.id})], question)

    assert [(rule.grant, rule.subject_name, rule.reason) for rule in refused.rules] == [
        ("all-but-frontier", "everyone", "Ask your team's lead.")
    ]
    assert [(rule.grant, rule.role, rule.subject_name) for rule in led.rules] == [("leads", "lead", "user:ana")]


async def test_every_kind_of_subject_is_found_by_its_name_and_read_back(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, "version: 1\nusers: {same: {}}\nservice_accounts: {bot: {}}\n")
    async with database.change(organisation_id) as connection:
        for table in (teams, groups, projects):
            row = {"id": uuid7(), "organisation_id": organisation_id, "name": "same"}
            await connection.execute(insert(table).values(row))
        written = ("team:same", "user:same", "everyone", "group:same", "service_account:bot", "project:same")
        entry = GrantEntry(to=written, may=("use",), on=("*",), within="team:same")
        await create_grant(connection, organisation_id, "many", entry, managed_by_file=False)

        grants = await read_grants(connection, organisation_id)

    assert grants["many"].entry == entry


@pytest.mark.parametrize("to", ["user:bot", "service_account:same", "agent:same", "group:same", "team:same"])
async def test_a_grant_is_not_made_to_somebody_of_another_kind(
    database: Database, organisation_id: OrganisationId, to: str
) -> None:
    await apply(database, organisation_id, "version: 1\nusers: {same: {}}\nservice_accounts: {bot: {}}\n")

    with pytest.raises(UnknownSubjectError):
        async with database.change(organisation_id) as connection:
            entry = GrantEntry(to=to, role="member")
            await create_grant(connection, organisation_id, "x", entry, managed_by_file=False)


async def test_a_grant_goes_with_the_last_of_its_subjects_and_frees_its_name_and_role(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, EXAMPLE)
    async with database.change(organisation_id) as connection:
        await delete_principal(connection, organisation_id, "ana")
        left = (await read_grants(connection, organisation_id))["leads"].entry
        await delete_principal(connection, organisation_id, "ben")
        gone = await read_grants(connection, organisation_id)
        await delete_role(connection, organisation_id, "lead")
        again = GrantEntry(to="everyone", role="member")
        await create_grant(connection, organisation_id, "leads", again, managed_by_file=False)

    assert left.to == ("user:ben",)
    assert "leads" not in gone


async def test_a_role_that_a_grant_gives_is_not_deleted(database: Database, organisation_id: OrganisationId) -> None:
    with pytest.raises(RoleInUseError, match="everyone-is-a-member"):
        async with database.change(organisation_id) as connection:
            await delete_role(connection, organisation_id, "member")


async def test_a_grant_of_an_unknown_role_is_not_made(database: Database, organisation_id: OrganisationId) -> None:
    with pytest.raises(UnknownRoleError):
        async with database.change(organisation_id) as connection:
            entry = GrantEntry(to="everyone", role="none")
            await create_grant(connection, organisation_id, "x", entry, managed_by_file=False)


async def test_a_role_and_its_grants_go_in_one_apply(database: Database, organisation_id: OrganisationId) -> None:
    await apply(database, organisation_id, EXAMPLE)

    plan = await apply(database, organisation_id, "version: 1\nusers: {ana: {}, ben: {}}\n")

    assert [(change.section, change.name) for change in plan.deletions] == [
        ("grants", "all-but-frontier"),
        ("grants", "leads"),
        ("roles", "lead"),
    ]


async def test_a_user_to_whom_a_grant_outside_of_the_file_is_made_is_not_deleted_by_the_file(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, "version: 1\nusers: {ana: {}}\n")
    async with database.change(organisation_id) as connection:
        entry = GrantEntry(to="user:ana", role="member")
        await create_grant(connection, organisation_id, "own", entry, managed_by_file=False)

    with pytest.raises(DocumentError, match="the grant 'own', which is not managed by file, uses it"):
        await apply(database, organisation_id, "version: 1\n")


async def test_the_rule_set_knows_whom_to_ask_and_takes_subjects_as_they_are(
    database: Database, organisation_id: OrganisationId
) -> None:
    somebody, group = UUID(int=1), UUID(int=2)
    async with database.change(organisation_id) as connection:
        await connection.execute(organisations.update().values(whom_to_ask="The help desk."))
        rules = await load_rule_set(connection, organisation_id, {somebody: frozenset({somebody, group})})

    assert rules.whom_to_ask == "The help desk."
    assert rules.subjects_of(somebody) == {somebody, group}
    assert rules.subjects_of(UUID(int=3)) == {UUID(int=3), EVERYONE}


async def test_another_organisations_grants_are_not_loaded(database: Database, organisation_id: OrganisationId) -> None:
    other = await make_organisation(database, "other", administrators=())
    async with database.change(other) as connection:
        await connection.execute(delete(grant_subjects))

    rules = await load(database, other)

    async with database.organisation(other) as connection:
        assert (await connection.execute(select(grant_subjects))).all() == []
    assert not use(rules, UUID(int=7), "gpt-5").is_allowed
    assert use(await load(database, organisation_id), UUID(int=7), "gpt-5").is_allowed
