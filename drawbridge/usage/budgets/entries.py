"""Budgets as they stand in `drawbridge.yaml`."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from drawbridge.config.secret_references import SecretReference

Every = Literal["day", "week", "month", "quarter", "year", "days", "total"]
Each = Literal["principal", "key", "project", "run"]
AtEnd = Literal["refuse", "downgrade", "wait"]

MOST_DAYS: Final = 3_660

_Text = Annotated[str, Meta(min_length=1)]
_Names = Annotated[tuple[_Text, ...], Meta(min_length=1)]


class PeriodEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How often a budget begins anew, by whose calendar."""

    every: Annotated[Every, Meta(description="`total` never begins anew; `days` does after so many days.")] = "month"
    days: Annotated[int | None, Meta(description="With every: days, how many.")] = None
    begins: Annotated[str | None, Meta(description="With every: days, the first day, such as 2026-01-01.")] = None
    zone: Annotated[str, Meta(description="The time zone in which a day begins, such as Europe/Berlin.")] = "UTC"


class AtEndEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What becomes of a call for which a hard budget has not room."""

    do: Annotated[AtEnd, Meta(description="Refuse it, make it with a cheaper model, or let it wait a while.")] = (
        "refuse"
    )
    model: Annotated[_Text | None, Meta(description="With do: downgrade, the model that is called instead.")] = None
    seconds: Annotated[int, Meta(description="With do: wait, how long at most.", ge=1, le=600)] | None = None


class AlertEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Whom to tell when so much of a budget is spent."""

    at_percent: Annotated[int, Meta(ge=1, le=1000)]
    webhook: Annotated[_Text | None, Meta(description="An https address that gets a JSON message.")] = None
    secret: Annotated[SecretReference | None, Meta(description="What signs the message (HMAC-SHA256).")] = None
    mail: Annotated[_Text | None, Meta(description="An e-mail address.")] = None


class BudgetEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How much may be spent by whom, on what, in which time."""

    of: Annotated[
        _Text,
        Meta(description="organisation, or user: (service_account:, agent:, group:, team:, project:) and a name."),
    ] = "organisation"
    each: Annotated[Each | None, Meta(description="Everyone of this kind within it has the amount for themselves.")] = (
        None
    )
    models: Annotated[_Names | None, Meta(description="Only calls of these models, * for any characters.")] = None
    products: Annotated[_Names | None, Meta(description="Only calls through these products.")] = None
    limit_usd: Annotated[str, Meta(description='Such as "500" or "0.50".')]
    hard: Annotated[bool, Meta(description="Whether calls are refused when it is spent, or only counted.")] = True
    period: PeriodEntry = PeriodEntry()
    at_end: AtEndEntry = AtEndEntry()
    alerts: tuple[AlertEntry, ...] = ()
    owner: Annotated[_Text | None, Meta(description="Who decides on requests for more, such as user:ana.")] = None
