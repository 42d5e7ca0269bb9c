"""Files to plan and apply, and what an apply leaves behind."""

from typing import Any

import yaml
from hypothesis import strategies as st

from drawbridge.config.document import Document, parse_document
from drawbridge.config.plan import Plan
from drawbridge.config.sections import AnyPresent, AnySection, Present, World
from drawbridge.policy.complaints import SECTION_OF
from drawbridge.policy.rules import PRODUCTS
from drawbridge.sections import all_sections
from tests.parts.clock import HeldClock

SECTIONS: tuple[AnySection, ...] = all_sections(HeldClock())

EXAMPLE = """\
version: 1
service_accounts:
  ci-bot: {display_name: CI}
users:
  ana: {display_name: Ana}
providers:
  openai: {preset: openai, credential: {env: OPENAI_API_KEY}}
  lab:
    preset: vllm
    base_url: "http://10.0.0.5:8000/v1"
    dialects: [openai-chat]
    quirks: {usage_in_stream: always}
deployments:
  gpt-5-main: {provider: openai, upstream_model: gpt-5}
  lab-main: {provider: lab, upstream_model: qwen}
models:
  gpt-5: {route: [gpt-5-main]}
  mixed: {route: [{deployment: gpt-5-main, weight: 3}, lab-main]}
"""

# Any: what YAML can hold.
Content = dict[str, Any]


def read(text: str) -> Document:
    return parse_document(text, "drawbridge.yaml", SECTIONS)


def write(content: Content) -> str:
    return yaml.safe_dump({"version": 1, **content}, sort_keys=False)


def world_after(world: World, plan: Plan) -> World:
    """Return what exists once a plan was carried out."""
    objects: dict[str, dict[str, AnyPresent]] = {name: dict(found) for name, found in world.objects.items()}
    for change in plan.changes:
        found = objects.setdefault(change.section, {})
        if change.entry is None:
            del found[change.name]
        else:
            found[change.name] = Present(change.entry, managed_by_file=True)
    return World(objects, world.secrets)


EMPTY = World({})

_NAMES = ("a", "b", "c")
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8)


def _mapping(
    required: dict[str, st.SearchStrategy[Any]], optional: dict[str, st.SearchStrategy[Any]] | None = None
) -> st.SearchStrategy[Content]:
    return st.fixed_dictionaries(required, optional=optional or {})


_KNOWN_PROVIDER = _mapping(
    {"preset": st.sampled_from(["openai", "anthropic", "gemini", "mistral", "groq", "ollama", "rehearsal"])},
    {"quirks": _mapping({"max_body_bytes": st.integers(1, 10**9)})},
)
_HOSTED_PROVIDER = _mapping(
    {"preset": st.sampled_from(["openai", "anthropic"])},
    {"models": st.just("any"), "region": st.sampled_from(["eu", "us"])},
)
_OWN_PROVIDER = _mapping(
    {
        "base_url": st.sampled_from(["http://localhost:8000/v1", "https://example.org/api/v2/"]),
        "dialects": st.lists(st.sampled_from(["openai-chat", "openai-responses", "gemini"]), min_size=1, unique=True),
    },
    {
        "preset": st.sampled_from(["vllm", "openai", "anthropic"]),
        "credential": st.sampled_from([{"env": "LAB_KEY"}, {"file": "/run/lab/key"}]),
        "quirks": _mapping(
            {},
            {
                "auth": st.sampled_from(["bearer", "x-api-key"]),
                "usage_in_stream": st.sampled_from(["asked", "always", "never"]),
                "model_patterns": st.lists(_TEXT, max_size=2),
            },
        ),
    },
)
_PROFILE = _mapping(
    {},
    {
        "images": st.booleans(),
        "thinking": st.sampled_from(["none", "budget"]),
        "context_tokens": st.integers(1, 10**7),
        "refuses": st.lists(st.sampled_from(["store", "user"]), unique=True),
    },
)
_ORGANISATION = _mapping({"display_name": _TEXT.filter(bool)}, {"whom_to_ask": _TEXT})


