"""What an apply tells the audit record: one act for each object that it changes, and one for itself."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from drawbridge.config.plan import Change, Plan
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection

_PAST: Final = {"create": "created", "update": "updated", "adopt": "adopted", "delete": "deleted"}
_LARGEST_DETAIL_BYTES: Final = 7 * 1024
"""As JSON. The record takes 8 KB, and who did it is still to be added."""


@dataclass(frozen=True, slots=True)
class ConfigAct:
    """Something that was done to the configuration, without who did it."""

    action: str
    """Object and verb in the past, such as `provider.created`."""
    object_kind: str
    object_name: str
    # Any JSON value: what changed, as the file would say it. Secrets stand in no file.
    detail: Mapping[str, object]


Record = Callable[[AsyncConnection, OrganisationId, ConfigAct], Awaitable[None]]
"""Takes an act down, in the transaction of the act itself."""


def acts_of(plan: Plan, source: str) -> Iterator[ConfigAct]:
    """Name everything that carrying out a plan does; `source` is the name of the file or folder."""
    counts = Counter(change.action for change in plan.changes)
    yield ConfigAct("configuration.applied", "configuration", source, {**counts})
    yield from map(act_of, plan.changes)


def export_act(*, everything: bool) -> ConfigAct:
    """Name that somebody takes out the configuration: what a file manages, or everything."""
    return ConfigAct("configuration.exported", "configuration", "", {"everything": everything})


def act_of(change: Change) -> ConfigAct:
    """Name what happens to one object."""
    kind = change.section.removesuffix("s")
    return ConfigAct(f"{kind}.{_PAST[change.action]}", kind, change.name, _detail(change))


def _detail(change: Change) -> Mapping[str, object]:
    if change.action == "delete":
        return {"with_it": change.goes_with_it} if change.goes_with_it else {}
    if change.action == "create":
        return _bounded({"entry": change.entry}, ())
    changed = {
        difference.field: {"before": _raw(difference.before), "after": _raw(difference.after)}
        for difference in change.differences
    }
    return _bounded({"changed": changed}, tuple(changed)) if changed else {}


def _bounded(detail: Mapping[str, object], fields: tuple[str, ...]) -> Mapping[str, object]:
    """Return a detail as plain values, or, where it is too long to be kept, the names of the fields alone."""
    written = msgspec.json.encode(detail)
    if len(written) > _LARGEST_DETAIL_BYTES:
        return {"too_long_to_show": list(fields)[:100] or True}
    # Any: JSON of a mapping is a mapping.
    plain: dict[str, object] = msgspec.json.decode(written, type=dict[str, object])
    return plain


def _raw(written: str) -> msgspec.Raw | None:
    return msgspec.Raw(written.encode()) if written else None
