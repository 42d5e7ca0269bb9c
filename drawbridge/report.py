"""What preparing an installation found, told by a worker to its parent and by that to the operator."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """What an operator should know at the start."""

    first_admin_key: str | None
    """Shown once; None on every start but the first."""
    set_up_token: str | None
    """Opens the page on which the first account is made, until the next start; None once there is one."""
    found_providers: dict[str, str]
    """Providers used by reference to the environment: their names, and the variable of each."""
