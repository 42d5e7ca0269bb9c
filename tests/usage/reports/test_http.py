import csv
import io
from collections.abc import AsyncIterator, Mapping

import pytest
from msgspec import structs

from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.store import create_principal
from drawbridge.usage.report import UsageRow
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.parts.admin import Asker, admin_api, asking
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation
from tests.usage.attempts import make_intent, make_settlement


@pytest.fixture
async def organisation_id(database: Database) -> OrganisationId:
    return await make_organisation(database)


@pytest.fixture
async def ana(database: Database, organisation_id: OrganisationId) -> PrincipalId:
    async with database.change(organisation_id) as connection:
        return await create_principal(connection, organisation_id, "user", "ana")


@pytest.fixture
async def asker(database: Database, organisation_id: OrganisationId, ana: PrincipalId) -> AsyncIterator[Asker]:
    clock = HeldClock()
    key = await Keyring(database, clock).create(organisation_id, KeyRequest("ana", admin=True))
    del ana
    async with asking(admin_api(database, clock), key.text) as asker:
        yield asker


async def _book(database: Database, organisation_id: OrganisationId, *known: Mapping[str, object]) -> None:
    lines: list[bytes] = []
    for one in known:
        intent = structs.replace(make_intent(), organisation_id=organisation_id, **one)
        lines.append(copy_line(intent, make_settlement(intent.attempt_id)))
    await UsageStore(database).book(lines, "nobody")


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_totals_come_by_several_dimensions_and_the_same_as_csv(
    database: Database, organisation_id: OrganisationId, ana: PrincipalId, asker: Asker
) -> None:
    await _book(database, organisation_id, {"model": "fast", "principal_id": ana}, {"model": "slow"}, {"model": "slow"})

    reply = await asker.ask("GET", "/api/usage/totals?by=person&by=model")
    written = await asker.ask("GET", "/api/usage/totals?by=person&by=model", headers={"accept": "text/csv"})

    told = reply.json()
    assert told["by"] == ["principal", "model"]
    assert told["is_complete"] is True
    assert {(total["group"]["model"], total["attempts"]) for total in told["totals"]} == {("fast", 1), ("slow", 2)}
    assert written.headers["content-type"] == "text/csv; charset=utf-8"
    rows = _read(written.text)
    assert [(row["principal"], row["model"], int(row["cost_nanousd"])) for row in rows] == [
        (total["group"]["principal"], total["group"]["model"], total["cost_nanousd"]) for total in told["totals"]
    ]
    assert ("ana", str(ana)) in {(row["principal"], row["principal_id"]) for row in rows}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum(a1)", "\N{FULLWIDTH EQUALS SIGN}1"])
async def test_a_name_is_no_formula_in_a_spreadsheet(
    database: Database, organisation_id: OrganisationId, asker: Asker, name: str
) -> None:
    await _book(database, organisation_id, {"model": name, "session_id": f'a",{name}'})

    [total] = _read((await asker.ask("GET", "/api/usage/totals?by=model&format=csv")).text)
    [event] = _read((await asker.ask("GET", "/api/usage?format=csv")).text)

    assert (total["model"], event["model"]) == (f"'{name}", f"'{name}")
    assert event["session_id"] == f'a",{name}'


async def test_csv_has_every_event_however_many_pages_they_fill(
    database: Database, organisation_id: OrganisationId, asker: Asker
) -> None:
    await _book(database, organisation_id, *({"model": f"m{number}"} for number in range(1_001)))

    rows = _read((await asker.ask("GET", "/api/usage?format=csv")).text)

    assert [row["model"] for row in rows] == [f"m{number}" for number in reversed(range(1_001))]
    assert set(rows[0]) == {*UsageRow.__struct_fields__, "cost_usd"} - {"lost"}


async def test_everybody_sees_what_they_used_themselves_and_nothing_of_others(
    database: Database, organisation_id: OrganisationId, ana: PrincipalId, asker: Asker
) -> None:
    somebody = PrincipalId(uuid7())
    await _book(
        database,
        organisation_id,
        {"model": "mine", "principal_id": ana},
        {"model": "theirs", "principal_id": somebody},
    )

    events = await asker.get("/api/me/usage", principal_id=str(somebody))
    totals = await asker.get("/api/me/usage/totals", principal_id=str(somebody))

    assert [event["model"] for event in events["usage"]] == ["mine"]
    assert [total["group"] for total in totals["totals"]] == [{"model": "mine"}]


async def test_a_dimension_that_there_is_not_is_a_message(asker: Asker) -> None:
    reply = await asker.ask("GET", "/api/usage/totals?by=shoe_size")

    assert reply.status_code == 422
