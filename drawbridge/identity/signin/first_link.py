"""The link to the first account, which each start prints until there is one."""

from drawbridge.db.engine import Database
from drawbridge.identity.signin import store
from drawbridge.identity.signin.links import store as links
from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tokens import hash_token, new_token


async def new_set_up_link(database: Database) -> str | None:
    """Make the link to the first account in place of any other; None where there is an account already."""
    token = new_token()
    async with signing_in(database) as connection:
        await store.lock_accounts(connection)
        if await store.has_account(connection):
            return None
        await links.put_link(connection, "set_up", hash_token(token))
    return token