@st.composite
def _forests(draw: st.DrawFn) -> Content:
    """Draw teams or groups, each after those that it stands below."""
    drawn: Content = {}
    for name in draw(st.permutations(_NAMES))[: draw(st.integers(0, len(_NAMES)))]:
        drawn[name] = draw(_mapping({}, {"display_name": _TEXT, **_one_of("parent", list(drawn))}))
    return drawn


def _project(teams: Content) -> st.SearchStrategy[Content]:
    data_class = st.sampled_from(["public", "internal", "confidential", "restricted"])
    return _mapping({}, {"display_name": _TEXT, "data_class": data_class, **_one_of("team", list(teams))})


def _user(teams: Content, groups: Content) -> st.SearchStrategy[Content]:
    settings = {"display_name": _TEXT, "email": st.just("ana@example.com"), "suspended": st.booleans()}
    return _mapping({}, {**settings, **_some_of("teams", list(teams)), **_some_of("groups", list(groups))})


def _program(teams: Content, groups: Content) -> st.SearchStrategy[Content]:
    settings = {"display_name": _TEXT, "suspended": st.booleans()}
    return _mapping({}, {**settings, **_one_of("team", list(teams)), **_some_of("groups", list(groups))})


def _one_of(setting: str, names: list[str]) -> dict[str, st.SearchStrategy[Any]]:
    return {setting: st.sampled_from(names)} if names else {}


def _some_of(setting: str, names: list[str]) -> dict[str, st.SearchStrategy[Any]]:
    return {setting: st.lists(st.sampled_from(names), unique=True)} if names else {}


_ACTIONS = st.lists(st.sampled_from(["use", "read", "manage", "approve", "*"]), min_size=1, unique=True)
_RESOURCES = st.lists(
    st.sampled_from(["*", "model:*", "model:gpt-5*", "usage:*", "key:a", "team:研究"]), min_size=1, unique=True
)
_VALUES = st.lists(_TEXT.filter(bool), min_size=1, max_size=2)
_ROLE = _mapping(
    {"permissions": st.lists(_mapping({"may": _ACTIONS, "on": _RESOURCES}), min_size=1, max_size=2)},
    {"description": _TEXT},
)
_HOURS = _mapping(
    {
        "days": st.lists(st.sampled_from(["mon", "wed", "sun"]), min_size=1, unique=True),
        "begins": st.sampled_from(["08:00", "23:30"]),
        "ends": st.sampled_from(["06:15", "24:00"]),
        "zone": st.sampled_from(["UTC", "Europe/Berlin"]),
    }
)
_CONDITIONS = _mapping(
    {},
    {
        "products": st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=2),
        "data_classes": st.lists(st.sampled_from(["public", "restricted"]), min_size=1, unique=True),
        "where": st.dictionaries(st.sampled_from(["region", "vendor"]), _VALUES),
        "where_not": st.dictionaries(st.sampled_from(["region", "vendor"]), _VALUES),
        "hours": st.lists(_HOURS, max_size=2),
        "not_before": st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00"]),
        "not_after": st.just("2027-06-30T12:00:00Z"),
        "cost_above_usd": st.sampled_from(["0", "0.50"]),
        "cost_at_most_usd": st.sampled_from(["1", "2.250000000"]),
    },
)
_SECRET = st.sampled_from([{"env": "SIEM_SECRET"}, {"file": "/run/secrets/siem"}])
_STREAM = st.one_of(
    _mapping({"webhook": _mapping({"url": st.just("https://siem.example.com/in"), "secret": _SECRET})}),
    _mapping({"syslog": _mapping({"host": st.just("::1")}, {"port": st.integers(1, 65535), "tls": st.booleans()})}),
).flatmap(lambda stream: _mapping({name: st.just(value) for name, value in stream.items()}, _FORMAT))
_FORMAT: dict[str, st.SearchStrategy[Any]] = {"format": st.sampled_from(["jsonl", "ocsf"])}


