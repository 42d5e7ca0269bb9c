"""Ask for more of a budget, and decide on what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.core.money import NANOUSD_PER_USD, Nanousd, written_usd
from drawbridge.core.text import require_printable
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.errors import UnknownObjectError
from drawbridge.identity.store import find_project
from drawbridge.policy.errors import NotationError
from drawbridge.policy.notation import parse_usd
from drawbridge.usage.budgets.book import Budget
from drawbridge.usage.budgets.errors import (
    BudgetAmountError,
    BudgetHolderError,
    RequestDecidedError,
    RequestOpenError,
)
from drawbridge.usage.budgets.requests.records import BudgetRequest, WantedMore
from drawbridge.usage.budgets.requests.store import (
    decide_request,
    get_request,
    insert_request,
    make_window,
    raise_window,
)
from drawbridge.usage.budgets.state.reading import windows_of
from drawbridge.usage.budgets.store import load_budgets
from drawbridge.usage.budgets.windows import Window

_MOST: Final = 1_000_000_000 * NANOUSD_PER_USD
_LONGEST_TEXT: Final = 1000

Verdict = Literal["approved", "refused"]
MayDecide = Callable[[BudgetRequest], None]
"""Raises what becomes the answer where somebody may not decide on a request."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, as the request names them, and who does it for them."""

    principal_id: PrincipalId
    name: str
    """Such as `user:ana`."""
    actor: Actor


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests for more, of every organisation."""

    database: Database
    clock: Clock

    async def ask(self, organisation_id: OrganisationId, asking: Asking, wanted: WantedMore) -> BudgetRequest:
        """Ask for more of a budget that counts the one who asks.

        Raises UnknownObjectError, also where the budget does not count them; BudgetHolderError, BudgetAmountError,
        RequestOpenError, UnprintableTextError.
        """
        require_printable(wanted.reason, "The reason", longest=_LONGEST_TEXT)
        amount, now = _amount(wanted.usd), self.clock.now()
        async with self.database.organisation(organisation_id) as connection:
            windows = await windows_of(connection, organisation_id, asking.principal_id, now)
            window = await self._meant(connection, organisation_id, wanted, windows)
            request = BudgetRequest(
                id=uuid7(),
                budget=window.budget,
                budget_id=window.budget_id,
                owner_id=None,
                holder_id=window.holder_id,
                principal_id=asking.principal_id,
                asked_by=asking.name,
                amount=amount,
                reason=wanted.reason,
                state="open",
                created_at=now,
                decided_at=None,
                decided_by=None,
                answer="",
            )
            if not await insert_request(connection, organisation_id, request):
                raise RequestOpenError(window.budget)
            await record(connection, organisation_id, _act(asking.actor, "asked", request))
        return request

    async def decide(
        self,
        organisation_id: OrganisationId,
        request_id: UUID,
        verdict: Verdict,
        answer: str,
        deciding: tuple[Actor, MayDecide],
    ) -> BudgetRequest:
        """Approve or refuse a request. What is approved may be spent in the present window, and in no later one.

        Raises UnknownObjectError, RequestDecidedError, UnprintableTextError, and what `MayDecide` raises.
        """
        actor, may_decide = deciding
        require_printable(answer, "The answer", longest=_LONGEST_TEXT)
        async with self.database.organisation(organisation_id) as connection:
            request = await get_request(connection, organisation_id, request_id)
            budgets = await load_budgets(connection, organisation_id)
        if request is None:
            raise unknown_request(request_id)
        may_decide(request)
        if request.state != "open":
            raise RequestDecidedError(request.state)
        now = self.clock.now()
        by = f"{actor.kind}:{actor.name}" if actor.name else actor.kind
        decided = replace(request, state=verdict, decided_at=now, decided_by=by, answer=answer)
        window = _present(budgets.by_id.get(request.budget_id), decided)
        if verdict == "approved":
            # On its own: it is there, or it is made when a call is held against it, which is the same.
            await make_window(self.database, window)
        async with self.database.organisation(organisation_id) as connection:
            if not await decide_request(connection, organisation_id, decided):
                raise RequestDecidedError("decided")
            if verdict == "approved" and not await raise_window(connection, organisation_id, window.id, request.amount):
                raise unknown_request(request_id)
            await record(connection, organisation_id, _act(actor, verdict, decided))
        return decided

    async def _meant(
        self, connection: AsyncConnection, organisation_id: OrganisationId, wanted: WantedMore, windows: list[Window]
    ) -> Window:
        """Find the window that is meant, of those that count the one who asks."""
        of_budget = [window for window in windows if window.budget == wanted.budget]
        if not of_budget:
            raise UnknownObjectError("budget", wanted.budget)
        holder = wanted.key_id
        if wanted.project is not None:
            project = await find_project(connection, organisation_id, wanted.project)
            holder = UUID(int=0) if project is None else project.id
        fitting = [window for window in of_budget if holder is None or window.holder_id == holder]
        if len(fitting) != 1:
            raise BudgetHolderError(
                f"Of budget {wanted.budget!r} you have {len(of_budget)} parts, and this names {len(fitting)} of them:"
                " say for which key (key_id) or project it is."
            )
        return fitting[0]


def unknown_request(request_id: UUID) -> UnknownObjectError:
    """Say that there is no such request, or none that may be seen."""
    return UnknownObjectError("budget_request", str(request_id))


def _present(budget: Budget | None, request: BudgetRequest) -> Window:
    assert request.decided_at is not None
    if budget is None:
        raise unknown_request(request.id)
    return budget.window(request.holder_id, request.decided_at)


def _amount(usd: str) -> Nanousd:
    try:
        amount = parse_usd(usd)
    except NotationError as error:
        raise BudgetAmountError(error.message) from error
    if not 0 < amount <= _MOST:
        raise BudgetAmountError(f"{usd} is no amount to ask for: more than nothing, and at most a thousand million.")
    return amount


def _act(actor: Actor, verb: str, request: BudgetRequest) -> Act:
    detail: dict[str, object] = {
        "request": str(request.id),
        "usd": written_usd(request.amount),
        "asked_by": request.asked_by,
        "reason": request.reason,
    }
    if request.answer:
        detail["answer"] = request.answer
    if request.holder_id is not None:
        detail["holder"] = str(request.holder_id)
    return Act(actor, f"budget.more_{verb}", "budget", request.budget, detail=detail)
