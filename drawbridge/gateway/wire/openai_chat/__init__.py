"""OpenAI Chat Completions, as OpenAI and the many vendors that copy it speak it."""

from typing import Final

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.wire.canonical import HostedTool, Medium, Request
from drawbridge.gateway.wire.dialect import Dialect, ReplyHead, ReplyReader, ReplyWriter, Target, WireRequest, Written
from drawbridge.gateway.wire.losses import Loss, leaves
from drawbridge.gateway.wire.openai_chat.read_reply import ChatReplyReader
from drawbridge.gateway.wire.openai_chat.read_request import read_request
from drawbridge.gateway.wire.openai_chat.write_reply import ChatReplyWriter
from drawbridge.gateway.wire.openai_chat.write_request import write_request


class _OpenAIChat:
    """The dialect. Its functions stand in modules of their names."""

    name: DialectName = "openai-chat"

    def read_request(self, wire: WireRequest) -> Request:
        return read_request(wire)

    def write_request(self, request: Request, target: Target) -> Written:
        return write_request(request, target)

    def read_reply(self, head: ReplyHead, request: Request) -> ReplyReader:
        return ChatReplyReader(head, request)

    def write_reply(self, request: Request) -> ReplyWriter:
        return ChatReplyWriter(request)

    def needs_data(self, medium: Medium, target: Target) -> bool:
        """Images may be given by an address, to most; documents and sound never, but to Mistral and its like."""
        if medium.url is None or medium.kind in {"image", "video"}:
            return False
        return medium.kind == "audio" or "document_url" not in target.profile.extensions

    def refuse_state(self, request: Request) -> None:
        """Pass: a chat completion refers to nothing that is kept."""

    def unsayable(self, request: Request) -> list[Loss]:
        """Only a web search's finds have a place in the answer: as annotations."""
        tools = [tool for tool in request.tools if isinstance(tool, HostedTool) and tool.kind != "web_search"]
        reason = "what a tool of the vendor's does has no place in a chat completion"
        return [Loss(path, reason) for tool in tools for path, _ in leaves(tool.raw, tool.at)]


OPENAI_CHAT: Final[Dialect] = _OpenAIChat()
