import pytest
from hypothesis import Phase, given, settings

from drawbridge.config.document import Document
from drawbridge.config.errors import DocumentError
from drawbridge.config.export import export_document
from drawbridge.config.plan import Plan, make_plan
from drawbridge.config.sections import AnyPresent, Present, World
from drawbridge.gateway.entries import DeploymentEntry, ModelEntry, ProviderEntry, provider_in_full
from drawbridge.identity.directory.entries import ProgramEntry, UserEntry
from tests.config.documents import (
    EMPTY,
    EXAMPLE,
    SECTIONS,
    Content,
    budgets_of_those_left,
    contents,
    grants_to_those_left,
    read,
    world_after,
    write,
)

OWN_PROVIDER = provider_in_full(ProviderEntry(preset="ollama"))
OWN_DEPLOYMENT = DeploymentEntry(provider="own", upstream_model="x")


def plan(document: Document, world: World) -> Plan:
    return make_plan(SECTIONS, document, world)


def lines(found: Plan) -> list[str]:
    return [f"{change.action} {change.section} {change.name}" for change in found.changes]


def complaints(text: str, world: World = EMPTY) -> list[str]:
    with pytest.raises(DocumentError) as raised:
        plan(read(text), world)
    return [str(problem) for problem in raised.value.problems]


def test_a_first_plan_creates_everything_in_the_order_of_need() -> None:
    assert lines(plan(read(EXAMPLE), EMPTY)) == [
        "create users ana",
        "create service_accounts ci-bot",
        "create providers openai",
        "create providers lab",
        "create deployments gpt-5-main",
        "create deployments lab-main",
        "create models gpt-5",
        "create models mixed",
    ]


def test_what_left_the_file_is_deleted_and_listed_first_with_users_before_what_they_use() -> None:
    world = world_after(EMPTY, plan(read(EXAMPLE), EMPTY))

    assert lines(plan(read("version: 1\nusers: {ana: {}, eve: {}}\n"), world)) == [
        "delete models gpt-5",
        "delete models mixed",
        "delete deployments gpt-5-main",
        "delete deployments lab-main",
        "delete providers openai",
        "delete providers lab",
        "delete service_accounts ci-bot",
        "update users ana",
        "create users eve",
    ]


def test_an_update_names_the_fields_that_change() -> None:
    world = world_after(EMPTY, plan(read(EXAMPLE), EMPTY))
    text = EXAMPLE.replace("{usage_in_stream: always}", "{usage_in_stream: never}")

    (change,) = plan(read(text), world).changes

    (difference,) = change.differences
    assert (difference.field, difference.before, difference.after) == (
        "quirks",
        '{"usage_in_stream":"always"}',
        '{"usage_in_stream":"never"}',
    )


def test_an_object_of_the_same_name_that_no_file_manages_is_adopted() -> None:
    world = World({"users": {"ana": Present(UserEntry(display_name="Ana"), managed_by_file=False)}})

    same = plan(read("version: 1\nusers: {ana: {display_name: Ana}}\n"), world)
    other = plan(read("version: 1\nusers: {ana: {display_name: Anna}}\n"), world)

    assert lines(same) == lines(other) == ["adopt users ana"]
    assert not same.changes[0].differences
    assert other.changes[0].differences


def test_what_no_file_manages_is_left_alone() -> None:
    world = World({"users": {"ana": Present(UserEntry(), managed_by_file=False)}})

    assert plan(read("version: 1\n"), world).changes == ()


def test_a_deployment_that_names_an_unknown_provider_is_refused_with_its_line() -> None:
    text = EXAMPLE.replace("{provider: lab, upstream_model: qwen}", "{provider: labb, upstream_model: qwen}")

    (complaint,) = complaints(text)

    assert complaint == (
        "drawbridge.yaml:15: deployments.lab-main.provider: there is no provider 'labb': add it under providers, or"
        " correct the name. Did you mean 'lab'?"
    )


