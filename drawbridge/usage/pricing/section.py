"""The section `prices` of `drawbridge.yaml`."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from drawbridge.config.located import Path
from drawbridge.config.sections import AnySection
from drawbridge.config.shape import Complaint
from drawbridge.config.stored import Rows, StoredSection
from drawbridge.usage.errors import PriceTimeError
from drawbridge.usage.pricing import store
from drawbridge.usage.pricing.compile import parse_begin
from drawbridge.usage.pricing.entries import LIST_CURRENCY, ExchangeRateEntry, PriceEntry, PricesEntry

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _complaints(entry: PricesEntry) -> Iterator[Complaint]:
    yield from _rate_complaints(entry.exchange_rates)
    worth = {rate.currency for rate in entry.exchange_rates}
    for name, row in entry.own.items():
        yield from _at(("own", name), _row_complaints(name, row, worth))
    for name, discount in entry.discounts.items():
        yield from _at(("discounts", name), _name_complaints(name))
        yield from _at(("discounts", name), _period_complaints(discount.valid_from, discount.valid_until))


def _row_complaints(name: str, row: PriceEntry, worth: set[str]) -> Iterator[Complaint]:
    yield from _name_complaints(name)
    yield from _period_complaints(row.valid_from, row.valid_until)
    if row.per_million is None and row.per_request is None and row.per_unit is None and row.per_hour is None:
        yield Complaint((), "prices nothing: give at least one of per_million, per_request, per_unit, per_hour.")
    if row.bands and row.per_million is None:
        yield Complaint(("bands",), "need per_million: it holds for shorter prompts.")
    seen: set[int] = set()
    for place, band in enumerate(row.bands):
        if band.above in seen:
            yield Complaint(("bands", place, "above"), f"{band.above} is the beginning of another band already.")
        seen.add(band.above)
    if row.currency != LIST_CURRENCY and row.currency not in worth:
        yield Complaint(("currency",), f"{row.currency} has no rate: add one to prices.exchange_rates.")


def _rate_complaints(rates: Iterable[ExchangeRateEntry]) -> Iterator[Complaint]:
    seen: set[tuple[str, int]] = set()
    for place, rate in enumerate(rates):
        where = ("exchange_rates", place)
        if rate.currency == LIST_CURRENCY:
            yield Complaint(
                (*where, "currency"), f"{LIST_CURRENCY} is what everything is counted in: it needs no rate."
            )
        if not float(rate.usd):
            yield Complaint((*where, "usd"), "must be more than 0.")
        try:
            begin = parse_begin(rate.valid_from)
        except PriceTimeError as error:
            yield Complaint((*where, "valid_from"), error.message)
            continue
        if (rate.currency, begin) in seen:
            yield Complaint((*where, "valid_from"), f"another rate of {rate.currency} begins then already.")
        seen.add((rate.currency, begin))


def _name_complaints(name: str) -> Iterator[Complaint]:
    if not _NAME.fullmatch(name):
        yield Complaint((), "is no name: use up to 100 letters, digits and . _ -, beginning with a letter or digit.")


def _period_complaints(valid_from: str | None, valid_until: str | None) -> Iterator[Complaint]:
    read: list[int] = []
    for setting, written in (("valid_from", valid_from), ("valid_until", valid_until)):
        if written is None:
            continue
        try:
            read.append(parse_begin(written))
        except PriceTimeError as error:
            yield Complaint((setting,), error.message)
    if len(read) == 2 and read[0] >= read[1]:
        yield Complaint(("valid_until",), "is not after valid_from: it would never hold.")


def _at(where: Path, complaints: Iterable[Complaint]) -> Iterator[Complaint]:
    for complaint in complaints:
        yield Complaint((*where, *complaint.path), complaint.message)


PRICING_SECTIONS: Final[tuple[AnySection, ...]] = (
    StoredSection(
        store.SECTION,
        PricesEntry,
        complaints=_complaints,
        # Its patterns may be about what does not exist yet.
        references=lambda _: (),
        rows=Rows(store.read_prices, store.write_prices, store.write_prices, store.clear_prices),
        is_single=True,
    ),
)
