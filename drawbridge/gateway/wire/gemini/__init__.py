"""Google's generateContent, as the Gemini API and Vertex speak it. docs/wire/gemini.md has its quirks."""

from typing import Final

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.wire.canonical import Medium, Request
from drawbridge.gateway.wire.dialect import ReplyHead, ReplyReader, ReplyWriter, Target, WireRequest, Written
from drawbridge.gateway.wire.gemini.read_parts import is_youtube
from drawbridge.gateway.wire.gemini.read_reply import GeminiReplyReader
from drawbridge.gateway.wire.gemini.read_request import read_request
from drawbridge.gateway.wire.gemini.write_reply import GeminiReplyWriter
from drawbridge.gateway.wire.gemini.write_request import write_request
from drawbridge.gateway.wire.losses import Loss


class Gemini:
    """The dialect of generateContent and streamGenerateContent."""

    name: DialectName = "gemini"

    def read_request(self, wire: WireRequest) -> Request:
        return read_request(wire)

    def write_request(self, request: Request, target: Target) -> Written:
        return write_request(request, target)

    def read_reply(self, head: ReplyHead, request: Request) -> ReplyReader:
        return GeminiReplyReader(head, request)

    def write_reply(self, request: Request) -> ReplyWriter:
        return GeminiReplyWriter(request)

    def needs_data(self, medium: Medium, target: Target) -> bool:
        """Tell whether an address must be fetched: Gemini itself reads Google's files and films of YouTube only.

        Other addresses are taken by some models and refused by others, and robots.txt decides (2026-11-23).
        """
        return medium.url is not None and not is_youtube(medium.url)

    def refuse_state(self, request: Request) -> None:
        """Pass: whose a cache is, the gateway knows, and sends no caller past its vendor."""

    def unsayable(self, request: Request) -> list[Loss]:
        """Return nothing: what Gemini's callers can ask for, Gemini's replies can say."""
        return []


GEMINI: Final = Gemini()
