"""The section of `drawbridge.yaml` for budgets."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from drawbridge.config.located import Path
from drawbridge.config.sections import SECRETS, AnySection, Reference, Taken
from drawbridge.config.shape import Complaint
from drawbridge.config.stored import StoredSection
from drawbridge.core.money import written_usd
from drawbridge.policy.complaints import SECTION_OF
from drawbridge.policy.errors import NotationError
from drawbridge.policy.notation import parse_usd, parse_zone
from drawbridge.usage.budgets.entries import MOST_DAYS, AlertEntry, AtEndEntry, BudgetEntry, PeriodEntry
from drawbridge.usage.budgets.notation import concerned_by, parse_day, parse_of, parse_principal
from drawbridge.usage.budgets.store import BUDGET_ROWS

BUDGETS: Final = "budgets"
_WEBHOOK: Final = re.compile(r"https://[^\s/?#@\x00-\x1f]+([/?][^\s\x00-\x1f]*)?")
_MAIL: Final = re.compile(r"[!-~]+@[!-~]+")


def budget_complaints(entry: BudgetEntry) -> Iterator[Complaint]:
    """Name what is wrong with a budget, apart from references to what does not exist."""
    yield from _misread(parse_of, entry.of, ("of",))
    yield from _misread(parse_usd, entry.limit_usd, ("limit_usd",))
    if entry.owner is not None:
        yield from _misread(parse_principal, entry.owner, ("owner",))
    yield from _period_complaints(entry.period)
    yield from _ending_complaints(entry.at_end, is_hard=entry.hard)
    for place, alert in enumerate(entry.alerts):
        yield from _alert_complaints(alert, ("alerts", place))


def budget_references(entry: BudgetEntry) -> Iterator[Reference]:
    """Name the objects that a budget needs."""
    if (subject := parse_of(entry.of)) is not None:
        yield Reference(SECTION_OF[subject.kind], subject.name, ("of",))
    if entry.owner is not None:
        owner = parse_principal(entry.owner)
        yield Reference(SECTION_OF[owner.kind], owner.name, ("owner",))
    if entry.at_end.model is not None:
        yield Reference("models", entry.at_end.model, ("at_end", "model"))
    for place, alert in enumerate(entry.alerts):
        if alert.secret is not None and alert.secret.stored is not None:
            yield Reference(SECRETS, alert.secret.stored, ("alerts", place, "secret", "stored"))


def _period_complaints(period: PeriodEntry) -> Iterator[Complaint]:
    yield from _misread(parse_zone, period.zone, ("period", "zone"))
    if period.every != "days":
        for setting, value in (("days", period.days), ("begins", period.begins)):
            if value is not None:
                yield Complaint(
                    ("period", setting), f"is for 'every: days', and this says {period.every}: leave it out."
                )
        return
    if period.days is None or not 1 <= period.days <= MOST_DAYS:
        yield Complaint(("period",), f"'every: days' needs 'days', how many: from 1 to {MOST_DAYS}.")
    if period.begins is None:
        yield Complaint(("period",), "'every: days' needs 'begins', the first day, such as 2026-01-01.")
    else:
        yield from _misread(parse_day, period.begins, ("period", "begins"))


def _ending_complaints(at_end: AtEndEntry, *, is_hard: bool) -> Iterator[Complaint]:
    if not is_hard and at_end != AtEndEntry():
        yield Complaint(
            ("at_end",), "is for hard budgets, and this one only counts: leave it out, or say 'hard: true'."
        )
    for setting, value, wanted in (("model", at_end.model, "downgrade"), ("seconds", at_end.seconds, "wait")):
        if (value is not None) != (at_end.do == wanted):
            yield Complaint(("at_end",), f"'{setting}' goes with 'do: {wanted}', and only with that.")


def _alert_complaints(alert: AlertEntry, path: Path) -> Iterator[Complaint]:
    if alert.webhook is None and alert.mail is None:
        yield Complaint(path, "says nobody to tell: set 'webhook' or 'mail'.")
    if alert.webhook is not None and not _WEBHOOK.fullmatch(alert.webhook):
        yield Complaint((*path, "webhook"), "is an address that begins with https:// and names a host.")
    if alert.mail is not None and not _MAIL.fullmatch(alert.mail):
        yield Complaint((*path, "mail"), "is an e-mail address.")
    if alert.secret is not None and alert.webhook is None:
        yield Complaint((*path, "secret"), "signs what a webhook is sent: set 'webhook', or leave it out.")
    if alert.secret is not None and [alert.secret.env, alert.secret.file, alert.secret.stored].count(None) != 2:
        yield Complaint((*path, "secret"), "must have exactly one of env, file, stored.")


def _misread(parse: Callable[[str], object], written: str, path: Path) -> Iterator[Complaint]:
    try:
        parse(written)
    except NotationError as error:
        yield Complaint(path, error.message)


def _from_process(entry: BudgetEntry) -> Iterator[Taken]:
    """Name the variables and files of secrets: what is signed by one tells whether a guess of it is right."""
    for place, alert in enumerate(entry.alerts):
        secret = alert.secret
        if secret is not None and secret.stored is None:
            what = f"file:{secret.file}" if secret.env is None else f"env:{secret.env}"
            yield Taken(("alerts", place, "secret"), what, alert.webhook or "")


def _in_full(entry: BudgetEntry) -> BudgetEntry:
    """Write the amount in one way: 0.50 is 0.5."""
    return msgspec.structs.replace(entry, limit_usd=written_usd(parse_usd(entry.limit_usd)))


BUDGET_SECTIONS: Final[Iterable[AnySection]] = (
    StoredSection(
        BUDGETS,
        BudgetEntry,
        complaints=budget_complaints,
        in_full=_in_full,
        from_process=_from_process,
        concerns=lambda entry: (concerned_by(entry.of),),
        references=budget_references,
        rows=BUDGET_ROWS,
    ),
)
