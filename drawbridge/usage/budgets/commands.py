"""The commands for budgets: how they stand, requests for more, and workers that are silent."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.config.terminal import Installation, OpenInstallation, ResultT, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.money import Nanousd, format_usd
from drawbridge.core.paging import LARGEST_PAGE_SIZE, PageRequest
from drawbridge.core.text import require_printable
from drawbridge.identity.errors import unknown_principal
from drawbridge.identity.store import find_principal
from drawbridge.usage.budgets.lessees.store import SilentLessee, release_lessee, silent_lessees
from drawbridge.usage.budgets.requests.asking import Asking, Requests, Verdict
from drawbridge.usage.budgets.requests.records import BudgetRequest, WantedMore
from drawbridge.usage.budgets.requests.store import list_requests
from drawbridge.usage.budgets.state.reading import BudgetStates
from drawbridge.usage.budgets.state.records import WindowState

_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_Id = Annotated[UUID, typer.Argument(metavar="ID", help="As `budgets requests` lists it.")]
_Answer = Annotated[str, typer.Option(help="What to say with it.")]

_STATE_COLUMNS = ("budget", "of", "limit", "spent", "held", "left", "forecast", "begins", "ends", "notes")
_REQUEST_COLUMNS = ("id", "budget", "asked by", "more", "reason", "state", "asked at", "decided by")
_LESSEE_COLUMNS = ("worker", "silent since", "holds")


def budgets_app(open_installation: OpenInstallation, clock: Clock) -> typer.Typer:
    """Make the command group `budgets`."""
    app = typer.Typer(help="Budgets: how they stand, and requests for more.", invoke_without_command=True)
    _add_states(app, open_installation, clock)
    _add_asking(app, open_installation, clock)
    _add_requests(app, open_installation)
    _add_deciding(app, open_installation, clock)
    _add_lessees(app, open_installation)
    return app


def _add_states(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    @app.callback()
    def states_command(context: typer.Context, as_json: _Json = False) -> None:
        """Show what is spent, held and left of every budget, and what it will come to."""
        if context.invoked_subcommand is not None:
            return

        async def read(here: Installation) -> list[WindowState]:
            return await BudgetStates(here.database, clock).all(here.organisation_id)

        states = _run(open_installation, read)
        _show(
            [_state_mapping(state) for state in states], "Budgets", _STATE_COLUMNS, [*map(_state_row, states)], as_json
        )

    del states_command  # The app holds it.


def _add_asking(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    @app.command("request")
    def request_command(
        budget: Annotated[str, typer.Argument(metavar="NAME")],
        usd: Annotated[str, typer.Option(help="How much more, such as 50.")],
        who: Annotated[str, typer.Option(help="The user, service account or agent that needs it.")],
        reason: Annotated[str, typer.Option(help="What it is for.")] = "",
        key: Annotated[UUID | None, typer.Option(help="Of a budget for each key: for which one.")] = None,
        project: Annotated[str | None, typer.Option(help="Of a budget for each project: for which one.")] = None,
    ) -> None:
        """Ask for more of a budget, for somebody whose calls it counts."""
        for text, what in ((budget, "The budget's name"), (who, "--who"), (project or "", "--project")):
            require_printable(text, what)

        async def ask(here: Installation) -> BudgetRequest:
            async with here.database.organisation(here.organisation_id) as connection:
                principal = await find_principal(connection, here.organisation_id, who)
            if principal is None:
                raise unknown_principal(who)
            asking = Asking(principal.id, f"{principal.kind}:{principal.name}", COMMAND_LINE)
            wanted = WantedMore(budget, usd, reason, key, project)
            return await Requests(here.database, clock).ask(here.organisation_id, asking, wanted)

        request = _run(open_installation, ask)
        typer.echo(f"Asked for {format_usd(request.amount)} more of budget {request.budget}, as request {request.id}.")

    del request_command  # The app holds it.


def _add_requests(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.command("requests")
    def requests_command(
        everything: Annotated[bool, typer.Option("--all", help="Those that are decided, too.")] = False,
        limit: Annotated[int, typer.Option(min=1, max=LARGEST_PAGE_SIZE, help="Most requests to show.")] = 50,
        as_json: _Json = False,
    ) -> None:
        """List requests for more, the newest first."""

        async def read(here: Installation) -> Sequence[BudgetRequest]:
            async with here.database.organisation(here.organisation_id) as connection:
                state = None if everything else "open"
                page = await list_requests(connection, here.organisation_id, PageRequest(limit), state=state)
            return page.items

        requests = _run(open_installation, read)
        rows = [*map(_request_row, requests)]
        _show([_request_mapping(request) for request in requests], "Requests", _REQUEST_COLUMNS, rows, as_json)

    del requests_command  # The app holds it.


def _add_deciding(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    def decide(request_id: UUID, verdict: Verdict, answer: str) -> BudgetRequest:
        async def work(here: Installation) -> BudgetRequest:
            deciding = (COMMAND_LINE, _may_decide_on_anything)
            return await Requests(here.database, clock).decide(
                here.organisation_id, request_id, verdict, answer, deciding
            )

        return _run(open_installation, work)

    @app.command("approve")
    def approve_command(request_id: _Id, answer: _Answer = "") -> None:
        """Let more be spent of the budget's present window, and of no later one."""
        request = decide(request_id, "approved", answer)
        typer.echo(f"Budget {request.budget} has {format_usd(request.amount)} more now, as {request.asked_by} asked.")

    @app.command("refuse")
    def refuse_command(request_id: _Id, answer: _Answer = "") -> None:
        """Refuse a request."""
        request = decide(request_id, "refused", answer)
        typer.echo(f"Refused {format_usd(request.amount)} more of budget {request.budget} to {request.asked_by}.")

    del approve_command, refuse_command  # The app holds them.


