"""What can go wrong on the way to a vendor and back.

    EgressError
      +-- Unsendable       the request would not be one well-formed HTTP request
      +-- AddressRefused   the address is not a public one, and private ones were not allowed
      +-- ConnectFailed    no connection, or it broke before the reply began
      +-- Timeout          a deadline passed: connect, first byte, between bytes, or total
      +-- BrokenReply      the reply is not HTTP, or broke off
      +-- TooLarge         the reply is longer than the door lets in

`did_send` tells whether any byte of the request may have left: where it is False the vendor cannot have
seen the request, and trying again cannot be charged twice.
"""

from typing import Literal

from drawbridge.core.errors import DrawbridgeError, Fault

Stage = Literal["connect", "first_byte", "between_bytes", "total"]


class EgressError(DrawbridgeError):
    """An outgoing call that failed. `did_send` is True unless it is certain that nothing left."""

    code = "provider_failed"
    status = 502
    fault: Fault = "provider"

    def __init__(self, message: str, *, did_send: bool) -> None:
        super().__init__(message)
        self.did_send = did_send


class Unsendable(EgressError):
    """The request cannot be written as one well-formed HTTP request."""

    code = "request_unsendable"
    status = 400
    fault: Fault = "caller"

    def __init__(self, message: str) -> None:
        super().__init__(message, did_send=False)


class AddressRefused(EgressError):
    """The host has an address that outgoing calls may not reach."""

    code = "address_refused"
    status = 403
    fault: Fault = "policy"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"Drawbridge does not connect to {address}: it {reason}. Check the URL. Into a private network it"
            " connects only as whoever runs it allows: see 'Private networks' in docs/configuration.md.",
            did_send=False,
        )
        self.address = address


class ConnectFailed(EgressError):
    """No connection came about, or it broke before the first byte of a reply."""

    code = "provider_unreachable"


class Timeout(EgressError):
    """A deadline passed while Drawbridge waited for the other side."""

    code = "provider_timeout"
    status = 504

    def __init__(self, message: str, *, which: Stage, did_send: bool) -> None:
        super().__init__(message, did_send=did_send)
        self.which: Stage = which


class BrokenReply(EgressError):
    """The reply broke off, or is not HTTP."""

    code = "provider_reply_broken"

    def __init__(self, message: str) -> None:
        super().__init__(message, did_send=True)


class TooLarge(EgressError):
    """The reply is longer than the door lets in."""

    code = "provider_reply_too_large"

    def __init__(self, message: str) -> None:
        super().__init__(message, did_send=True)
