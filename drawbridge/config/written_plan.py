"""A plan as JSON: for `--json`, and for the API."""

import hashlib
from typing import Any

import msgspec

from drawbridge.config.plan import Change, Plan

# Any: JSON.
Json = dict[str, Any]


def plan_as_json(plan: Plan) -> Json:
    """Return a plan for JSON: values before and after as they are, null where there is none."""
    return {"plan_id": plan_id(plan), "changes": [_change(change) for change in plan.changes]}


def plan_id(plan: Plan) -> str:
    """Return what names a plan: the same for the same changes to the same state."""
    said = msgspec.json.encode([[_change(change), change.entry] for change in plan.changes], order="sorted")
    return hashlib.sha256(said).hexdigest()[:32]


def _change(change: Change) -> Json:
    return {
        "action": change.action,
        "section": change.section,
        "name": change.name,
        "differences": [
            {"field": difference.field, "before": _value(difference.before), "after": _value(difference.after)}
            for difference in change.differences
        ],
        "goes_with_it": change.goes_with_it or None,
    }


# Any: a value of any setting.
def _value(written: str) -> Any:
    return msgspec.json.decode(written) if written else None
