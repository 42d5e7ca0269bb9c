"""Short ways to make a request through the door and to read its reply."""

from drawbridge.egress import Deadlines, IncomingReply, OutgoingRequest

PATIENT = Deadlines(connect_s=5, first_byte_s=5, between_bytes_s=5, total_s=10)


def post(
    url: str,
    body: bytes = b"{}",
    *,
    method: str = "POST",
    headers: tuple[tuple[str, str], ...] = (),
    deadlines: Deadlines = PATIENT,
    allow_private: bool = True,
) -> OutgoingRequest:
    return OutgoingRequest(method, url, headers, body, deadlines, allow_private)


async def read(reply: IncomingReply) -> bytes:
    return b"".join([piece async for piece in reply.pieces()])