def test_a_model_that_routes_to_an_unknown_deployment_is_refused_with_its_line() -> None:
    (complaint,) = complaints("version: 1\nmodels:\n  m:\n    route:\n      - a\n")

    assert complaint.startswith("drawbridge.yaml:5: models.m.route[0]: there is no deployment 'a'")


def test_a_reference_may_go_to_an_object_that_no_file_manages() -> None:
    world = World({"providers": {"own": Present(OWN_PROVIDER, managed_by_file=False)}})

    found = plan(read("version: 1\ndeployments: {d: {provider: own, upstream_model: x}}\n"), world)

    assert lines(found) == ["create deployments d"]


def test_a_reference_may_not_go_to_an_object_that_this_plan_deletes() -> None:
    world = World({"providers": {"own": Present(OWN_PROVIDER, managed_by_file=True)}})

    (complaint,) = complaints("version: 1\ndeployments: {d: {provider: own, upstream_model: x}}\n", world)

    assert "there is no provider 'own'" in complaint


def test_a_provider_that_an_unmanaged_deployment_uses_is_not_deleted() -> None:
    world = World(
        {
            "providers": {"own": Present(OWN_PROVIDER, managed_by_file=True)},
            "deployments": {"by-hand": Present(OWN_DEPLOYMENT, managed_by_file=False)},
        }
    )

    (complaint,) = complaints("version: 1\nproviders: {}\n", world)

    assert complaint == (
        "drawbridge.yaml:2: providers: provider 'own' is not in the file any more, so it would be deleted, but the"
        " deployment 'by-hand', which is not managed by file, uses it. Keep the provider in the file, or add the"
        " deployment to the file."
    )


def test_a_provider_may_go_together_with_the_deployment_that_used_it() -> None:
    world = World(
        {
            "providers": {"own": Present(OWN_PROVIDER, managed_by_file=True)},
            "deployments": {"own": Present(OWN_DEPLOYMENT, managed_by_file=True)},
        }
    )

    assert lines(plan(read("version: 1\n"), world)) == ["delete deployments own", "delete providers own"]


def test_a_stored_credential_must_be_stored() -> None:
    text = "version: 1\nproviders:\n  x: {preset: openai, credential: {stored: openai-key}}\n"

    (complaint,) = complaints(text)

    assert complaint.startswith("drawbridge.yaml:3: providers.x.credential.stored: no secret of this name is stored.")
    assert "openai-key" not in complaint
    assert plan(read(text), World({}, frozenset({"openai-key"}))).changes


def test_a_user_and_a_service_account_cannot_have_one_name() -> None:
    text = "version: 1\nservice_accounts:\n  ana: {}\nusers:\n  ana: {}\n"

    assert complaints(text) == [
        "drawbridge.yaml:3: service_accounts.ana: the name 'ana' stands under users already, in drawbridge.yaml:5."
    ]


@pytest.mark.parametrize("managed", [True, False])
def test_a_user_cannot_take_the_name_of_an_existing_service_account(managed: bool) -> None:
    world = World({"service_accounts": {"ana": Present(ProgramEntry(), managed_by_file=managed)}})

    (complaint,) = complaints("version: 1\nusers: {ana: {}}\n", world)

    assert "'ana' exists under service_accounts" in complaint


def test_every_setting_of_every_section_is_among_what_is_drawn() -> None:
    """What the tests below show, they show of nothing else."""
    wanted = {(section.name, setting) for section in SECTIONS for setting in section.entry_type.__struct_fields__}
    drawn: set[tuple[str, str]] = set()

    @settings(phases=[Phase.generate], database=None, max_examples=400, deadline=None, derandomize=True)
    @given(contents())
    def draw(content: Content) -> None:
        for section, stated in content.items():
            within: list[Content] = [entry for entry in stated.values() if isinstance(entry, dict)]
            drawn.update((section, setting) for entry in (stated, *within) for setting in entry)

    draw()

    assert wanted - drawn == set()


