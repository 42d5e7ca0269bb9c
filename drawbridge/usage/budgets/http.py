"""The routes of budgets beside those of their section: how they stand, and requests for more."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.core.ids import PrincipalId
from drawbridge.core.paging import (
    DEFAULT_PAGE_SIZE,
    LARGEST_PAGE_SIZE,
    PageRequest,
    decode_name_cursor,
    encode_name_cursor,
    visible_page,
)
from drawbridge.db.engine import Database
from drawbridge.identity.access import Access, Judge, organisation_of
from drawbridge.identity.errors import NotAllowedError, UnknownObjectError
from drawbridge.identity.http import PrintableText, page_request
from drawbridge.usage.budgets.requests.asking import Asking, MayDecide, Requests, Verdict, unknown_request
from drawbridge.usage.budgets.requests.records import BudgetRequest, RequestState, WantedMore
from drawbridge.usage.budgets.requests.store import list_requests
from drawbridge.usage.budgets.state.reading import BudgetStates
from drawbridge.usage.budgets.state.records import BudgetOverview, WindowState
from drawbridge.usage.budgets.store import read_budgets

# Any: a part of OpenAPI, which is JSON.
_SECURITY: Final[dict[str, Any]] = {"security": [{"key": []}, {"session": []}]}
"""Under /api/me, what else is there is for sessions only."""


class WindowBody(BaseModel):
    """One period of a budget, of whoever holds it. Amounts in nano-dollars.

    `limit_nanousd` includes `extra_nanousd`, what was approved on top for this window. `suspense_nanousd` is the part
    of `held_nanousd` of workers that are silent. `headroom_nanousd` is null where the budget only counts;
    `forecast_nanousd`, what will be spent at the end, where nobody can tell; `holder` where all share the window.
    """

    budget: str
    hard: bool
    holder: str | None
    begins: AwareDatetime
    ends: AwareDatetime | None
    limit_nanousd: int
    extra_nanousd: int
    posted_nanousd: int
    held_nanousd: int
    overage_nanousd: int
    suspense_nanousd: int
    headroom_nanousd: int | None
    forecast_nanousd: int | None


class StateBody(BaseModel):
    """How a budget stands. `next_cursor` is null on the last page."""

    windows: list[WindowBody]
    next_cursor: str | None


class OverviewBody(BaseModel):
    """How a budget stands on the whole.

    `windows` is 1 where all share it; of a budget for each, how many have used it in this period. `fullest` is the one
    of which the largest part is spent or held; null where nobody has used it.
    """

    budget: str
    windows: int
    fullest: WindowBody | None


class OverviewPage(BaseModel):
    """How budgets stand, by their names. `next_cursor` is null on the last page."""

    budgets: list[OverviewBody]
    next_cursor: str | None


class OwnBudgetsBody(BaseModel):
    """The windows that one's calls count against."""

    windows: list[WindowBody]


class NewRequestBody(BaseModel):
    """What somebody asks for. Of a budget for each key or project, `key_id` or `project` says for which one."""

    model_config = {"extra": "forbid"}

    budget: PrintableText = Field(min_length=1, max_length=200)
    usd: str = Field(pattern=r"^[0-9]{1,10}(\.[0-9]{1,9})?$")
    reason: PrintableText = Field(default="", max_length=1000)
    key_id: UUID | None = None
    project: PrintableText | None = Field(default=None, min_length=1, max_length=200)


class RequestBody(BaseModel):
    """A request for more, and what became of it."""

    id: UUID
    budget: str
    asked_by: str
    amount_nanousd: int
    reason: str
    state: RequestState
    created_at: AwareDatetime
    decided_at: AwareDatetime | None
    decided_by: str | None
    answer: str


class RequestPage(BaseModel):
    """Requests, the newest first. `next_cursor` is null on the last page."""

    budget_requests: list[RequestBody]
    next_cursor: str | None


class AnswerBody(BaseModel):
    """What is said with a decision."""

    model_config = {"extra": "forbid"}

    answer: PrintableText = Field(default="", max_length=1000)


