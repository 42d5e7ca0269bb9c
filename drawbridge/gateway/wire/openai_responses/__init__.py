"""The dialect OpenAI Responses."""

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.wire.canonical import HostedTool, Medium, Request
from drawbridge.gateway.wire.dialect import (
    Dialect,
    ReplyHead,
    ReplyReader,
    ReplyWriter,
    Target,
    WireRequest,
    Written,
)
from drawbridge.gateway.wire.losses import Loss, Losses
from drawbridge.gateway.wire.openai_responses.parts import NAME
from drawbridge.gateway.wire.openai_responses.read_reply import ResponseReader
from drawbridge.gateway.wire.openai_responses.read_request import read_request
from drawbridge.gateway.wire.openai_responses.vendor_state import refuse_vendor_state
from drawbridge.gateway.wire.openai_responses.write_reply import ResponseWriter
from drawbridge.gateway.wire.openai_responses.write_request import write_request


class _OpenaiResponses:
    name: DialectName = NAME

    def read_request(self, wire: WireRequest) -> Request:
        return read_request(wire)

    def write_request(self, request: Request, target: Target) -> Written:
        return write_request(request, target)

    def read_reply(self, head: ReplyHead, request: Request) -> ReplyReader:
        return ResponseReader(head, request)

    def write_reply(self, request: Request) -> ReplyWriter:
        return ResponseWriter(request)

    def needs_data(self, medium: Medium, target: Target) -> bool:
        # Images and files may be given by their address; sounds may not.
        return medium.kind == "audio" and medium.url is not None

    def refuse_state(self, request: Request) -> None:
        refuse_vendor_state(request)

    def unsayable(self, request: Request) -> list[Loss]:
        losses = Losses()
        for tool in request.tools:
            if isinstance(tool, HostedTool):
                losses.lose(tool, "what another vendor's tool does cannot be told in a response", field="kind")
        return [*losses]


OPENAI_RESPONSES: Dialect = _OpenaiResponses()
