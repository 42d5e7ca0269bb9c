"""The command that explains rights."""

from datetime import UTC
from typing import Annotated

import msgspec
import typer

from drawbridge.config.terminal import OpenInstallation, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.text import require_printable
from drawbridge.policy.conditions import DataClass
from drawbridge.policy.entries import ActionOrAll
from drawbridge.policy.errors import NotationError
from drawbridge.policy.inquiry import Answer, Asker, Inquiry, Models, Supposed
from drawbridge.policy.notation import parse_attributes, parse_moment, parse_named, parse_usd
from drawbridge.policy.rules import Action, Kind
from drawbridge.policy.shown import ExplanationBody, shown

_COLUMNS = ("grant", "effect", "for", "on", "applies", "because")


def add_explain_command(app: typer.Typer, open_installation: OpenInstallation, clock: Clock, models: Models) -> None:
    """Add `explain` to a command line."""

    @app.command("explain")
    def explain_command(
        who: Annotated[list[str], typer.Option(help="Name of a user, service account or agent; again for a chain.")],
        may: Annotated[ActionOrAll, typer.Option(help="What they would do.")] = "use",
        model: Annotated[str | None, typer.Option(help="On which model; on none at all lists the models.")] = None,
        provider: Annotated[str | None, typer.Option(help="On which provider.")] = None,
        key: Annotated[str | None, typer.Option(help="On which key, by its id.")] = None,
        on: Annotated[str | None, typer.Option(help="On anything else, such as user:ben, usage:*.")] = None,
        project: Annotated[str | None, typer.Option(help="With a key of this project.")] = None,
        product: Annotated[str | None, typer.Option(help="Through this product, such as api.")] = None,
        data_class: Annotated[DataClass | None, typer.Option(help="With data of this class.")] = None,
        where: Annotated[list[str] | None, typer.Option(help="Attribute of the resource, such as region=eu.")] = None,
        at: Annotated[str | None, typer.Option(help="At this time, such as 2026-01-01T08:00:00Z; else now.")] = None,
        cost_usd: Annotated[str | None, typer.Option(help="If it can cost this much, such as 0.50.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    ) -> None:
        """Say whether somebody may do something, by which rules, and the least that would turn the answer."""
        for written in (*who, project or "", model or "", provider or "", key or "", on or ""):
            require_printable(written, "A name")
        supposed = Supposed(
            now=clock.now() if at is None else parse_moment(at).astimezone(UTC),
            product=product,
            data_class=data_class,
            attributes=parse_attributes(where or ()),
            cost_nanousd=None if cost_usd is None else parse_usd(cost_usd),
        )
        asker = Asker(tuple(who), project)
        named = [f"{kind}:{name}" for kind, name in (("model", model), ("provider", provider), ("key", key)) if name]
        named += [on] if on else []
        if not named:
            _show_models(run_command(_models(open_installation, models, asker, supposed)), as_json)
            return
        action, resource = one_question(may, named)
        answer = run_command(_answer(open_installation, models, asker, (action, resource), supposed))
        _show(shown(answer), as_json)

    del explain_command  # The app holds it.


def one_question(may: ActionOrAll, named: list[str]) -> tuple[Action, tuple[Kind, str]]:
    """Return the one action on the one resource that is asked for. Raises NotationError."""
    if may == "*":
        raise NotationError("Ask for one action: use, read, manage or approve.")
    if len(named) != 1:
        raise NotationError(f"Ask for one resource, not for {', '.join(named) or 'none'}.")
    return may, parse_named(named[0])


async def _answer(
    open_installation: OpenInstallation,
    models: Models,
    asker: Asker,
    asked: tuple[Action, tuple[Kind, str]],
    supposed: Supposed,
) -> Answer:
    async with open_installation() as here, here.database.organisation(here.organisation_id, steady=True) as connection:
        return await Inquiry(connection, here.organisation_id, models).explain(asker, *asked, supposed)


async def _models(open_installation: OpenInstallation, models: Models, asker: Asker, supposed: Supposed) -> list[str]:
    async with open_installation() as here, here.database.organisation(here.organisation_id, steady=True) as connection:
        return await Inquiry(connection, here.organisation_id, models).usable_models(asker, supposed)


def _show_models(names: list[str], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"models": names})).decode())
    else:
        show_table("Models that they may use", ("model",), [(name,) for name in names])


def _show(body: ExplanationBody, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(body.model_dump(mode="json"))).decode())
        return
    typer.echo(body.in_words)
    if body.rules:
        rows = [
            (rule.grant, rule.effect, rule.subject, rule.resource, "yes" if rule.applies else "no", rule.because)
            for rule in body.rules
        ]
        show_table("Rules about it", _COLUMNS, rows)
    for deployment in body.deployments:
        typer.echo(f"{'may' if deployment.allowed else 'may not'} be used: deployment {deployment.name}")
    typer.echo(f"To turn the answer: {body.change.in_words}")
    if body.change.yaml:
        typer.echo(body.change.yaml, nl=False)
