"""What can go wrong with signing in.

IdentityError
  +-- SignInError
        +-- SignInRefusedError      what was shown does not open an account; says no more, whatever the reason
        +-- TooManyAttemptsError    this address must wait before it tries again
        +-- SignInBusyError         too many passwords are being checked at this moment
        +-- NotSignedInError        the request has no session that is still on
        +-- CrossSiteError          a browser sent the request for a page of somebody else
        +-- StepUpRequiredError     the act needs a password or passkey shown a short time ago
        +-- LinkInvalidError        a one-time link is wrong, used, replaced or too old
        +-- ChallengeExpiredError   the answer to a challenge came too late, twice, or from elsewhere
        +-- WeakPasswordError       the password is too short or too easily guessed
        +-- PasskeyRefusedError     a passkey could not be registered
        +-- UnknownFactorError      there is no such passkey, session or code
        +-- LastFactorError         the account could not be signed in to any more
        +-- WrongCodeError          the code is not the one that is shown now, or was used already
        +-- InvitationError         the invitation cannot be made or taken as asked
        +-- UnknownAccountError     there is no such account
        +-- LastPlatformAdministratorError  nobody could administer the platform any more
        +-- SoleAdministratorError  organisations would have no administrator any more
"""

from collections.abc import Sequence
from typing import Final

from drawbridge.identity.errors import IdentityError

_REFUSED: Final = "E-mail, password or code is wrong. Try again, or sign in with a passkey."


class SignInError(IdentityError):
    """Somebody cannot sign in or change how he does."""

    code = "sign_in_error"


class SignInRefusedError(SignInError):
    """What was shown does not open an account. The text is the same for every reason."""

    code = "sign_in_refused"
    status = 401

    def __init__(self, message: str = _REFUSED) -> None:
        super().__init__(message)


class TooManyAttemptsError(SignInError):
    """This address must wait before it tries again."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after_s: float) -> None:
        wait = f"{max(1, round(retry_after_s))} seconds"
        super().__init__(
            f"Too many attempts from this address: wait {wait}. A passkey works at once.", retry_after_s=retry_after_s
        )


class SignInBusyError(SignInError):
    """Too many passwords are being checked at this moment."""

    code = "sign_in_busy"
    status = 503
    fault = "us"

    def __init__(self) -> None:
        super().__init__("Many people sign in at this moment: try again in a few seconds.", retry_after_s=2)


class NotSignedInError(SignInError):
    """The request has no session that is still on."""

    code = "not_signed_in"
    status = 401

    def __init__(self) -> None:
        super().__init__("Sign in first: the session has ended, or there was none.")


class CrossSiteError(SignInError):
    """A browser sent the request for a page of somebody else, or by a name that is not ours."""

    code = "cross_site"
    status = 403
    fault = "policy"


class StepUpRequiredError(SignInError):
    """The act needs a password or passkey shown a short time ago."""

    code = "step_up_required"
    status = 403
    fault = "policy"

    def __init__(self) -> None:
        super().__init__("Show your password or passkey once more for this: POST /api/me/step-up/...")


class LinkInvalidError(SignInError):
    """A one-time link is wrong, used, replaced or too old."""

    code = "link_invalid"
    status = 403
    fault = "policy"

    def __init__(self, what_to_do: str) -> None:
        super().__init__(f"This link was used or replaced, or is too old. {what_to_do}")


class ChallengeExpiredError(SignInError):
    """The answer to a challenge came too late, twice, or from elsewhere."""

    code = "challenge_expired"

    def __init__(self) -> None:
        super().__init__("This took too long, or was answered already: begin again.")


class WeakPasswordError(SignInError):
    """The password is too short or too easily guessed."""

    code = "weak_password"


class PasskeyRefusedError(SignInError):
    """A passkey could not be registered."""

    code = "passkey_refused"


class UnknownFactorError(SignInError):
    """There is no such passkey, session or code of this account."""

    code = "factor_unknown"
    status = 404


class LastFactorError(SignInError):
    """Without this the account could not be signed in to any more."""

    code = "last_factor"
    status = 409


class WrongCodeError(SignInError):
    """The code is not the one that is shown now, or was used already."""

    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__("The code is not the one that is shown now, or was used already: wait for the next one.")


class InvitationError(SignInError):
    """The invitation cannot be made or taken as asked."""

    code = "invitation_error"
    status = 409


class UnknownAccountError(SignInError):
    """There is no such account."""

    code = "account_unknown"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no such account: see GET /api/platform/accounts, or `drawbridge accounts list`.")


class LastPlatformAdministratorError(SignInError):
    """Without this account nobody could administer the platform."""

    code = "last_platform_administrator"
    status = 409

    def __init__(self) -> None:
        super().__init__("This is the last platform administrator's account: it can be neither suspended nor deleted.")


class SoleAdministratorError(SignInError):
    """Without this account organisations would have no administrator any more."""

    code = "last_administrator"
    status = 409

    def __init__(self, organisations: Sequence[str]) -> None:
        super().__init__(
            f"Nobody else administers {', '.join(organisations)}: make somebody else an administrator there first."
        )
