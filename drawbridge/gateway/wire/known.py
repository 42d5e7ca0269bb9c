"""The dialects between which calls are translated, by name."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.dialect import Dialect
from drawbridge.gateway.wire.gemini import GEMINI
from drawbridge.gateway.wire.openai_chat import OPENAI_CHAT
from drawbridge.gateway.wire.openai_responses import OPENAI_RESPONSES

DIALECTS: Final[Mapping[DialectName, Dialect]] = {
    dialect.name: dialect for dialect in (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES, GEMINI)
}