def budgets_router(database: Database, clock: Clock, access: Access) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api", tags=["budgets"])
    requests = Requests(database, clock)
    _add_states(router, BudgetStates(database, clock), access)
    _add_own_requests(router, database, requests, access)
    _add_requests(router, database, access)
    _add_deciding(router, requests, access)
    return router


def _add_states(router: APIRouter, states: BudgetStates, access: Access) -> None:
    @router.get("/budgets/{name:path}/state")
    async def get_budget_state(
        actor: Annotated[Actor, Depends(access.requires("read", "budget"))],
        page: Annotated[PageRequest, Depends(page_request)],
        name: str,
    ) -> StateBody:
        """Show what is spent, held and left of a budget now: of each one who has it for themselves."""
        judge = await access.judge(actor, "budget")
        judge.require("read", name)
        organisation_id = organisation_of(actor)
        async with states.database.organisation(organisation_id) as connection:
            if name not in await read_budgets(connection, organisation_id):
                raise judge.unknown(name)
        found = await states.of_budget(organisation_id, name, page)
        return StateBody(windows=[window_body(state) for state in found.items], next_cursor=found.next_cursor)

    @router.get("/budget-states")
    async def list_budget_states(
        actor: Annotated[Actor, Depends(access.requires("read", "budget"))],
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = DEFAULT_PAGE_SIZE,
        cursor: str | None = None,
    ) -> OverviewPage:
        """Show how every budget stands on the whole, by name."""
        after = "" if cursor is None else decode_name_cursor(cursor)
        organisation_id, judge = organisation_of(actor), await access.judge(actor, "budget")
        async with states.database.organisation(organisation_id) as connection:
            names = [name for name in await read_budgets(connection, organisation_id) if judge.may("read", name)]
        left = sorted(name for name in names if name > after)
        found = await states.overview(organisation_id, left[:limit])
        more = encode_name_cursor(left[limit - 1]) if len(left) > limit else None
        return OverviewPage(budgets=[overview_body(each) for each in found], next_cursor=more)

    @router.get("/me/budgets", openapi_extra=_SECURITY)
    async def list_own_budgets(actor: Annotated[Actor, Depends(access.signed_in())]) -> OwnBudgetsBody:
        """Show the budgets that one's own calls count against, whatever key they are made with."""
        assert actor.principal_id is not None
        found = await states.of_principal(organisation_of(actor), actor.principal_id)
        return OwnBudgetsBody(windows=[window_body(state) for state in found])

    del get_budget_state, list_budget_states, list_own_budgets  # The router holds them.


def _add_own_requests(router: APIRouter, database: Database, requests: Requests, access: Access) -> None:
    signed_in = access.signed_in()

    @router.post("/me/budget-requests", status_code=201, openapi_extra=_SECURITY)
    async def ask_for_more(actor: Annotated[Actor, Depends(signed_in)], body: NewRequestBody) -> RequestBody:
        """Ask for more of a budget that one's own calls count against."""
        assert actor.principal_id is not None
        asking = Asking(PrincipalId(actor.principal_id), f"{actor.kind}:{actor.name}", actor)
        wanted = WantedMore(body.budget, body.usd, body.reason, body.key_id, body.project)
        return request_body(await requests.ask(organisation_of(actor), asking, wanted))

    @router.get("/me/budget-requests", openapi_extra=_SECURITY)
    async def list_own_requests(
        actor: Annotated[Actor, Depends(signed_in)], page: Annotated[PageRequest, Depends(page_request)]
    ) -> RequestPage:
        """List one's own requests, the newest first."""
        async with database.organisation(organisation_of(actor)) as connection:
            found = await list_requests(connection, organisation_of(actor), page, principal_id=actor.principal_id)
        return RequestPage(
            budget_requests=[request_body(request) for request in found.items], next_cursor=found.next_cursor
        )

    del ask_for_more, list_own_requests  # The router holds them.