def _may_decide_on_anything(_request: BudgetRequest) -> None:
    """Let whoever runs commands on the machine."""


def _add_lessees(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.command("lessees")
    def lessees_command(as_json: _Json = False) -> None:
        """List workers that have been silent for ten minutes, and hold something of budgets."""

        async def read(here: Installation) -> list[SilentLessee]:
            return await silent_lessees(here.database)

        found = _run(open_installation, read)
        rows = [(each.lessee, _as_time(each.reported_at), format_usd(each.held)) for each in found]
        mapped = [{"worker": each.lessee, "reported_at": each.reported_at, "held_nanousd": each.held} for each in found]
        _show(mapped, "Silent workers", _LESSEE_COLUMNS, rows, as_json)

    @app.command("release-lessee")
    def release_command(worker: Annotated[str, typer.Argument(metavar="WORKER")]) -> None:
        """Give back what a silent worker holds, of all organisations. Only where its files are lost for good."""
        require_printable(worker, "The worker's name")

        async def release(here: Installation) -> Nanousd:
            return await release_lessee(here.database, worker, COMMAND_LINE)

        typer.echo(f"Gave back {format_usd(_run(open_installation, release))} that {worker} held.")

    del lessees_command, release_command  # The app holds them.


def _run(
    open_installation: OpenInstallation, work: Callable[[Installation], Coroutine[None, None, ResultT]]
) -> ResultT:
    async def working() -> ResultT:
        async with open_installation() as here:
            return await work(here)

    return run_command(working())


def _show(mapped: object, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(mapped)).decode())
    else:
        show_table(title, columns, rows)


def _state_mapping(state: WindowState) -> dict[str, object]:
    return {
        "budget": state.budget,
        "hard": state.is_hard,
        "holder": state.holder,
        "begins": state.begins,
        "ends": state.ends,
        "limit_nanousd": state.limit,
        "extra_nanousd": state.extra,
        "posted_nanousd": state.posted,
        "held_nanousd": state.held,
        "overage_nanousd": state.overage,
        "suspense_nanousd": state.suspense,
        "headroom_nanousd": state.headroom if state.is_hard else None,
        "forecast_nanousd": state.forecast,
    }


def _state_row(state: WindowState) -> tuple[str, ...]:
    notes = [] if state.is_hard else ["only counts"]
    notes += [f"{format_usd(state.extra)} approved on top"] if state.extra else []
    notes += [f"{format_usd(state.overage)} above what was held"] if state.overage else []
    notes += [f"{format_usd(state.suspense)} held by silent workers"] if state.suspense else []
    return (
        state.budget,
        state.holder or "-",
        format_usd(state.limit),
        format_usd(state.spent),
        format_usd(state.held),
        format_usd(state.headroom) if state.is_hard else "-",
        "-" if state.forecast is None else format_usd(state.forecast),
        _as_time(state.begins),
        "-" if state.ends is None else _as_time(state.ends),
        ", ".join(notes),
    )


def _request_mapping(request: BudgetRequest) -> dict[str, object]:
    return {
        "id": request.id,
        "budget": request.budget,
        "asked_by": request.asked_by,
        "amount_nanousd": request.amount,
        "reason": request.reason,
        "state": request.state,
        "created_at": request.created_at,
        "decided_at": request.decided_at,
        "decided_by": request.decided_by,
        "answer": request.answer,
    }


def _request_row(request: BudgetRequest) -> tuple[str, ...]:
    return (
        str(request.id),
        request.budget,
        request.asked_by,
        format_usd(request.amount),
        request.reason,
        request.state,
        _as_time(request.created_at),
        request.decided_by or "-",
    )


def _as_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
