"""What policy says of a call, and what a caller is told who may not make it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId
from drawbridge.gateway.objects.kinds import Reference
from drawbridge.gateway.permission import (
    Asking,
    allow_model,
    allow_provider,
    allow_references,
    cost_unknown,
    data_class_of,
    require_project,
    require_shown,
    shown_to,
)
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.routing import listed_models, model_at
from drawbridge.gateway.snapshot import Caller, Deployment, Leg, Model, OrganisationSnapshot, Provider, Rights
from drawbridge.policy.conditions import Conditions, DataClass
from drawbridge.policy.rules import EVERYONE, Effect, Kind, Rule, make_rule_set

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORGANISATION = OrganisationId(UUID(int=1))
ANA, TEAM, PROJECT = PrincipalId(UUID(int=2)), UUID(int=3), UUID(int=4)
ABOVE, BELOW = UUID(int=13), UUID(int=14)
CALLER = Caller(ORGANISATION, ANA, "ana", KeyId(UUID(int=5)), project_id=PROJECT)

EU = Provider("eu", frozenset(), "http://eu", region="eu", vendor="mistral", pricing_id="mistral")
US = Provider("us", frozenset(), "http://us", region="us", vendor="openai", pricing_id="openai", claims=("gpt-",))
ANYWHERE = Provider("anywhere", frozenset(), "http://anywhere")
LEGS = (
    Leg(Deployment("in-eu", EU, "mistral-large")),
    Leg(Deployment("in-us", US, "gpt-5")),
    Leg(Deployment("somewhere", ANYWHERE, "large")),
)
FAST = Model("fast", LEGS, NOW)
PRIVATE = Model("private", LEGS[:1], NOW)


def rule(
    effect: Effect,
    pattern: str,
    conditions: Conditions | None = None,
    *,
    kind: Kind = "model",
    grant: str = "a-grant",
    reason: str = "",
) -> Rule:
    return Rule(
        grant,
        effect,
        EVERYONE,
        "use",
        kind,
        pattern,
        conditions or Conditions(),
        reason=reason,
        subject_name="everyone",
    )


def asking(
    rules: Sequence[Rule], *, data_class: DataClass | None = None, whom_to_ask: str = "", caller: Caller = CALLER
) -> Asking:
    rights = Rights(make_rule_set(rules, {}, whom_to_ask))
    models = {model.name: model for model in (FAST, PRIVATE)}
    snapshot = OrganisationSnapshot(ORGANISATION, 1, models, {"eu": EU, "us": US, "anywhere": ANYWHERE}, rights)
    return Asking(snapshot, caller, "api", data_class, NOW)


def names_of(model: Model) -> list[str]:
    return [leg.deployment.name for leg in model.route]


def refusal_of(asks: Asking, model: Model = FAST) -> Refusal:
    with pytest.raises(Refusal) as refused:
        allow_model(asks, model, cost_unknown)
    assert refused.value.reason == "forbidden"
    return refused.value


def test_what_nothing_allows_is_refused_with_whom_to_ask() -> None:
    refusal = refusal_of(asking([], whom_to_ask="the platform team, room 4"))

    assert "Nothing allows 'ana' to use model 'fast'" in refusal.message
    assert "the platform team, room 4" in refusal.message
    assert "model:fast" in refusal.message
    assert refusal.param == "model"


def test_what_a_rule_denies_is_refused_with_its_name_and_its_reason() -> None:
    rules = [rule("allow", "*"), rule("deny", "fa*", grant="not-fast", reason="Ask Bo.")]

    refusal = refusal_of(asking(rules, whom_to_ask="the platform team"))

    assert "'not-fast'" in refusal.message
    assert "everyone" in refusal.message
    assert refusal.message.endswith("Ask Bo.")
    assert refusal.denial is not None
    assert (refusal.denial.kind, refusal.denial.name, refusal.denial.rules) == ("model", "fast", ("not-fast",))


def test_a_deny_without_a_reason_says_whom_the_organisation_names() -> None:
    rules = [rule("allow", "*"), rule("deny", "*")]

    assert refusal_of(asking(rules, whom_to_ask="Bo, room 4")).message.endswith("Bo, room 4")
    assert "Ask an administrator" in refusal_of(asking(rules)).message


def test_an_allow_that_asks_for_something_leaves_only_the_deployments_that_have_it() -> None:
    in_eu = Conditions(where=(("region", frozenset({"eu"})),))

    allowed = allow_model(asking([rule("allow", "*", in_eu)]), FAST, cost_unknown)

    assert names_of(allowed) == ["in-eu"]


def test_a_deny_that_asks_for_something_takes_the_deployments_that_have_it_or_may_have_it() -> None:
    in_us = Conditions(where=(("region", frozenset({"us"})),))
    rules = [rule("allow", "*"), rule("deny", "*", in_us)]

    assert names_of(allow_model(asking(rules), FAST, cost_unknown)) == ["in-eu"]


def test_conditions_that_hold_for_no_deployment_refuse_with_the_grant_that_has_them() -> None:
    on_mars = Conditions(where=(("region", frozenset({"mars"})),))

    refusal = refusal_of(asking([rule("allow", "*", on_mars, grant="mars-only")]))

    assert "'mars-only'" in refusal.message


def test_what_is_known_of_a_model_can_be_asked_for() -> None:
    with_tools = Conditions(where=(("tools", frozenset({"yes"})),), where_not=(("vendor", frozenset({"mistral"})),))

    assert names_of(allow_model(asking([rule("allow", "*", with_tools)]), FAST, cost_unknown)) == ["in-us"]


def test_an_open_model_is_denied_by_every_name_that_it_has() -> None:
    for pattern in ("gpt-5*", "us/gpt-5*"):
        rules = [rule("allow", "*"), rule("deny", pattern)]
        for asked, upstream in (("gpt-5", "gpt-5"), ("us/gpt-5", "gpt-5"), ("us/models/gpt-5", "models/gpt-5")):
            refusal_of(asking(rules), model_at(US, upstream, asked))

    refusal_of(asking([rule("allow", "*"), rule("deny", "gpt-5")]), model_at(US, "GPT-5", "us/GPT-5"))


def test_an_unknown_data_class_never_helps_and_the_refusal_says_how_to_state_it() -> None:
    internal = Conditions(data_classes=frozenset({"internal"}))
    secret = Conditions(data_classes=frozenset({"restricted"}))

    refusal_of(asking([rule("allow", "*", internal)]))
    refusal = refusal_of(asking([rule("allow", "*"), rule("deny", "*", secret)]))
    allow_model(asking([rule("allow", "*", internal)], data_class="internal"), FAST, cost_unknown)
    allow_model(asking([rule("allow", "*"), rule("deny", "*", secret)], data_class="public"), FAST, cost_unknown)

    assert "x-drawbridge-data-class" in refusal.message


@pytest.mark.parametrize(
    ("of_project", "stated", "expected"),
    [
        (None, None, None),
        ("internal", None, "internal"),
        (None, "public", "public"),
        ("internal", "public", "internal"),
        ("internal", " Restricted ", "restricted"),
    ],
)
def test_a_request_can_only_make_the_data_class_of_its_project_stricter(
    of_project: DataClass | None, stated: str | None, expected: DataClass | None
) -> None:
    classes: dict[UUID, DataClass] = {} if of_project is None else {PROJECT: of_project}
    snapshot = OrganisationSnapshot(ORGANISATION, 1, {}, {}, Rights(data_classes=classes))

    assert data_class_of(snapshot, CALLER, stated) == expected


def test_a_data_class_that_there_is_not_is_refused() -> None:
    with pytest.raises(Refusal, match="public, internal, confidential, restricted"):
        data_class_of(OrganisationSnapshot(ORGANISATION, 1, {}, {}), CALLER, "secret")


def test_the_cost_is_reckoned_only_where_a_rule_asks_for_it() -> None:
    reckoned: list[str] = []

    def most_cost(deployment: Deployment) -> int | None:
        reckoned.append(deployment.name)
        return {"in-eu": 5, "in-us": 50}.get(deployment.name)

    cheap = Conditions(cost_at_most_nanousd=10)
    allow_model(asking([rule("allow", "*")]), FAST, most_cost)
    in_eu = Conditions(where=(("region", frozenset({"eu"})),))
    allow_model(asking([rule("allow", "*", in_eu)]), FAST, most_cost)
    assert reckoned == []

    assert names_of(allow_model(asking([rule("allow", "*", cheap)]), FAST, most_cost)) == ["in-eu"]
    assert reckoned == ["in-eu", "in-us", "somewhere"]


def test_a_key_of_a_project_has_the_rights_of_the_project_too() -> None:
    of_project = Rule("for-search", "allow", TEAM, "use", "model", "*")
    rights = Rights(make_rule_set([of_project], {PROJECT: frozenset({PROJECT, TEAM})}))
    snapshot = OrganisationSnapshot(ORGANISATION, 1, {}, {}, rights)
    without = Caller(ORGANISATION, ANA, "ana", KeyId(UUID(int=6)))

    allow_model(Asking(snapshot, CALLER, "api", None, NOW), FAST, cost_unknown)

    refusal_of(Asking(snapshot, without, "api", None, NOW))


@pytest.mark.parametrize(
    ("owner_is_part_of", "is_refused"), [({TEAM, ABOVE}, False), ({TEAM, ABOVE, BELOW}, False), ({ABOVE}, True)]
)
def test_a_key_of_a_project_stops_when_its_owner_leaves_the_team(owner_is_part_of: set[UUID], is_refused: bool) -> None:
    subjects = {
        PROJECT: frozenset({PROJECT, EVERYONE, TEAM, ABOVE}),
        ANA: frozenset({ANA, EVERYONE, *owner_is_part_of}),
    }
    snapshot = OrganisationSnapshot(ORGANISATION, 1, {}, {}, Rights(make_rule_set([], subjects, "lea@example.com")))

    if not is_refused:
        require_project(snapshot, CALLER)
        return
    with pytest.raises(Refusal, match=r"that its owner 'ana' is not in any more\. Ask lea@") as refused:
        require_project(snapshot, CALLER)
    assert refused.value.reason == "bad_credential"


def test_a_key_of_a_project_without_a_team_and_one_of_no_project_stay() -> None:
    subjects = {PROJECT: frozenset({PROJECT, EVERYONE}), ANA: frozenset({ANA, EVERYONE})}
    snapshot = OrganisationSnapshot(ORGANISATION, 1, {}, {}, Rights(make_rule_set([], subjects)))

    require_project(snapshot, CALLER)
    require_project(snapshot, Caller(ORGANISATION, ANA, "ana", KeyId(UUID(int=6))))


def test_a_decision_at_hand_is_not_taken_for_another_principal_project_or_kind() -> None:
    mine = Rule("mine", "allow", ANA, "use", "model", "us")
    other = Caller(ORGANISATION, PrincipalId(UUID(int=9)), "bo", KeyId(UUID(int=8)), project_id=PROJECT)
    asks = asking([mine])
    model = Model("us", LEGS[:1], NOW)

    allow_model(asks, model, cost_unknown)

    refusal_of(Asking(asks.snapshot, other, "api", None, NOW), model)
    with pytest.raises(Refusal):
        allow_provider(asks, US)


def test_what_is_kept_of_decisions_is_bounded_whatever_names_callers_ask_for() -> None:
    asks = asking([rule("allow", "*")])

    for number in range(25_000):
        allow_model(asks, model_at(US, f"gpt-{number}"), cost_unknown)
    allow_model(asks, model_at(US, "gpt-" + "x" * 5_000), cost_unknown)

    settled = asks.snapshot.rights.settled
    assert 0 < len(settled) <= 10_000
    assert max(sum(map(len, names)) for *_, names in settled) <= 500


def test_lists_show_what_may_be_used_and_what_may_be_in_another_request() -> None:
    cheap = Conditions(cost_at_most_nanousd=10)
    internal = Conditions(data_classes=frozenset({"internal"}))
    nowhere = Conditions(where=(("region", frozenset({"mars"})),))

    def shown(*rules: Rule, data_class: DataClass | None = None) -> list[str]:
        asks = asking(rules, data_class=data_class)
        return [model.name for model in listed_models(asks.snapshot, shown_to(asks))]

    assert shown() == []
    assert shown(rule("allow", "*"), rule("deny", "priv*")) == ["fast"]
    assert shown(rule("allow", "fast", cheap)) == ["fast"]
    assert shown(rule("allow", "fast", internal)) == ["fast"]
    assert shown(rule("allow", "fast", internal), data_class="restricted") == []
    assert shown(rule("allow", "*", nowhere)) == []


def test_a_model_that_is_not_shown_is_refused_when_asked_for_by_its_name() -> None:
    asks = asking([rule("allow", "*"), rule("deny", "priv*", grant="not-private")])

    require_shown(asks, FAST)

    with pytest.raises(Refusal, match="not-private"):
        require_shown(asks, PRIVATE)


def test_files_need_the_right_to_use_their_provider_and_responses_do_not() -> None:
    asks = asking([rule("allow", "*"), rule("allow", "eu", kind="provider")])
    file, response = Reference("file", "file-1"), Reference("response", "resp_1")

    assert names_of(allow_references(asks, FAST, [file])) == ["in-eu"]
    assert names_of(allow_references(asks, FAST, [response])) == names_of(FAST)

    with pytest.raises(Refusal, match="provider 'us'"):
        allow_references(asks, Model("one", LEGS[1:2], NOW), [file])
