"""What can go wrong with roles and grants.

DrawbridgeError
  +-- PolicyError
        +-- NotationError             a resource, subject, time or amount that cannot be understood
        +-- UnknownSubjectError       a grant is made to, or limited to, what does not exist
        +-- UnknownRoleError          no role has that name
        +-- UnknownGrantError         no grant has that name
        +-- RoleInUseError            a role cannot be deleted while grants give it
"""

from drawbridge.core.errors import DrawbridgeError


class PolicyError(DrawbridgeError):
    """A role or grant cannot be understood, used or changed as asked."""

    code = "policy_error"
    status = 400
    fault = "caller"


class NotationError(PolicyError):
    """A resource, subject, time or amount cannot be understood."""

    code = "notation_unknown"


class UnknownSubjectError(PolicyError):
    """Nobody and nothing in the organisation has that kind and name."""

    code = "subject_unknown"


class UnknownRoleError(PolicyError):
    """No role of the organisation has that name."""

    code = "role_unknown"
    status = 404


class UnknownGrantError(PolicyError):
    """No grant of the organisation has that name."""

    code = "grant_unknown"
    status = 404


class RoleInUseError(PolicyError):
    """Grants give the role."""

    code = "role_in_use"
    status = 409
