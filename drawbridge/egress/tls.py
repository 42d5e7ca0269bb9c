"""TLS on top of a plain connection.

The event loops have TLS of their own, which will not do here: it cannot resume a session, does not tell a reply that
was cut off from one that ended (RFC 8446 section 6.1), and in uvloop loses what a slow reader has not taken when the
other side closes.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, cast

_READ_BYTES = 64 * 1024


class TlsLayer(asyncio.Protocol, asyncio.Transport):
    """The protocol of a TCP connection, and the transport of the protocol `above`.

    `above` is told of the connection when the handshake is done. `remember` is called with the session when it can
    be resumed, once.
    """

    def __init__(
        self,
        above: asyncio.Protocol,
        context: ssl.SSLContext,
        server_name: str,
        *,
        session: ssl.SSLSession | None,
        remember: Callable[[ssl.SSLSession], None],
    ) -> None:
        super().__init__()
        self._above = above
        self._remember = remember
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name, session=session)
        self._transport: asyncio.Transport | None = None
        self._shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._has_session_to_tell = True
        self._error: Exception | None = None

    async def handshake(self) -> None:
        """Wait until the other side is known and trusted; raises OSError, of which ssl.SSLError is one."""
        await self._shaken

    # What the TCP connection tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport has the methods of asyncio.Transport without being one.
        self._transport = cast("asyncio.Transport", transport)
        self._shake_hands()

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        if not self._shaken.done():
            self._shake_hands()
        if self._is_ready:
            self._read()

    def eof_received(self) -> bool:
        # The farewell would have come before it.
        self._error = ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "the connection ended without TLS's farewell")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        error = self._error or exc
        if self._is_ready:
            self._above.connection_lost(error)
        elif not self._shaken.done():
            self._shaken.set_exception(error or ConnectionResetError("the connection ended in the TLS handshake"))

    def pause_writing(self) -> None:
        if self._is_ready:
            self._above.pause_writing()

    def resume_writing(self) -> None:
        if self._is_ready:
            self._above.resume_writing()

    # What the protocol above asks for.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send."""
        left = memoryview(data)
        try:
            while left:
                left = left[self._tls.write(left) :]
        except ssl.SSLError as error:
            self._fail(error)
        self._send()

    def write_eof(self) -> None:
        """Say farewell (RFC 8446 section 6.1): nothing more will be written."""
        # An error only says that the other side has yet to say its own, or said it before.
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._send()
        if self._transport is not None:
            self._transport.write_eof()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set how many encrypted bytes may wait before `pause_writing`; see asyncio.WriteTransport."""
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high, low)

    def abort(self) -> None:
        """Close the connection at once."""
        if not self._shaken.cancelled() and not self._shaken.cancel():
            # Nobody may wait any more for what the handshake came to.
            self._shaken.exception()
        if self._transport is not None:
            self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether the connection is being closed."""
        return self._transport is None or self._transport.is_closing()

    def pause_reading(self) -> None:
        """Stop reading from the socket; what was read before is still handed over."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._transport is not None:
            self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Return how many encrypted bytes wait to be sent."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    # The name and the Any are asyncio's.
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection; see asyncio.BaseTransport."""
        if name == "ssl_object":
            return self._tls
        return default if self._transport is None else self._transport.get_extra_info(name, default)

    # How bytes pass.

    @property
    def _is_ready(self) -> bool:
        return self._shaken.done() and not self._shaken.cancelled() and self._shaken.exception() is None

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._send()
        except ssl.SSLError as error:
            # What was wrong goes out to the other side, too.
            self._send()
            self._shaken.set_exception(error)
        else:
            self._send()
            self._shaken.set_result(None)
            self._above.connection_made(self)

    def _read(self) -> None:
        try:
            while not self.is_closing():
                piece = self._tls.read(_READ_BYTES)
                if not piece:
                    self._above.eof_received()
                    return
                self._tell_session()
                self._above.data_received(piece)
        except ssl.SSLWantReadError:
            # A new key is answered.
            self._send()
        except ssl.SSLError as error:
            self._fail(error)

    def _tell_session(self) -> None:
        # Servers send what resumes a session of TLS 1.3 behind the handshake, ahead of the first reply.
        if self._has_session_to_tell:
            self._has_session_to_tell = False
            if self._tls.session is not None:
                self._remember(self._tls.session)

    def _send(self) -> None:
        if self._outgoing.pending and self._transport is not None:
            self._transport.write(self._outgoing.read())

    def _fail(self, error: ssl.SSLError) -> None:
        self._error = error
        self.abort()
