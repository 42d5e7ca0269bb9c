"""Prices in the file: what is refused, and what an apply leaves behind."""

import pytest
from sqlalchemy import text

from drawbridge.config.apply import apply_document, read_world
from drawbridge.config.document import parse_document
from drawbridge.config.errors import DocumentError
from drawbridge.config.export import export_document
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.usage.pricing.section import PRICING_SECTIONS

FLAT = 'per_million: {input: "1", output: "2"}'
RATE = "{currency: EUR, usd: '1', valid_from: '2026-01-01'}"
EXAMPLE = f"""\
version: 1
prices:
  own:
    house: {{provider: vllm-*, tier: batch, {FLAT}, source: order 7}}
  discounts:
    volume: {{provider: openai, percent: "7.5"}}
  unknown: refuse
"""


@pytest.mark.parametrize(
    ("prices", "complaint"),
    [
        ("{own: {a: {provider: v}}}", "prices nothing"),
        ("{own: {a: {provider: v, per_million: {input: '1'}}}}", "'output' is missing"),
        ("{own: {a: {provider: v, per_request: '-1'}}}", "'-1' is not written as it must be"),
        ("{own: {a: {provider: v, per_request: 1.5}}}", "must be text, not the number 1.5"),
        ("{own: {a: {provider: v, per_request: '1', source: " + 201 * "x" + "}}}", "at most 200 characters"),
        ("{own: {a: {provider: v, per_request: '1', bands: [{above: 9, " + FLAT + "}]}}}", "need per_million"),
        (
            "{own: {a: {provider: v, " + FLAT + ", bands: [{above: 9, " + FLAT + "}, {above: 9, " + FLAT + "}]}}}",
            "9 is the beginning of another band already",
        ),
        ("{own: {'a/b': {provider: v, per_request: '1'}}}", "is no name"),
        ("{own: {a: {provider: v, per_request: '1', currency: EUR}}}", "EUR has no rate"),
        ("{own: {a: {provider: v, per_request: '1', valid_from: yesterday}}}", "no time at which a price can change"),
        ("{own: {a: {provider: v, per_request: '1', valid_from: '2026-01-01T00:00:30Z'}}}", "no time at which"),
        ("{own: {a: {provider: v, per_request: '1', valid_from: '2026-01-01T00:00'}}}", "no time at which"),
        (
            "{own: {a: {provider: v, per_request: '1', valid_from: '2026-02-01', valid_until: '2026-02-01'}}}",
            "is not after valid_from",
        ),
        ("{discounts: {a: {provider: v, percent: '101'}}}", "'101' is not written as"),
        ("{discounts: {a: {provider: v, percent: '100.5'}}}", "'100.5' is not written as"),
        ("{exchange_rates: [{currency: USD, usd: '1', valid_from: '2026-01-01'}]}", "it needs no rate"),
        ("{exchange_rates: [{currency: EUR, usd: '0.00', valid_from: '2026-01-01'}]}", "must be more than 0"),
        ("{exchange_rates: [{currency: eur, usd: '1', valid_from: '2026-01-01'}]}", "'eur' is not written as"),
        (
            "{exchange_rates: [" + RATE + ", {currency: EUR, usd: '2', valid_from: '2026-01-01T00:00Z'}]}",
            "another rate of EUR begins then already",
        ),
        ("{unknown: free}", "unknown"),
        ("{unknown: {ceiling: {}}}", "'per_million' is missing"),
    ],
)
def test_what_cannot_be_meant_is_refused(prices: str, complaint: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_document(f"version: 1\nprices: {prices}\n", "drawbridge.yaml", PRICING_SECTIONS)

    assert complaint in str(refused.value)


async def test_prices_are_applied_once_and_exported_as_they_were_written(
    database: Database, organisation_id: OrganisationId
) -> None:
    async def apply(written: str) -> int:
        document = parse_document(written, "drawbridge.yaml", PRICING_SECTIONS)
        return len((await apply_document(database, organisation_id, PRICING_SECTIONS, document)).changes)

    first, again = await apply(EXAMPLE), await apply(EXAMPLE)
    async with database.organisation(organisation_id) as connection:
        exported = export_document(PRICING_SECTIONS, await read_world(connection, organisation_id, PRICING_SECTIONS))
    nothing_left = await apply("version: 1\n")

    assert (first, again) == (1, 0)
    assert "house:" in exported
    assert parse_document(exported, "export", PRICING_SECTIONS).entries == (
        parse_document(EXAMPLE, "drawbridge.yaml", PRICING_SECTIONS).entries
    )
    assert nothing_left == 1


async def test_every_row_that_ever_held_is_kept_for_whoever_reckons_a_cost_again(
    database: Database, organisation_id: OrganisationId
) -> None:
    for price in ("1", "2", "2"):
        written = f'version: 1\nprices: {{own: {{house: {{provider: v, per_request: "{price}"}}}}}}\n'
        document = parse_document(written, "drawbridge.yaml", PRICING_SECTIONS)
        await apply_document(database, organisation_id, PRICING_SECTIONS, document)

    async with database.organisation(organisation_id) as connection:
        query = text("select row->>'per_request' as price from price_row where name = 'house' order by price")
        kept = [row.price for row in await connection.execute(query)]
    assert kept == ["1", "2"]
