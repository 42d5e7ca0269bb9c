"""E-mail, by way of the server that an operator has set. Its address may be private: nobody else chooses it."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final
from urllib.parse import unquote, urlsplit

from drawbridge.egress.errors import ConnectFailed
from drawbridge.egress.failures import timed_out

_STEP_S: Final = 10.0
_TOTAL_S: Final = 60.0
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `is_secure`: TLS from the first byte; else by STARTTLS, where the server offers it."""

    host: str
    port: int
    is_secure: bool
    user: str | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A text to one person."""

    recipient: str
    subject: str
    text: str
    message_id: str
    """The same for the same mail sent again, such as `<1@drawbridge>`."""


def mail_server(url: str) -> MailServer:
    """Read `smtps://user:password@mail.example.com:465`, which the settings have checked."""
    parts = urlsplit(url)
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        is_secure=parts.scheme == "smtps",
        user=None if parts.username is None else unquote(parts.username),
        password=unquote(parts.password or ""),
    )


class MailDoor:
    """The way out for mail. `trust` replaces the system's certificate authorities."""

    def __init__(self, server: MailServer, sender: str, *, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._trust = trust

    async def send(self, mail: OutgoingMail) -> None:
        """Hand in a mail, and wait until the server has taken it. Raises ConnectFailed, Timeout."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.recipient, mail.subject
        message["Date"], message["Message-ID"] = formatdate(), mail.message_id
        message.set_content(mail.text)
        authority = f"{self._server.host}:{self._server.port}"
        try:
            async with asyncio.timeout(_TOTAL_S):
                await asyncio.to_thread(self._hand_in, message)
        except TimeoutError as error:
            raise timed_out(authority, "total", _TOTAL_S, did_send=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise ConnectFailed(f"The mail server {authority} did not take a mail: {error}.", did_send=True) from error

    def _hand_in(self, message: EmailMessage) -> None:
        server = self._server
        trust = self._trust or ssl.create_default_context()
        opened: smtplib.SMTP
        if server.is_secure:
            opened = smtplib.SMTP_SSL(server.host, server.port, timeout=_STEP_S, context=trust)
        else:
            opened = smtplib.SMTP(server.host, server.port, timeout=_STEP_S)
        with opened as smtp:
            smtp.ehlo_or_helo_if_needed()
            if not server.is_secure and smtp.has_extn("starttls"):
                smtp.starttls(context=trust)
            elif not server.is_secure and server.user is not None:
                raise smtplib.SMTPNotSupportedError("it offers no TLS, and a password does not go without")
            if server.user is not None:
                smtp.login(server.user, server.password)
            smtp.send_message(message)
