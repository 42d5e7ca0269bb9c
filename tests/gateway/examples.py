"""One small call of each kind."""

import pytest

from tests.parts.caller import Json

SAID = [{"role": "user", "content": "Grüße"}]
CHAT: Json = {"model": "gpt-5", "messages": SAID}
RESPONSE: Json = {"model": "gpt-5", "input": "Grüße"}
MESSAGE: Json = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": SAID}
GENERATE: Json = {"contents": [{"parts": [{"text": "Grüße"}]}]}

WHOLE = (
    pytest.param("/v1/chat/completions", CHAT, id="chat"),
    pytest.param("/v1/responses", RESPONSE, id="response"),
    pytest.param("/v1/messages", MESSAGE, id="message"),
    pytest.param("/v1beta/models/gemini-2.5-pro:generateContent", GENERATE, id="gemini"),
)
EVENT_STREAMS = (
    pytest.param("/v1/chat/completions", {**CHAT, "stream": True}, id="chat"),
    pytest.param("/v1/responses", {**RESPONSE, "stream": True}, id="response"),
    pytest.param("/v1/messages", {**MESSAGE, "stream": True}, id="message"),
    pytest.param("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", GENERATE, id="gemini"),
)
ARRAY_STREAM = "/v1beta/models/gemini-2.5-pro:streamGenerateContent"