_USD = st.sampled_from(["0", "0.50", "500", "2.250000001"])
_SOME_MODELS = st.lists(st.sampled_from(["*", "gpt-5*", "a"]), min_size=1, unique=True)
_SOME_PRODUCTS = st.lists(st.sampled_from(PRODUCTS), min_size=1, unique=True)
_PERIOD = st.one_of(
    _mapping(
        {"every": st.sampled_from(["day", "week", "month", "quarter", "year", "total"])},
        {"zone": st.sampled_from(["UTC", "Europe/Berlin"])},
    ),
    _mapping({"every": st.just("days"), "days": st.integers(1, 90), "begins": st.just("2026-01-01")}),
)
_ALERT = st.one_of(
    _mapping({"at_percent": st.integers(1, 200), "mail": st.just("ana@example.com")}),
    _mapping({"at_percent": st.integers(1, 200), "webhook": st.just("https://example.com/in")}, {"secret": _SECRET}),
)
_TOKEN_PRICES = _mapping({"input": _USD, "output": _USD}, {"cached_read": _USD, "reasoning": _USD})
_PRICES = _mapping(
    {},
    {
        "own": st.dictionaries(
            st.sampled_from(_NAMES),
            _mapping({"provider": st.just("lab"), "per_million": _TOKEN_PRICES}, {"model": st.just("qwen*")}),
            max_size=2,
        ),
        "discounts": st.dictionaries(
            st.sampled_from(_NAMES),
            _mapping({"provider": st.just("openai"), "percent": st.sampled_from(["5", "12.5"])}),
            max_size=2,
        ),
        "exchange_rates": st.just([{"currency": "EUR", "usd": "1.0850", "valid_from": "2026-01-01"}]),
        "unknown": st.sampled_from(["refuse", {"ceiling": {"per_million": {"input": "10", "output": "50"}}}]),
    },
)


def _budget(whose: list[str], owners: list[str], models: Content) -> st.SearchStrategy[Content]:
    settings = {
        "of": st.sampled_from(whose),
        "each": st.sampled_from(["principal", "key", "project"]),
        "models": _SOME_MODELS,
        "products": _SOME_PRODUCTS,
        "period": _PERIOD,
        "alerts": st.lists(_ALERT, max_size=2),
        **_one_of("owner", owners),
    }
    at_end = st.sampled_from([{"do": "wait", "seconds": 5}, *({"do": "downgrade", "model": name} for name in models)])
    hard = _mapping({"limit_usd": _USD}, {**settings, "at_end": at_end})
    return hard | _mapping({"limit_usd": _USD, "hard": st.just(False)}, settings)


def _limit(whose: list[str]) -> st.SearchStrategy[Content]:
    rate = _mapping({"most": st.integers(1, 1000)}, {"per": st.sampled_from(["second", "minute", "hour", "day"])})
    settings = {
        "of": st.sampled_from(whose),
        "each": st.sampled_from(["principal", "key", "project", "team"]),
        "models": _SOME_MODELS,
        "products": _SOME_PRODUCTS,
    }
    rates = {"requests": rate, "tokens": rate, "concurrency": st.integers(1, 9)}
    return st.sampled_from([*rates]).flatmap(lambda name: _mapping({name: rates[name]}, settings))


def _grant(receivers: list[str], roles: Content, teams: Content) -> st.SearchStrategy[Content]:
    several = st.lists(st.sampled_from(receivers), min_size=1, max_size=3, unique=True)
    settings = {
        "effect": st.sampled_from(["allow", "deny"]),
        "when": _CONDITIONS,
        "reason": _TEXT,
        **_one_of("within", [f"team:{name}" for name in teams]),
    }
    to = {"to": st.sampled_from(receivers) | several}
    by_itself = _mapping({**to, "may": _ACTIONS, "on": _RESOURCES}, settings)
    return by_itself | _mapping({**to, **_one_of("role", list(roles))}, settings) if roles else by_itself


def _receivers(content: Content) -> list[str]:
    """Return everybody and everything in a file that a grant can be made to."""
    return ["everyone", *(f"{kind}:{name}" for kind, section in SECTION_OF.items() for name in content[section])]


