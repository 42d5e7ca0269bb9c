"""The routes of accounts, for platform administrators."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from drawbridge.audit.acts import Actor
from drawbridge.core.operations import STEP_UP
from drawbridge.core.paging import PageRequest
from drawbridge.identity.access import PlatformAccess
from drawbridge.identity.http import page_request
from drawbridge.identity.signin.lifecycle.accounts import Accounts
from drawbridge.identity.signin.lifecycle.store import SeenAccount
from drawbridge.identity.signin.records import AccountId


class AccountBody(BaseModel):
    """An account as a platform administrator sees it."""

    id: UUID
    email: str
    display_name: str
    platform_administrator: bool
    suspended_at: datetime | None
    """Null: not suspended."""
    created_at: datetime
    organisations: list[str]
    """The names of those that it has a user in."""


class AccountPage(BaseModel):
    """Accounts, the newest first. `next_cursor` is null on the last page."""

    accounts: list[AccountBody]
    next_cursor: str | None


def accounts_router(accounts: Accounts, access: PlatformAccess) -> APIRouter:
    """Make the routes under /api/platform/accounts. A change needs a fresh password or passkey."""
    router = APIRouter(prefix="/api/platform/accounts", tags=["platform"])
    check = access.platform_administrator()

    @router.get("")
    async def list_accounts(
        _: Annotated[Actor, Depends(check)], page: Annotated[PageRequest, Depends(page_request)]
    ) -> AccountPage:
        """List accounts, the newest first."""
        found = await accounts.list(page)
        return AccountPage(accounts=[_body(one) for one in found.items], next_cursor=found.next_cursor)

    @router.get("/{account_id}")
    async def get_account(_: Annotated[Actor, Depends(check)], account_id: UUID) -> AccountBody:
        """Get an account."""
        return _body(await accounts.get(AccountId(account_id)))

    @router.post("/{account_id}/suspend", openapi_extra={**STEP_UP})
    async def suspend_account(actor: Annotated[Actor, Depends(check)], account_id: UUID) -> AccountBody:
        """Let an account sign in no more, and end its sessions. Keys of its users stay with their organisations."""
        return _body(await accounts.suspend(AccountId(account_id), actor))

    @router.post("/{account_id}/reactivate", openapi_extra={**STEP_UP})
    async def reactivate_account(actor: Annotated[Actor, Depends(check)], account_id: UUID) -> AccountBody:
        """Let an account sign in again."""
        return _body(await accounts.reactivate(AccountId(account_id), actor))

    @router.delete("/{account_id}", openapi_extra={**STEP_UP})
    async def delete_account(actor: Annotated[Actor, Depends(check)], account_id: UUID) -> AccountBody:
        """Delete an account. Its users stay in the organisations of the answer, suspended and without an account."""
        return _body(await accounts.delete(AccountId(account_id), actor))

    del list_accounts, get_account, suspend_account, reactivate_account, delete_account  # The router holds them.
    return router


def _body(seen: SeenAccount) -> AccountBody:
    account = seen.account
    return AccountBody(
        id=account.id,
        email=account.email,
        display_name=account.display_name,
        platform_administrator=account.platform_administrator,
        suspended_at=account.suspended_at,
        created_at=account.created_at,
        organisations=list(seen.organisations),
    )
