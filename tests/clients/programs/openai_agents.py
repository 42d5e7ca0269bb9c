# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedFunctionDecorator=false, reportAttributeAccessIssue=false
"""One turn with a tool through the OpenAI Agents SDK. The dialect is the only argument."""

import os
import sys

from agents import Agent, Runner, function_tool, set_default_openai_api, set_default_openai_client, set_tracing_disabled
from openai import AsyncOpenAI


@function_tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


set_tracing_disabled(True)
set_default_openai_api("responses" if sys.argv[1] == "responses" else "chat_completions")
client = AsyncOpenAI(base_url=f"{os.environ['GATEWAY_URL']}/v1", api_key=os.environ["GATEWAY_KEY"])
set_default_openai_client(client, use_for_tracing=False)
agent = Agent(name="worker", model=os.environ["GATEWAY_MODEL"], tools=[multiply])
print(Runner.run_sync(agent, os.environ["GATEWAY_PROMPT"], max_turns=4).final_output)
