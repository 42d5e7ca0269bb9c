"""Events in the Open Cybersecurity Schema Framework, version 1.9.0 (https://schema.ocsf.io/1.9.0, read 2026-11-23).

Sessions are Authentication (3002), what was denied is API Activity (6003), every other act is Entity Management (3004).
The event as the record has it is kept in `raw_data`, so that it can still be verified.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

import msgspec

from drawbridge import __version__
from drawbridge.audit.acts import Actor, ActorKind
from drawbridge.audit.canonical import Json
from drawbridge.audit.events import Event, Link
from drawbridge.audit.lines import event_line

VERSION: Final = "1.9.0"
AUTHENTICATION: Final = 3002
ENTITY_MANAGEMENT: Final = 3004
API_ACTIVITY: Final = 6003

_OTHER: Final = 99
_CLASS_NAMES: Final = {
    AUTHENTICATION: "Authentication",
    ENTITY_MANAGEMENT: "Entity Management",
    API_ACTIVITY: "API Activity",
}
_CATEGORY_NAMES: Final = {3: "Identity & Access Management", 6: "Application Activity"}
_LOGON: Final = {"began": (1, "Logon"), "failed": (1, "Logon"), "ended": (2, "Logoff"), "revoked": (2, "Logoff")}
_VERBS: Final = {
    "created": (1, "Create"),
    "added": (1, "Create"),
    "invited": (1, "Create"),
    "exported": (2, "Read"),
    "read": (2, "Read"),
    "deleted": (4, "Delete"),
    "removed": (4, "Delete"),
    "suspended": (12, "Suspend"),
    "resumed": (13, "Resume"),
}
_UPDATE: Final = (3, "Update")
_USER_TYPES: Final[dict[ActorKind, tuple[int, str]]] = {
    "user": (1, "User"),
    "service_account": (4, "Service"),
    "agent": (_OTHER, "Agent"),
    "platform_administrator": (2, "Admin"),
    "operator": (2, "Admin"),
    "system": (3, "System"),
    "nobody": (0, "Unknown"),
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def ocsf_line(link: Link) -> bytes:
    """Write an event as one line of OCSF, without its end."""
    return msgspec.json.encode(ocsf_event(link))


def ocsf_event(link: Link) -> dict[str, Json]:
    """Say an event in OCSF."""
    event = link.event
    class_uid, (activity_id, activity) = _classified(event)
    category_uid = class_uid // 1000
    succeeded = event.outcome == "done"
    return {
        "class_uid": class_uid,
        "class_name": _CLASS_NAMES[class_uid],
        "category_uid": category_uid,
        "category_name": _CATEGORY_NAMES[category_uid],
        "activity_id": activity_id,
        "activity_name": activity,
        "type_uid": class_uid * 100 + activity_id,
        "type_name": f"{_CLASS_NAMES[class_uid]}: {activity}",
        "time": (event.at - _EPOCH) // timedelta(milliseconds=1),
        "severity_id": 1 if succeeded else 2,
        "severity": "Informational" if succeeded else "Low",
        "status_id": 1 if succeeded else 2,
        "status": "Success" if succeeded else "Failure",
        "status_detail": event.outcome,
        "message": " ".join(part for part in (event.action, event.object_kind, event.object_name) if part),
        "metadata": {
            "version": VERSION,
            "uid": str(event.id),
            "sequence": event.number,
            "event_code": event.action,
            "tenant_uid": str(event.chain),
            "log_name": "audit",
            "product": {"name": "Drawbridge", "vendor_name": "Drawbridge", "version": __version__},
        },
        **_members(class_uid, event),
        "raw_data": event_line(link).decode(),
    }


def _classified(event: Event) -> tuple[int, tuple[int, str]]:
    subject, _, verb = event.action.rpartition(".")
    if subject in ("session", "sign_in"):
        return AUTHENTICATION, _LOGON.get(verb, (_OTHER, event.action))
    if event.outcome == "denied":
        return API_ACTIVITY, (_OTHER, event.action)
    return ENTITY_MANAGEMENT, _VERBS.get(verb, _UPDATE)


def _members(class_uid: int, event: Event) -> dict[str, Json]:
    """Return what only events of this class have."""
    user, source = _user(event.actor), _source(event.actor)
    what = event.object_name or event.object_kind or event.action
    if class_uid == AUTHENTICATION:
        found: dict[str, Json] = {"user": user, "service": {"name": "Drawbridge"}, "src_endpoint": source}
        if event.actor.via == "session" and event.actor.via_id is not None:
            found["session"] = {"uid": str(event.actor.via_id)}
        return found
    if class_uid == API_ACTIVITY:
        return {
            "actor": {"user": user},
            "api": {"operation": event.action, "service": {"name": "Drawbridge"}},
            "resources": [{"name": what, "type": event.object_kind or "unknown"}],
            "src_endpoint": source,
        }
    # The detail stays in raw_data alone: its members differ for each kind of object.
    return {"actor": {"user": user}, "entity": {"name": what, "type": event.object_kind or "unknown"}}


def _user(actor: Actor) -> dict[str, Json]:
    type_id, kind = _USER_TYPES.get(actor.kind, (_OTHER, actor.kind))
    user: dict[str, Json] = {"name": actor.name or actor.kind, "type_id": type_id, "type": kind}
    if actor.principal_id is not None:
        user["uid"] = str(actor.principal_id)
    if actor.organisation_id is not None:
        user["org"] = {"uid": str(actor.organisation_id)}
    return user


def _source(actor: Actor) -> dict[str, Json]:
    """Return where it came from: at least one of the names of an endpoint has to be there."""
    try:
        return {"ip": str(ip_address(actor.address))}
    except ValueError:
        return {"name": actor.address or actor.via}
