"""The caller's names for the tools that a vendor calls."""

from drawbridge.gateway.wire.canonical import Request, ToolCall
from drawbridge.gateway.wire.openai_chat.writing import CUSTOM_NAME_RULE, NAME_RULE
from drawbridge.gateway.wire.tool_names import ToolNames


class CalledNames:
    """Turns calls back into what the caller's tools are. Calls for a caller of this dialect stay as they are."""

    def __init__(self, request: Request) -> None:
        self.are_changed = request.dialect != "openai-chat"
        self._functions = ToolNames(request.tools, NAME_RULE)
        self._custom = ToolNames(request.tools, CUSTOM_NAME_RULE)

    def restore(self, call: ToolCall) -> ToolCall:
        """Return a call whose arguments are whole as the caller knows the tool."""
        if not self.are_changed:
            return call
        return self._custom.restore(call) if call.is_custom else self._functions.restore(call)

    def is_held(self, name: str) -> bool:
        """Tell whether a function's arguments must be whole before the caller can be told of the call."""
        return self.are_changed and self._functions.takes_free_text(name)
