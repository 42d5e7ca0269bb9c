"""The command for prices: what models cost, and where their prices come from."""

from datetime import datetime
from typing import Annotated

import msgspec
import typer

from drawbridge.config.terminal import OpenInstallation, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.text import require_printable
from drawbridge.gateway.known_models import load_models
from drawbridge.gateway.price_list import list_prices
from drawbridge.policy.notation import parse_moment
from drawbridge.usage.pricing.shown import ShownPrice

_COLUMNS = ("model", "deployment", "tier", "prompts above", "per million tokens", "beside", "from")


def add_prices_command(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    """Add `prices` to a command line."""

    @app.command("prices")
    def prices_command(
        model: Annotated[str | None, typer.Argument(help="Only this model.")] = None,
        at: Annotated[
            str | None, typer.Option(help="At this time, such as 2026-01-01T00:00:00Z; now if left out.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    ) -> None:
        """Show what models cost, in dollars, and where each price comes from."""
        require_printable(model or "", "The model")
        when = clock.now() if at is None else parse_moment(at)
        shown = run_command(_listed(open_installation, when, model))
        if as_json:
            typer.echo(msgspec.json.format(msgspec.json.encode(shown)).decode())
        else:
            show_table(f"Prices at {when:%Y-%m-%d %H:%M %Z}", _COLUMNS, [_row(price) for price in shown])

    del prices_command  # The app holds it.


async def _listed(open_installation: OpenInstallation, at: datetime, model: str | None) -> list[ShownPrice]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return list_prices(await load_models(connection, here.organisation_id), at, model)


def _row(price: ShownPrice) -> tuple[str, ...]:
    beside = {} if price.per_request is None else {"request": price.per_request}
    return (
        price.model,
        price.deployment,
        price.tier,
        str(price.above_input_tokens) if price.above_input_tokens else "-",
        _amounts(price.per_million) or "-",
        _amounts(beside | price.per_unit) or "-",
        _origin(price),
    )


def _amounts(amounts: dict[str, str]) -> str:
    return ", ".join(f"{name} ${amount}" for name, amount in amounts.items())


def _origin(price: ShownPrice) -> str:
    if price.unknown == "refused":
        return "unknown: calls are refused"
    if price.unknown is not None:
        return "unknown: unpriced" if price.unknown == "unpriced" else f"unknown: {price.price_id}"
    return f"{price.price_id} ({price.source})" if price.source else str(price.price_id)