def grants_to_those_left(content: Content) -> Content:
    """Return the grants of a file without receivers that it lost, and without those that have none then."""
    there = _receivers(content)
    stated = {name: [to] if isinstance(to := entry["to"], str) else to for name, entry in content["grants"].items()}
    left = {name: [one for one in to if one in there] for name, to in stated.items()}
    return {name: {**entry, "to": left[name]} for name, entry in content["grants"].items() if left[name]}


def budgets_of_those_left(content: Content) -> Content:
    """Return the budgets of a file without owners that it lost."""
    there = _receivers(content)
    return {
        name: {setting: value for setting, value in entry.items() if setting != "owner" or value in there}
        for name, entry in content.get("budgets", {}).items()
    }


@st.composite
def contents(draw: st.DrawFn, *, also: Content | None = None) -> Content:
    """Draw the content of a file without contradictions. It may refer to the objects of `also`, which it lacks."""
    others = also or {}
    teams, groups = draw(_forests()), draw(_forests())
    projects = draw(st.dictionaries(st.sampled_from(_NAMES), _project(teams)))
    people = draw(st.permutations(["ana", "ben", "ci-bot", "dispatcher"]))
    first, second = sorted([draw(st.integers(0, 4)), draw(st.integers(0, 4))])
    providers = draw(st.dictionaries(st.sampled_from(_NAMES), _KNOWN_PROVIDER | _HOSTED_PROVIDER | _OWN_PROVIDER))
    deployment = _mapping(
        {
            "provider": st.sampled_from([*providers, *others.get("providers", ())] or ["none"]),
            "upstream_model": st.sampled_from(["gpt-5", "qwen3:8b", "1.0", "yes"]),
        },
        {"profile": _PROFILE},
    )
    can_deploy = bool(providers or others.get("providers"))
    deployments = draw(st.dictionaries(st.sampled_from(_NAMES), deployment)) if can_deploy else {}
    targets = [*deployments, *others.get("deployments", ())]
    models = draw(st.dictionaries(st.sampled_from(["gpt-5", "4.1", "no", "x/y:z"]), _model(targets))) if targets else {}
    drawn: Content = {
        **({"organisation": draw(_ORGANISATION)} if draw(st.booleans()) else {}),
        "teams": teams,
        "groups": groups,
        "projects": projects,
        "users": {name: draw(_user(teams, groups)) for name in people[:first]},
        "service_accounts": {name: draw(_program(teams, groups)) for name in people[first:second]},
        "agents": {name: draw(_program(teams, groups)) for name in people[second:]},
        "roles": draw(st.dictionaries(st.sampled_from(_NAMES), _ROLE, max_size=2)),
        "providers": providers,
        "deployments": deployments,
        "models": models,
        "audit_streams": draw(st.dictionaries(st.sampled_from(_NAMES), _STREAM, max_size=2)),
    }
    whose = ["organisation", *(f"team:{name}" for name in teams), *(f"group:{name}" for name in groups)]
    owners = [f"user:{name}" for name in drawn["users"]]
    drawn |= {
        **({"prices": draw(_PRICES)} if draw(st.booleans()) else {}),
        "budgets": draw(st.dictionaries(st.sampled_from(_NAMES), _budget(whose, owners, models), max_size=2)),
        "limits": draw(st.dictionaries(st.sampled_from(_NAMES), _limit(whose), max_size=2)),
    }
    grant = _grant(_receivers(drawn), drawn["roles"], teams)
    return {**drawn, "grants": draw(st.dictionaries(st.sampled_from(_NAMES), grant, max_size=2))}


def _model(targets: list[str]) -> st.SearchStrategy[Content]:
    step = st.sampled_from(targets)
    weight = st.integers(1, 1_000_000)

    def steps(names: list[str]) -> st.SearchStrategy[list[object]]:
        return st.tuples(*(_step(name, weight) for name in names)).map(list)

    return _mapping({"route": st.lists(step, min_size=1, unique=True).flatmap(steps)})


def _step(name: str, weight: st.SearchStrategy[int]) -> st.SearchStrategy[object]:
    return st.one_of(st.just(name), weight.map(lambda drawn: {"deployment": name, "weight": drawn}))
