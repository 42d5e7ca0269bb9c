"""A mail server on the loopback, that can be told to refuse."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(slots=True)
class Mailbox:
    """What a server took, and how many mails it refuses before."""

    refuses: int = 0
    port: int = 0
    recipients: list[str] = field(default_factory=list[str])
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    tries: int = 0


@asynccontextmanager
async def mailbox(refuses: int = 0) -> AsyncGenerator[Mailbox]:
    """Serve SMTP (RFC 5321), as much of it as a client needs that hands in mail without signing in."""
    box = Mailbox(refuses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                box.recipients.append(line.split(b"<")[1].split(b">")[0].decode())
            if verb == b"DATA":
                box.tries += 1
                writer.write(b"354 go on\r\n")
                await _take(box, reader, writer)
                continue
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            if verb == b"QUIT":
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


async def _take(box: Mailbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    content = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
    if box.refuses > 0:
        box.refuses -= 1
        writer.write(b"451 later\r\n")
        return
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    box.mails.append(mail)
    writer.write(b"250 taken\r\n")
