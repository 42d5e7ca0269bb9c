"""Can they afford it: what is held of budgets before a call is made, and what a caller is told who cannot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from drawbridge.core.money import Nanousd, format_usd
from drawbridge.gateway.bounds import fit_call, reckon_call
from drawbridge.gateway.cost_bounds import price_at
from drawbridge.gateway.limits import Taken
from drawbridge.gateway.permission import Asking
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment, Model, OrganisationSnapshot
from drawbridge.usage.budgets.book import Spender
from drawbridge.usage.budgets.entries import AtEndEntry
from drawbridge.usage.budgets.holds import Hold
from drawbridge.usage.budgets.leases import PATIENCE_S, Leases
from drawbridge.usage.budgets.windows import Shortage, Unreachable, Window

_RETRY_AFTER_S = 1
_MOST_NANOUSD = 1 << 60
"""More than any budget has: what a call may cost beyond it is not to be told apart."""


@dataclass(frozen=True, slots=True)
class Downgrade:
    """The budget has not room for this model, and says which one to call instead."""

    model: str
    refusal: Refusal
    """What the caller is told if that one is not to be had either."""


@dataclass(frozen=True, slots=True)
class Afforded:
    """A call as it is to be made, and what is held for it."""

    call: CallRequest
    hold: Hold | None = None


class Spends(Protocol):
    """Whoever answers for what a call costs."""

    async def hold(self, asking: Asking, taken: Taken, model: Model, deployment: Deployment) -> Afforded | Downgrade:
        """Hold the most that a call within its limits can cost. Raises Refusal where there is no room for it."""
        ...


@dataclass(frozen=True, slots=True)
class Spending:
    """Holds what a call may cost on every budget that it counts against."""

    leases: Leases

    async def hold(self, asking: Asking, taken: Taken, model: Model, deployment: Deployment) -> Afforded | Downgrade:
        """Hold the most that a call can cost, with a lower limit of its output if the room needs it.

        Raises Refusal where it cannot be told what the call may cost, or where there is no room for it.
        """
        call, windows = taken.call, _windows(asking, model)
        if not windows:
            return Afforded(call)
        if not any(window.is_hard for window in windows):
            return Afforded(call, await self._count(windows))
        price = price_at(deployment, asking.snapshot.prices, asking.now)
        call, reckoned = await reckon_call(call, deployment, price, taken.bound)
        amount = Nanousd(min(reckoned.cost_nanousd, _MOST_NANOUSD))
        answer, at_end = await self._wait(asking.snapshot, windows, amount)
        if answer is None:
            return Afforded(call, Hold(self.leases, windows, amount))
        if isinstance(answer, Shortage):
            fitted = fit_call(call, reckoned, deployment, price, answer.headroom)
            if fitted is not None and await self.leases.hold(windows, fitted.cost_nanousd, 0) is None:
                return Afforded(fitted.call, Hold(self.leases, windows, Nanousd(fitted.cost_nanousd)))
        refusal = _refusal(asking, answer)
        if at_end.model is not None and at_end.model not in model.names:
            return Downgrade(at_end.model, refusal)
        raise refusal

    async def _wait(
        self, snapshot: OrganisationSnapshot, windows: Sequence[Window], amount: Nanousd
    ) -> tuple[Shortage | Unreachable | None, AtEndEntry]:
        """Hold an amount, and wait for as long as the budget says that is short; return what it says besides."""
        answer = await self.leases.hold(windows, amount)
        at_end = _at_end(snapshot, answer)
        if at_end.seconds is not None and at_end.seconds > PATIENCE_S:
            answer = await self.leases.hold(windows, amount, at_end.seconds - PATIENCE_S)
            at_end = _at_end(snapshot, answer)
        return answer, at_end

    async def _count(self, windows: Sequence[Window]) -> Hold:
        """See to it that the windows are there to be counted on: a soft budget holds nothing, and refuses nothing.

        Where the database cannot be asked now, they are there already but for the first call of a period.
        """
        amount = Nanousd(0)
        await self.leases.hold(windows, amount)
        return Hold(self.leases, windows, amount)


def refuse_unheld(asking: Asking, models: Iterable[Model]) -> None:
    """Refuse what a vendor makes of these models at a cost that nobody can hold. Raises Refusal for a hard budget."""
    for model in models:
        window = next((window for window in _windows(asking, model) if window.is_hard), None)
        if window is not None:
            whom = asking.snapshot.rights.rules.whom_to_ask or "an administrator"
            raise Refusal(
                "unbounded_cost",
                f"Budget '{window.budget}' counts calls of '{model.name}' and must not be exceeded, and what a batch or"
                " a cache comes to cannot be held of it before it is made. Send the requests one by one, or ask"
                f" {whom} for a budget that is not hard, or does not count this model.",
            )


def _windows(asking: Asking, model: Model) -> tuple[Window, ...]:
    caller, snapshot = asking.caller, asking.snapshot
    if not snapshot.budgets.by_subject:
        return ()
    spender = Spender(caller.principal_id, caller.key_id, caller.project_id, caller.run_id)
    return snapshot.budgets.windows(snapshot.subjects_of(caller), spender, model.names, asking.product, asking.now)


def _at_end(snapshot: OrganisationSnapshot, answer: Shortage | Unreachable | None) -> AtEndEntry:
    """Return what is to become of a call: what the budget says that is short."""
    budget = snapshot.budgets.by_id.get(answer.window.budget_id) if isinstance(answer, Shortage) else None
    return AtEndEntry() if budget is None else budget.at_end


def _refusal(asking: Asking, answer: Shortage | Unreachable) -> Refusal:
    if isinstance(answer, Unreachable):
        return Refusal(
            "not_ready",
            f"Whether your budget has room for this call cannot be told now ({answer.reason}): try again in a moment.",
            retry_after_s=_RETRY_AFTER_S,
        )
    window = answer.window
    held = answer.unspent - answer.headroom
    while_held = f", of which {format_usd(Nanousd(held))} are held by calls that are being made" if held > 0 else ""
    renewed = "" if window.ends is None else f" It begins anew at {window.ends:%Y-%m-%d %H:%M} UTC."
    whom = asking.snapshot.rights.rules.whom_to_ask or "an administrator"
    return Refusal(
        "over_budget",
        f"Budget '{window.budget}' of {format_usd(answer.limit)} has {format_usd(answer.unspent)} left{while_held};"
        f" this call may cost up to {format_usd(answer.need)}.{renewed} Ask for less output or a cheaper model, or for"
        f" more: by POST /api/me/budget-requests, or from {whom}, by drawbridge budgets request {window.budget}.",
    )
