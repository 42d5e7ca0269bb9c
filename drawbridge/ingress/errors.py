"""What can go wrong between a caller and the door inwards.

    IngressError
      +-- BadRequest       what arrived is not one well-formed HTTP request
      +-- HeadTooLarge     its target or its headers do not end
      +-- TooLarge         its body is larger than the reader takes
      +-- CallerTimeout    the rest of it did not come in time

CallerLeftError stands apart: there is nobody left to tell.
"""

from drawbridge.core.errors import DrawbridgeError, Fault


class CallerLeftError(Exception):
    """The caller closed the connection, or stopped reading, before its exchange was complete."""


class IngressError(DrawbridgeError):
    """A request that cannot be served as it came."""

    code = "bad_request"
    status = 400
    fault: Fault = "caller"


class BadRequest(IngressError):
    """What arrived is not one well-formed HTTP request."""


class HeadTooLarge(IngressError):
    """The request's target or its headers are longer than any that is served."""

    code = "head_too_large"
    status = 431

    def __init__(self, message: str, *, in_target: bool) -> None:
        super().__init__(message)
        self.status = 414 if in_target else 431


class TooLarge(IngressError):
    """The request's body is larger than the limit that holds for it."""

    code = "too_large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The request is larger than the {limit} bytes allowed here. Send less, or ask the operator to raise "
            "DRAWBRIDGE_MAX_BODY_BYTES."
        )


class CallerTimeout(IngressError):
    """The rest of a request did not arrive in time."""

    code = "timed_out_waiting_for_caller"
    status = 408

    def __init__(self, waited_s: float) -> None:
        super().__init__(
            f"The rest of the request did not arrive within {waited_s:g} s: send it again.", retry_after_s=1
        )
