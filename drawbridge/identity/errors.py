"""What can go wrong with principals and keys.

DrawbridgeError
  +-- IdentityError
        +-- UnknownPrincipalError   nobody has that name
        +-- UnknownKeyError         no key has that id
        +-- UnknownProjectError     no project has that name
        +-- NotOfTheTeamError       the project belongs to a team that the key's owner is not in
        +-- AdminKeyOfProjectError  an admin key belongs to no project
        +-- KeyInactiveError        the key is revoked or expired, so it cannot be rotated
        +-- KeyFrozenError          the key is frozen until an administrator has looked
        +-- AdminKeyError           the key opens the admin API, so its owner alone cannot have another for it
        +-- TooManyKeysError        somebody has as many keys as they may make themselves
        +-- LastAdminKeyError       nobody could administer the organisation any more
        +-- LastAdministratorError  the same, where a person or service account is suspended or deleted
        +-- SuspendedError          the principal is suspended, so this would be of no use
        +-- StatedInFileError       drawbridge.yaml says otherwise, and would say so again at the next apply
        +-- NobodyLeftError         a team that answers for something would have nobody left
        +-- OrganisationError       an organisation cannot be made or changed as asked
        |     +-- UnknownOrganisationError  no organisation has that name
        +-- BadLifetimeError        a length of time that cannot be understood, or lies in the past
        +-- NotAuthenticatedError   no valid key or session came with the request
        +-- NotAdminError           the key is valid, but not an admin key
        +-- NotAllowedError         policy does not allow it: carries the rule that refused
        |     +-- WiderThanOwnError     somebody would gain a right that the one who gives it does not have
        +-- UnknownObjectError      no object has that name, or none that the one who asks may see
"""

from dataclasses import dataclass

from drawbridge.audit.acts import Actor
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


def unknown_principal(name: str) -> UnknownPrincipalError:
    """Say that nobody has that name."""
    return UnknownPrincipalError(
        f"Nobody is named {name!r}: add a user or service account of that name to drawbridge.yaml, and apply it."
    )


class UnknownKeyError(IdentityError):
    """No key of the organisation has that id."""

    code = "key_unknown"
    status = 404


class UnknownProjectError(IdentityError):
    """No project of the organisation has that name."""

    code = "project_unknown"
    status = 404


def unknown_project(name: str) -> UnknownProjectError:
    """Say that there is no project of a name, or none that whoever asks may see."""
    return UnknownProjectError(f"There is no project {name!r}: see `drawbridge export --all`.")


class NotOfTheTeamError(IdentityError):
    """The project belongs to a team that the key's owner is not in."""

    code = "not_of_the_team"
    status = 409


class AdminKeyOfProjectError(IdentityError):
    """An admin key belongs to no project."""

    code = "admin_key_of_project"


class KeyInactiveError(IdentityError):
    """The key is revoked or expired."""

    code = "key_inactive"
    status = 409


class KeyFrozenError(IdentityError):
    """The key is frozen until an administrator has looked."""

    code = "key_frozen"
    status = 409


class AdminKeyError(IdentityError):
    """The key opens the admin API, so its owner alone cannot have another one for it."""

    code = "admin_key"
    status = 409


class TooManyKeysError(IdentityError):
    """Somebody has as many keys as they may make themselves."""

    code = "too_many_keys"
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


class LastAdministratorError(IdentityError):
    """Without this principal nobody could administer the organisation any more."""

    code = "last_administrator"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Nobody else could administer the organisation. Make somebody else an administrator, who can sign in or has"
            " a key: drawbridge keys create --owner NAME --admin"
        )


class SuspendedError(IdentityError):
    """The principal is suspended."""

    code = "suspended"
    status = 409


class StatedInFileError(IdentityError):
    """The file says otherwise: what is changed here would be changed back by the next apply."""

    code = "managed_by_file"
    status = 409


class NobodyLeftError(IdentityError):
    """A team that answers for something would have nobody left."""

    code = "nobody_left"
    status = 409


class OrganisationError(IdentityError):
    """An organisation cannot be made or changed as asked."""

    code = "organisation_error"
    status = 409


class UnknownOrganisationError(OrganisationError):
    """No organisation has that name."""

    code = "organisation_unknown"
    status = 404


class BadLifetimeError(IdentityError):
    """A length of time cannot be understood, or lies in the past."""

    code = "bad_lifetime"


class NotAuthenticatedError(IdentityError):
    """No valid key or session came with the request."""

    code = "not_authenticated"
    status = 401


class NotAdminError(IdentityError):
    """The key is valid, but not an admin key."""

    code = "not_admin"
    status = 403
    fault = "policy"


@dataclass(frozen=True, slots=True)
class Denial:
    """What somebody was denied, for the audit record."""

    actor: Actor
    action: str
    kind: str
    name: str
    grants: tuple[str, ...] = ()
    """Those that refused; none where nothing allowed it."""


class NotAllowedError(IdentityError):
    """Policy does not allow it. The message names the rule that refused, and whom to ask."""

    code = "not_allowed"
    status = 403
    fault = "policy"

    def __init__(self, message: str, denial: Denial | None = None) -> None:
        super().__init__(message)
        self.denial = denial


class WiderThanOwnError(NotAllowedError):
    """Somebody would gain a right that the one who gives it does not have."""

    code = "wider_than_own"


class UnknownObjectError(IdentityError):
    """No object has that name, or none that the one who asks may see: the answer is the same."""

    code = "unknown"
    status = 404

    def __init__(self, kind: str, name: str, denial: Denial | None = None) -> None:
        super().__init__(f"There is no {kind.replace('_', ' ')} {name!r}.")
        self.denial = denial
