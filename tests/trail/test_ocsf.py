"""Events in OCSF, held against what version 1.9.0 of the schema requires."""

from datetime import UTC, datetime
from typing import Any

import pytest

from drawbridge.audit.acts import COMMAND_LINE, SYSTEM, Act, Actor
from drawbridge.audit.lines import event_line
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.trail.ocsf import ocsf_event
from tests.audit.chains import make_chain

pytestmark = pytest.mark.audit

CHAIN = OrganisationId(uuid7())
ANA = Actor("user", "session", CHAIN, PrincipalId(uuid7()), "ana", uuid7(), "203.0.113.9")
NOBODY = Actor("nobody", "none", address="2001:db8::1")

# From https://schema.ocsf.io/1.9.0 (classes authentication, entity_management, api_activity; objects metadata, product,
# user, actor, managed_entity, api, network_endpoint), read 2026-11-23.
REQUIRED = {
    "every class": ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"],
    3002: ["user"],
    3004: ["entity"],
    6003: ["actor", "api", "src_endpoint"],
    "metadata": ["product", "version"],
    "api": ["operation"],
}
AT_LEAST_ONE = {
    3002: ["service", "dst_endpoint"],
    "product": ["name", "uid"],
    "user": ["account", "name", "uid"],
    "actor": ["process", "user", "invoked_by", "session", "application", "idp"],
    "entity": ["name", "uid", "device", "user", "group", "org", "policy", "email"],
    "src_endpoint": ["ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"],
}
ACTIVITIES = {3002: {0, 1, 2, 3, 4, 5, 6, 7, 99}, 3004: {*range(14), 99}, 6003: {0, 1, 2, 3, 4, 99}}
USER_TYPES = {0, 1, 2, 3, 4, 99}

ACTS = [
    (Act(ANA, "session.began", "session"), 300201, 1),
    (Act(NOBODY, "sign_in.failed", "account", "ana@example.com", "failed"), 300201, 2),
    (Act(ANA, "session.ended", "session"), 300202, 1),
    (Act(ANA, "session.stepped_up", "session"), 300299, 1),
    (Act(ANA, "key.created", "key", "ci"), 300401, 1),
    (Act(ANA, "audit.exported", "audit"), 300402, 1),
    (Act(COMMAND_LINE, "configuration.applied", "", ""), 300403, 1),
    (Act(SYSTEM, "team.deleted", "team", "research"), 300404, 1),
    (Act(ANA, "user.suspended", "user", "bob"), 300412, 1),
    (Act(ANA, "user.resumed", "user", "bob"), 300413, 1),
    (
        Act(Actor("service_account", "key", CHAIN, None, "ci-bot"), "model.use_denied", "model", "m", "denied"),
        600399,
        2,
    ),
    (Act(Actor("agent", "key", CHAIN), "key.created", "key", "x", "denied"), 600399, 2),
]


@pytest.mark.parametrize(("act", "type_uid", "status_id"), ACTS, ids=[act.action for act, *_ in ACTS])
def test_an_event_has_its_class_and_all_that_the_schema_requires(act: Act, type_uid: int, status_id: int) -> None:
    [link] = make_chain(CHAIN, [act])

    said: dict[str, Any] = ocsf_event(link)

    class_uid = type_uid // 100
    assert (said["type_uid"], said["status_id"]) == (type_uid, status_id)
    assert (said["class_uid"], said["category_uid"]) == (class_uid, class_uid // 1000)
    assert said["activity_id"] == type_uid % 100
    assert said["activity_id"] in ACTIVITIES[class_uid]
    objects = {"every class": said, class_uid: said, "product": said["metadata"]["product"]}
    objects |= {name: said[name] for name in REQUIRED.keys() | AT_LEAST_ONE.keys() if name in said}
    objects["user"] = said["user"] if class_uid == 3002 else said["actor"]["user"]
    assert [(name, m) for name, found in objects.items() for m in REQUIRED.get(name, []) if m not in found] == []
    assert [n for n, found in objects.items() if n in AT_LEAST_ONE and not set(AT_LEAST_ONE[n]) & set(found)] == []
    assert objects["user"]["type_id"] in USER_TYPES
    assert all(found != "" for found in [*objects["user"].values(), *said.get("entity", {}).values()])


def test_the_time_is_in_milliseconds_and_the_address_an_address() -> None:
    [link] = make_chain(CHAIN, [Act(ANA, "session.began")])

    said: dict[str, Any] = ocsf_event(link)

    assert datetime.fromtimestamp(said["time"] / 1000, UTC) == link.event.at.replace(microsecond=0)
    assert said["src_endpoint"] == {"ip": "203.0.113.9"}
    assert said["metadata"]["version"] == "1.9.0"
    assert said["metadata"]["sequence"] == 1


def test_the_event_itself_goes_with_it_to_be_verified() -> None:
    [link] = make_chain(CHAIN, [Act(ANA, "key.created", "key", "ci", detail={"grace_s": 60})])

    assert ocsf_event(link)["raw_data"] == event_line(link).decode()
