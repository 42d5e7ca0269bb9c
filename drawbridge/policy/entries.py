"""Policy's entries in `drawbridge.yaml`: roles and grants."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from drawbridge.policy.conditions import DataClass, Weekday
from drawbridge.policy.rules import Effect

ActionOrAll = Literal["use", "read", "manage", "approve", "*"]

_Text = Annotated[str, Meta(min_length=1)]
_Actions = Annotated[tuple[ActionOrAll, ...], Meta(min_length=1, description="What may be done; * is all.")]
_Resources = Annotated[
    tuple[_Text, ...],
    Meta(min_length=1, description="On what: kind:name, where * stands for any characters; * alone is all."),
]


class PermissionEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Some actions on some resources."""

    may: _Actions
    on: _Resources


class RoleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A named set of permissions."""

    description: Annotated[str, Meta(description="What the role is for.")] = ""
    permissions: Annotated[tuple[PermissionEntry, ...], Meta(min_length=1)]


class HoursEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the week. One that ends before it begins goes on after midnight."""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1, description="The days on which it begins.")]
    begins: Annotated[str, Meta(description="Such as 08:00.")]
    ends: Annotated[str, Meta(description="Such as 18:00; 24:00 is midnight.")]
    zone: Annotated[str, Meta(description="A time zone's name, such as Europe/Berlin.")]


_Values = Annotated[tuple[_Text, ...], Meta(min_length=1)]


class ConditionsEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What must hold for a grant to apply: everything that is stated."""

    products: Annotated[_Values | None, Meta(description="Through one of these products.")] = None
    data_classes: Annotated[tuple[DataClass, ...], Meta(min_length=1, description="With data of these classes.")] | (
        None
    ) = None
    where: Annotated[
        dict[str, _Values], Meta(description="Attributes of the resource, such as region, each with allowed values.")
    ] = {}
    where_not: Annotated[
        dict[str, _Values], Meta(description="Attributes of the resource, each with the values it must not have.")
    ] = {}
    hours: Annotated[tuple[HoursEntry, ...], Meta(description="At some time within one of these.")] = ()
    not_before: Annotated[str | None, Meta(description="From this time on, such as 2026-01-01T00:00:00Z.")] = None
    not_after: Annotated[str | None, Meta(description="Until this time.")] = None
    cost_at_most_usd: Annotated[str | None, Meta(description='If it can cost no more than this, such as "0.50".')] = (
        None
    )
    cost_above_usd: Annotated[str | None, Meta(description="If it can cost more than this.")] = None


class GrantEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Who may, or may not, do what: by a role, or by `may` and `on`."""

    effect: Annotated[Effect, Meta(description="Deny wins over allow.")] = "allow"
    to: Annotated[
        _Text | Annotated[tuple[_Text, ...], Meta(min_length=1)],
        Meta(
            description="everyone, or user: (service_account:, agent:, group:, team:, project:) and a name; or a list."
        ),
    ]
    role: Annotated[_Text | None, Meta(description="Name of a role.")] = None
    may: _Actions | None = None
    on: _Resources | None = None
    within: Annotated[
        _Text | None, Meta(description="Only on what belongs to this team, or one below it: team: and its name.")
    ] = None
    when: Annotated[ConditionsEntry, Meta(description="Only if all of this holds.")] = ConditionsEntry()
    reason: Annotated[str, Meta(description="What a refused person is told: why, and whom to ask.")] = ""


def subjects_of(entry: GrantEntry) -> tuple[str, ...]:
    """Return whom a grant is made to, each as `everyone` or `kind:name`."""
    return (entry.to,) if isinstance(entry.to, str) else entry.to


def grant_in_full(entry: GrantEntry) -> GrantEntry:
    """Write the subjects as a list."""
    return msgspec.structs.replace(entry, to=subjects_of(entry))


def grant_in_short(entry: GrantEntry) -> GrantEntry:
    """Write a single subject without a list."""
    subjects = subjects_of(entry)
    return msgspec.structs.replace(entry, to=subjects[0]) if len(subjects) == 1 else entry
