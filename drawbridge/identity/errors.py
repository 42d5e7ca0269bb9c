"""What can go wrong with principals and keys.

DrawbridgeError
  +-- IdentityError
        +-- UnknownPrincipalError   nobody has that name
        +-- UnknownKeyError         no key has that id
        +-- KeyInactiveError        the key is revoked or expired, so it cannot be rotated
        +-- LastAdminKeyError       nobody could administer the organisation any more
        +-- BadLifetimeError        a length of time that cannot be understood, or lies in the past
        +-- NotAuthenticatedError   no valid key came with the request
        +-- NotAdminError           the key is valid, but not an admin key
"""

from drawbridge.core.errors import DrawbridgeError


class IdentityError(DrawbridgeError):
    """A principal or key cannot be used or changed as asked."""

    code = "identity_error"
    status = 400
    fault = "caller"


class UnknownPrincipalError(IdentityError):
    """Nobody in the organisation has that name."""

    code = "principal_unknown"
    status = 404


class UnknownKeyError(IdentityError):
    """No key of the organisation has that id."""

    code = "key_unknown"
    status = 404


class KeyInactiveError(IdentityError):
    """The key is revoked or expired."""

    code = "key_inactive"
    status = 409


class LastAdminKeyError(IdentityError):
    """Without this key nobody could administer the organisation any more."""

    code = "last_admin_key"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "This is the organisation's last admin key, and without one nobody could administer it. Create another"
            " first: drawbridge keys create --owner NAME --admin"
        )


class BadLifetimeError(IdentityError):
    """A length of time cannot be understood, or lies in the past."""

    code = "bad_lifetime"


class NotAuthenticatedError(IdentityError):
    """No valid key came with the request."""

    code = "not_authenticated"
    status = 401


class NotAdminError(IdentityError):
    """The key is valid, but not an admin key."""

    code = "not_admin"
    status = 403
    fault = "policy"