@settings(deadline=None)
@given(contents(), contents())
def test_after_an_apply_the_plan_is_empty(before: Content, after: Content) -> None:
    world = world_after(EMPTY, plan(read(write(before)), EMPTY))
    document = read(write(without_clashes(after, world)))

    world = world_after(world, plan(document, world))

    assert plan(document, world).changes == ()


@settings(deadline=None)
@given(contents())
def test_the_plan_of_an_export_is_empty(content: Content) -> None:
    world = world_after(EMPTY, plan(read(write(content)), EMPTY))

    exported = export_document(SECTIONS, world)

    assert plan(read(exported), world).changes == ()


@settings(deadline=None)
@given(contents())
def test_the_plan_of_an_export_of_everything_adopts_without_changing_anything(content: Content) -> None:
    world = unmanaged(world_after(EMPTY, plan(read(write(content)), EMPTY)))

    found = plan(read(export_document(SECTIONS, world, everything=True)), world)

    assert {change.action for change in found.changes} <= {"adopt"}
    assert len(found.changes) == len(lines(plan(read(write(content)), EMPTY)))
    assert not any(change.differences for change in found.changes)


@settings(deadline=None)
@given(contents(), contents())
def test_what_no_file_manages_is_never_deleted(present: Content, wanted: Content) -> None:
    world = unmanaged(world_after(EMPTY, plan(read(write(present)), EMPTY)))

    found = plan(read(write(without_clashes(wanted, world))), world)

    assert found.deletions == ()


@settings(deadline=None)
@given(contents())
def test_deletions_come_first_and_undo_the_creations_backwards(content: Content) -> None:
    first = plan(read(write(content)), EMPTY)

    last = plan(read("version: 1\n"), world_after(EMPTY, first))

    assert last.deletions == last.changes
    assert sorted(lines(last)) == sorted(line.replace("create", "delete") for line in lines(first))
    order = [change.section for change in first.changes]
    assert [change.section for change in last.changes] == order[::-1]


def unmanaged(world: World) -> World:
    objects: dict[str, dict[str, AnyPresent]] = {
        section: {name: Present(present.entry, managed_by_file=False) for name, present in found.items()}
        for section, found in world.objects.items()
    }
    return World(objects, world.secrets)


def without_clashes(content: Content, world: World) -> Content:
    """Take out principals whose name exists as another kind, which a plan refuses."""
    kinds = ("users", "service_accounts", "agents")
    taken = {
        kind: {name for other in kinds if other != kind for name in world.objects.get(other, {})} for kind in kinds
    }
    left = {
        section: {name: entry for name, entry in entries.items() if name not in taken.get(section, ())}
        for section, entries in content.items()
    }
    return {**left, "grants": grants_to_those_left(left), "budgets": budgets_of_those_left(left)}


def test_a_model_without_weights_and_one_with_the_usual_weight_are_the_same() -> None:
    world = World(
        {
            "deployments": {"own": Present(OWN_DEPLOYMENT, managed_by_file=False)},
            "models": {"m": Present(ModelEntry(route=("own",)), managed_by_file=True)},
            "providers": {"own": Present(OWN_PROVIDER, managed_by_file=False)},
        }
    )
    stored = world_after(world, plan(read("version: 1\nmodels: {m: {route: [own]}}\n"), world))

    assert plan(read("version: 1\nmodels: {m: {route: [{deployment: own}]}}\n"), stored).changes == ()


def test_deleting_the_last_who_holds_what_must_stay_is_refused_while_planning() -> None:
    both = World(
        {
            "users": {"ana": Present(UserEntry(), managed_by_file=True, holds="admin key")},
            "service_accounts": {"ci-bot": Present(ProgramEntry(), managed_by_file=True, holds="admin key")},
        }
    )

    with pytest.raises(DocumentError) as raised:
        make_plan(SECTIONS, read("version: 1"), both)
    kept = make_plan(SECTIONS, read("version: 1\nusers: {ana: }"), both)

    assert "user 'ana' is not in the file any more" in str(raised.value)
    assert "the last admin key of the organisation" in str(raised.value)
    assert [(change.action, change.name) for change in kept.changes] == [("delete", "ci-bot")]
