"""How a failed exchange is told: what happened, and what to do next."""

import socket
import ssl

from drawbridge.egress.errors import BrokenReply, ConnectFailed, Stage, Timeout, TooLarge

_WAITED_FOR: dict[Stage, str] = {
    "connect": "did not accept a connection",
    "first_byte": "did not begin to answer",
    "between_bytes": "went silent in the middle of its answer: nothing came",
    "total": "did not finish its answer",
}

_TIMEOUT_ADVICE: dict[Stage, str] = {
    "connect": "Check the base URL, and that a firewall lets this machine reach it.",
    "first_byte": "A long prompt or a busy provider may need a longer first-byte deadline.",
    "between_bytes": "A model that thinks for long may need a longer deadline between bytes.",
    "total": "A long answer may need a longer total deadline.",
}


def timed_out(authority: str, which: Stage, seconds: float, *, did_send: bool) -> Timeout:
    """Return the error for a deadline that passed."""
    return Timeout(
        f"{authority} {_WAITED_FOR[which]} within {seconds:g} s. {_TIMEOUT_ADVICE[which]}",
        which=which,
        did_send=did_send,
    )


def no_connection_free(authority: str, connections: int, which: Stage, seconds: float) -> Timeout:
    """Return the error for a wait in the queue for a connection."""
    return Timeout(
        f"All {connections} connections to {authority} stayed busy for {seconds:g} s. Try again later, or raise"
        " DRAWBRIDGE_CONNECTIONS_PER_HOST.",
        which=which,
        did_send=False,
    )


def not_connected(authority: str, error: Exception) -> ConnectFailed:
    """Return the error for a connection that did not come about."""
    return ConnectFailed(f"No connection to {authority}: {_connect_advice(error)}", did_send=False)


def not_taken(authority: str, error: Exception) -> ConnectFailed:
    """Return the error for text of which it is not certain that the receiver has read it."""
    return ConnectFailed(
        f"{authority} ended the connection before it had taken everything ({_reason(error)}). Its own logs tell why.",
        did_send=True,
    )


def refused_by_proxy(authority: str, reason: str) -> ConnectFailed:
    """Return the error for a connection that the proxy did not make."""
    return ConnectFailed(
        f"No connection to {authority} by way of the proxy: {reason}. Check DRAWBRIDGE_PROXY_URL, and that the proxy"
        " lets this machine reach the host.",
        did_send=False,
    )


def no_answer(authority: str, error: Exception | None) -> ConnectFailed:
    """Return the error for a connection that ended before the first byte of a reply."""
    return ConnectFailed(
        f"{authority} closed the connection before it answered ({_reason(error)}). Whether it acted on the"
        " request is unknown; its own logs tell.",
        did_send=True,
    )


def not_http(authority: str, reason: str) -> BrokenReply:
    """Return the error for a reply whose head cannot be read."""
    return BrokenReply(
        f"{authority} did not answer in HTTP ({reason}). Check that the URL's scheme and port belong to an HTTP API."
    )


def broken_off(authority: str, reason: str) -> BrokenReply:
    """Return the error for a reply that ended too early, or in disorder."""
    return BrokenReply(
        f"{authority} broke off its reply ({reason}). What had arrived was passed on; try again, and check"
        " the provider's status page if it happens often."
    )


def cut_off(authority: str, error: Exception | None) -> BrokenReply:
    """Return the error for a reply whose connection ended too early."""
    return broken_off(authority, _reason(error))


def too_large(authority: str) -> TooLarge:
    """Return the error for a reply that is longer than the limit."""
    return TooLarge(
        f"The reply of {authority} is longer than Drawbridge lets in. Ask for less at once,"
        " or check that the URL is the one of an API."
    )


def _reason(error: Exception | None) -> str:
    return "end of the connection" if error is None else str(error) or type(error).__name__


def _connect_advice(error: Exception) -> str:
    match error:
        case socket.gaierror() | UnicodeError():
            return f"its name was not found ({error}). Check the base URL for a typing error, and DNS."
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not trusted ({error}). Check the base URL, or add your"
                " organisation's certificate authority."
            )
        case ssl.SSLError():
            return f"the TLS handshake failed ({error}). Check that the port speaks https."
        case _:
            return f"{_reason(error)}. Check the base URL and port, and that the provider is running."
