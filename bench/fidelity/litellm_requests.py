"""Run by LiteLLM's own Python: says recorded requests in other dialects, and prints what a vendor would have got.

Reads lines of JSON {id, source, target, body}; writes lines {id, source, target, body} or {..., error}. LiteLLM is
called by the functions that its proxy calls for each of its APIs, against a server here that keeps what comes and
answers 400. Nothing else can be reached.
"""

import asyncio
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any, ClassVar, TextIO

# Any: what another environment has, and requests of any dialect.
Json = Any
Library = Any

_TIMEOUT_S = 15
_MODELS = {
    "openai-chat": "custom_openai/some-model",
    "openai-responses": "openai/responses/some-model",
    "anthropic-messages": "anthropic/claude-sonnet-4-5-20250929",
    "gemini": "gemini/gemini-2.5-pro",
}


class _Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    got: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        """Keep a request, and refuse it."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.got.append(body)
        answer = b'{"error":{"message":"enough","type":"invalid_request_error","code":400}}'
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


async def _say(litellm: Library, case: Json, base: str) -> None:
    body = {name: value for name, value in case["body"].items() if name not in ("model", "stream")}
    how = {"model": _MODELS[case["target"]], "api_base": base, "api_key": "none", "num_retries": 0, "max_retries": 0}
    match case["source"]:
        case "openai-chat":
            await litellm.acompletion(**body, **how, drop_params=True)
        case "openai-responses":
            await litellm.aresponses(**body, **how, drop_params=True)
        case "anthropic-messages":
            await litellm.anthropic.messages.acreate(**body, **how)
        case _:
            config: Json = body.pop("generationConfig", None) or body.pop("generation_config", None) or {}
            await import_module("litellm.google_genai").agenerate_content(**body, config=config, **how)


async def _translate(litellm: Library, case: Json, base: str) -> Json:
    _Upstream.got.clear()
    problem = None
    try:
        await asyncio.wait_for(_say(litellm, case, base), _TIMEOUT_S)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"[:200]
    told = {name: case[name] for name in ("id", "source", "target")}
    try:
        return told | {"body": json.loads(_Upstream.got[0])}
    except (IndexError, ValueError):
        return told | {"error": problem or "nothing was sent"}


async def _all(litellm: Library, base: str, results: TextIO) -> None:
    for line in sys.stdin:
        told = await _translate(litellm, json.loads(line), base)
        print(json.dumps(told), file=results, flush=True)


if __name__ == "__main__":
    results = os.fdopen(os.dup(1), "w")
    # What the library itself prints is not for the results.
    os.dup2(2, 1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    litellm: Library = import_module("litellm")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = True
    litellm.modify_params = True
    asyncio.run(_all(litellm, f"http://127.0.0.1:{server.server_port}", results))
