# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""One turn with a tool through Mistral's SDK."""

import json
import os

from mistralai.client import Mistral

MODEL = os.environ["GATEWAY_MODEL"]
NUMBER = {"type": "number"}
PARAMETERS = {"type": "object", "properties": {"a": NUMBER, "b": NUMBER}, "required": ["a", "b"]}
FUNCTION = {"name": "multiply", "description": "Multiply two numbers.", "parameters": PARAMETERS}
TOOLS = [{"type": "function", "function": FUNCTION}]

with Mistral(server_url=os.environ["GATEWAY_URL"], api_key=os.environ["GATEWAY_KEY"]) as client:
    said = [{"role": "user", "content": os.environ["GATEWAY_PROMPT"]}]
    answer = client.chat.complete(model=MODEL, messages=said, tools=TOOLS).choices[0].message
    while answer.tool_calls:
        said.append(answer)
        for call in answer.tool_calls:
            numbers = json.loads(call.function.arguments)
            result = str(numbers["a"] * numbers["b"])
            said.append({"role": "tool", "tool_call_id": call.id, "name": "multiply", "content": result})
        answer = client.chat.complete(model=MODEL, messages=said, tools=TOOLS).choices[0].message
    print(answer.content)
