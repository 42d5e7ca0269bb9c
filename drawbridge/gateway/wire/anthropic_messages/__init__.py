"""Anthropic messages, to and from the canonical form. Its quirks are in docs/wire/anthropic-messages.md."""

from typing import Final

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.wire.anthropic_messages.envelope import NAME
from drawbridge.gateway.wire.anthropic_messages.media import must_be_fetched
from drawbridge.gateway.wire.anthropic_messages.read_reply import MessagesReader
from drawbridge.gateway.wire.anthropic_messages.read_request import read_request
from drawbridge.gateway.wire.anthropic_messages.write_reply import MessagesReplyWriter
from drawbridge.gateway.wire.anthropic_messages.write_request import write_request
from drawbridge.gateway.wire.canonical import Medium, Request
from drawbridge.gateway.wire.dialect import Dialect, ReplyHead, ReplyReader, ReplyWriter, Target, WireRequest, Written
from drawbridge.gateway.wire.losses import Loss


class _AnthropicMessages:
    """The dialect of Anthropic's messages."""

    name: DialectName = NAME

    def read_request(self, wire: WireRequest) -> Request:
        """Read a request. Raises MalformedRequest where it is no message."""
        return read_request(wire)

    def write_request(self, request: Request, target: Target) -> Written:
        """Write a request so that a strict vendor takes it. Raises ImpossibleRequest where the model never could."""
        return write_request(request, target)

    def read_reply(self, head: ReplyHead, request: Request) -> ReplyReader:
        """Return a reader of the reply to a request that this dialect has written."""
        return MessagesReader(head, request)

    def write_reply(self, request: Request) -> ReplyWriter:
        """Return a writer of the reply to a request that this dialect has read."""
        return MessagesReplyWriter(request)

    def needs_data(self, medium: Medium, target: Target) -> bool:
        """Tell whether a medium that is given by an address must be fetched before it can be written."""
        return must_be_fetched(medium)

    def refuse_state(self, request: Request) -> None:
        """Pass: a container's name is a loss, and its content is in the conversation."""

    def unsayable(self, request: Request) -> list[Loss]:
        """Return nothing: a message cannot ask for what a message could not say."""
        return []


ANTHROPIC_MESSAGES: Final[Dialect] = _AnthropicMessages()