def _add_requests(router: APIRouter, database: Database, access: Access) -> None:
    @router.get("/budget-requests")
    async def list_budget_requests(
        actor: Annotated[Actor, Depends(access.signed_in())],
        page: Annotated[PageRequest, Depends(page_request)],
        state: RequestState | None = None,
    ) -> RequestPage:
        """List the requests that one may see: of budgets that one owns or may read or approve, and one's own."""
        organisation_id, judge = organisation_of(actor), await access.judge(actor, "budget")
        async with database.organisation(organisation_id) as connection:
            found = await visible_page(
                lambda part: list_requests(connection, organisation_id, part, state=state),
                page,
                lambda request: _may_see(actor, judge, request),
                lambda request: request.id,
            )
        return RequestPage(
            budget_requests=[request_body(request) for request in found.items], next_cursor=found.next_cursor
        )

    del list_budget_requests  # The router holds it.


def _add_deciding(router: APIRouter, requests: Requests, access: Access) -> None:
    signed_in = access.signed_in()

    async def decide(actor: Actor, request_id: UUID, verdict: Verdict, body: AnswerBody | None) -> RequestBody:
        may_decide = _may_decide(actor, await access.judge(actor, "budget"))
        answer = "" if body is None else body.answer
        decided = await requests.decide(organisation_of(actor), request_id, verdict, answer, (actor, may_decide))
        return request_body(decided)

    @router.post("/budget-requests/{request_id}/approve")
    async def approve_budget_request(
        actor: Annotated[Actor, Depends(signed_in)], request_id: UUID, body: AnswerBody | None = None
    ) -> RequestBody:
        """Let more be spent of the budget's present window: as its owner, or with the right to approve."""
        return await decide(actor, request_id, "approved", body)

    @router.post("/budget-requests/{request_id}/refuse")
    async def refuse_budget_request(
        actor: Annotated[Actor, Depends(signed_in)], request_id: UUID, body: AnswerBody | None = None
    ) -> RequestBody:
        """Refuse a request: as the budget's owner, or with the right to approve."""
        return await decide(actor, request_id, "refused", body)

    del approve_budget_request, refuse_budget_request  # The router holds them.


def _may_see(actor: Actor, judge: Judge, request: BudgetRequest) -> bool:
    if actor.principal_id in (request.principal_id, request.owner_id):
        return True
    return judge.may("read", request.budget) or judge.may("approve", request.budget)


def _may_decide(actor: Actor, judge: Judge) -> MayDecide:
    def check(request: BudgetRequest) -> None:
        if not _may_see(actor, judge, request):
            raise unknown_request(request.id)
        if request.principal_id == actor.principal_id and not judge.may("manage", request.budget):
            raise NotAllowedError(
                "Nobody decides on what they have asked for themselves, unless they could change the budget: ask its"
                " owner, or somebody who may approve it."
            )
        if request.owner_id != actor.principal_id:
            _require_approve(judge, request)

    return check


def _require_approve(judge: Judge, request: BudgetRequest) -> None:
    try:
        judge.require("approve", request.budget)
    except UnknownObjectError as error:
        # Of the request they know: it is their own.
        raise NotAllowedError(f"You may not approve budget:{request.budget}: ask its owner.", error.denial) from error


def window_body(state: WindowState) -> WindowBody:
    """Write how a window stands for the API."""
    return WindowBody(
        budget=state.budget,
        hard=state.is_hard,
        holder=state.holder,
        begins=state.begins,
        ends=state.ends,
        limit_nanousd=state.limit,
        extra_nanousd=state.extra,
        posted_nanousd=state.posted,
        held_nanousd=state.held,
        overage_nanousd=state.overage,
        suspense_nanousd=state.suspense,
        headroom_nanousd=state.headroom if state.is_hard else None,
        forecast_nanousd=state.forecast,
    )


def overview_body(overview: BudgetOverview) -> OverviewBody:
    """Write how a budget stands on the whole for the API."""
    fullest = None if overview.fullest is None else window_body(overview.fullest)
    return OverviewBody(budget=overview.budget, windows=overview.windows, fullest=fullest)


def request_body(request: BudgetRequest) -> RequestBody:
    """Write a request for the API."""
    return RequestBody(
        id=request.id,
        budget=request.budget,
        asked_by=request.asked_by,
        amount_nanousd=request.amount,
        reason=request.reason,
        state=request.state,
        created_at=request.created_at,
        decided_at=request.decided_at,
        decided_by=request.decided_by,
        answer=request.answer,
    )
