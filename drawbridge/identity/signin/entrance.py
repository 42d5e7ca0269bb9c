"""The ways in: by password, by passkey, by a one-time link."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record, record_platform
from drawbridge.core.clock import Clock
from drawbridge.core.text import UnprintableTextError
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.signin import passkeys, store
from drawbridge.identity.signin.acts import record_of, user
from drawbridge.identity.signin.addresses import fold_email
from drawbridge.identity.signin.challenges import Challenge, Challenges
from drawbridge.identity.signin.codes import Codes
from drawbridge.identity.signin.errors import ChallengeExpiredError, LinkInvalidError, SignInRefusedError
from drawbridge.identity.signin.limits.limits import Limits, of_codes, of_pair, of_source
from drawbridge.identity.signin.links import store as links
from drawbridge.identity.signin.passwords import Passwords
from drawbridge.identity.signin.records import Account, AccountId, Caller, Method
from drawbridge.identity.signin.refusals import Refusals, Shown
from drawbridge.identity.signin.sessions import store as sessions
from drawbridge.identity.signin.sessions.sessions import Sessions, StartedSession
from drawbridge.identity.signin.shown_passkeys import ShownPasskeys
from drawbridge.identity.signin.site import Place, source_of
from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tokens import hash_token

_LINK: Final = "Ask for another one: drawbridge people sign-in-link NAME"


@dataclass(frozen=True, slots=True)
class Parts:
    """What signing in is made of."""

    database: Database
    clock: Clock
    sessions: Sessions
    passwords: Passwords
    limits: Limits
    refusals: Refusals
    challenges: Challenges
    codes: Codes
    shown_passkeys: ShownPasskeys


class Entrance:
    """Signs people in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database
        self._clock = parts.clock

    async def by_password(self, email: str, password: str, caller: Caller) -> StartedSession | Challenge:
        """Sign in by password, or return the challenge to be answered with a second factor.

        An account that has a second factor is never opened by its password alone. An unknown e-mail, a wrong password
        and a suspended account make the same work and get the same answer.

        Raises SignInRefusedError, TooManyAttemptsError, SignInBusyError.
        """
        folded, source = _folded(email), source_of(caller.address)
        pair, of_all = of_pair(folded, source), of_source(source)
        await self._parts.limits.count(of_all, pair)
        async with signing_in(self._database) as connection:
            account, hashed = await store.find_account(connection, folded)
        is_right = await self._parts.passwords.verify(hashed, password, source)
        if account is None or account.suspended_at is not None or not is_right:
            await self._record_refusal(account, "password", caller)
            raise SignInRefusedError
        async with signing_in(self._database) as connection:
            await self._parts.limits.forgive(connection, pair, of_all)
            if (await store.factors_of(connection, account.id)).has_second:
                return self._parts.challenges.issue("second_factor", self._clock.now(), subject=account.id)
            return await self._begin(connection, account, "password", caller)

    async def by_code(self, word: str, code: str, caller: Caller) -> StartedSession:
        """Answer the challenge behind a right password with a one-time code or a recovery code.

        Raises ChallengeExpiredError, SignInRefusedError, TooManyAttemptsError.
        """
        now = self._clock.now()
        challenge = self._parts.challenges.open(word, "second_factor", now)
        account_id = AccountId(challenge.subject)
        is_recovery_code = self._parts.codes.is_recovery_code(code)
        of_all = of_source(source_of(caller.address))
        every = (of_all,) if is_recovery_code else (of_all, of_codes(str(account_id)))
        await self._parts.limits.count(*every)
        async with signing_in(self._database) as connection:
            account, _ = await store.get_account(connection, account_id)
            is_right = await self._parts.codes.take(connection, account_id, code, now)
            if account is not None and account.suspended_at is None and is_right:
                if not await links.spend_challenge(connection, challenge.hash, challenge.expires_at, now):
                    raise ChallengeExpiredError
                method: Method = "password_and_recovery_code" if is_recovery_code else "password_and_code"
                started = await self._begin(connection, account, method, caller)
                await self._parts.limits.forgive(connection, every[-1], of_all)
                return started
        await self._record_refusal(account, "code", caller)
        raise SignInRefusedError

    def passkey_options(self, place: Place) -> tuple[Challenge, passkeys.Json]:
        """Return a challenge, and what a browser needs to answer it with any passkey that it has for this site."""
        challenge = self._parts.challenges.issue("sign_in", self._clock.now())
        return challenge, passkeys.authentication_options(place, challenge)

    async def by_passkey(self, place: Place, answer: passkeys.Answer, caller: Caller) -> StartedSession:
        """Sign in by passkey. Failures are not counted: a signature cannot be guessed.

        Raises ChallengeExpiredError, SignInRefusedError.
        """
        challenge = self._parts.challenges.open(answer.challenge, "sign_in", self._clock.now())
        async with self._parts.refusals.recorded("passkey", caller):
            account_id = await self._parts.shown_passkeys.prove(place, challenge, answer.credential, caller)
            async with signing_in(self._database) as connection:
                account, _ = await store.get_account(connection, account_id)
                if account is None or account.suspended_at is not None:
                    raise SignInRefusedError
                return await self._begin(connection, account, "passkey", caller)

    async def by_link(self, token: str, caller: Caller) -> StartedSession:
        """Sign in by a one-time link, for whoever has lost all else. Raises LinkInvalidError."""
        now = self._clock.now()
        async with self._parts.refusals.recorded("link", caller), signing_in(self._database) as connection:
            taken, account_id = await links.take_link(connection, "sign_in", hash_token(token), now)
            account = None if account_id is None else (await store.get_account(connection, account_id))[0]
            if not taken or account is None or account.suspended_at is not None:
                raise LinkInvalidError(_LINK)
            return await self._begin(connection, account, "link", caller)

    async def sign_out(self, request: Request) -> None:
        """End the session of the request's cookie, if there is one."""
        identity = await self._parts.sessions.identify(request)
        if identity is None:
            return
        async with signing_in(self._database) as connection:
            await sessions.end_session(connection, identity.account_id, identity.session_id)
            await record_of(connection, identity, "session.ended", identity.session_id)

    async def _record_refusal(self, account: Account | None, shown: Shown, caller: Caller) -> None:
        """Record that somebody was refused: the same work for accounts that there are and for others."""
        await self._parts.refusals.record(shown, caller, "" if account is None else str(account.id))

    async def _begin(
        self, connection: AsyncConnection, account: Account, method: Method, caller: Caller
    ) -> StartedSession:
        """Begin a session in the first of the account's organisations."""
        first = next(iter(await store.memberships(connection, account.id)), None)
        organisation_id = None if first is None else first.organisation_id
        started = await self._parts.sessions.begin(connection, account.id, organisation_id, method, caller)
        session_id, detail = str(started.session.id), {"method": method, "account": str(account.id)}
        if first is None:
            nobody = Actor("nobody", "none", name=account.email, address=caller.address)
            await record_platform(connection, Act(nobody, "session.began", "session", session_id, detail=detail))
        else:
            act = Act(user(first, caller), "session.began", "session", session_id, detail=detail)
            await record(connection, first.organisation_id, act)
        return started


def _folded(email: str) -> str:
    """Return the e-mail as it is compared; what is no address is nobody's, and looked for all the same."""
    try:
        return fold_email(email)
    except UnprintableTextError:
        return ""
