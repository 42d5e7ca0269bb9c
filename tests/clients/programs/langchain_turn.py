# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedFunctionDecorator=false, reportAttributeAccessIssue=false, reportFunctionMemberAccess=false
"""One turn with a tool through LangChain. The dialect is the only argument."""

import os
import sys

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

URL, KEY, MODEL = (os.environ[name] for name in ("GATEWAY_URL", "GATEWAY_KEY", "GATEWAY_MODEL"))


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


match sys.argv[1]:
    case "anthropic":
        model = ChatAnthropic(model=MODEL, base_url=URL, api_key=KEY)
    case dialect:
        model = ChatOpenAI(model=MODEL, base_url=f"{URL}/v1", api_key=KEY, use_responses_api=dialect == "responses")
able = model.bind_tools([multiply])
said = [HumanMessage(os.environ["GATEWAY_PROMPT"])]
answer = able.invoke(said)
while answer.tool_calls:
    said += [answer, *(multiply.invoke(call) for call in answer.tool_calls)]
    answer = able.invoke(said)
print(answer.text)
