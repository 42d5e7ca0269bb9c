# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""One turn with a tool through the Claude Agent SDK, which brings a Claude Code of its own."""

import asyncio
import os

from claude_agent_sdk import ClaudeAgentOptions, query


async def main() -> None:
    """Ask, and print all that comes."""
    options = ClaudeAgentOptions(model=os.environ["GATEWAY_MODEL"], allowed_tools=["Bash"])
    async for message in query(prompt=os.environ["GATEWAY_PROMPT"], options=options):
        print(message)


asyncio.run(main())
