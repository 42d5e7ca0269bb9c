"""A script for the scripted vendor that keeps objects as a real vendor does: for its one credential, whoever asks."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

from drawbridge.core.ids import uuid7
from tests.parts.answers import answer_by_path, json_bytes
from tests.parts.wire import Answer, Request

# Any: objects of many shapes.
Json = dict[str, Any]

_JSON = (("content-type", "application/json"),)
_PREFIXES = {
    "responses": "resp",
    "files": "file",
    "batches": "batch",
    "conversations": "conv",
    "containers": "cntr",
    "cachedContents": "cache",
}
_OBJECT = re.compile(
    r"/(responses|files|messages/batches|batches|conversations|containers|cachedContents)(?:/([^/]+))?(/.*)?"
)


def replied(value: object, status: int = 200) -> Answer:
    return Answer(status=status, headers=_JSON, pieces=((json_bytes(value), 0.0),))


@dataclass(slots=True)
class KeepingVendor:
    """What lives at the vendor, by kind and id."""

    kept: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    contents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    tag: str = field(default_factory=lambda: uuid7().hex[-8:])
    """In every id: tests share a database."""
    chosen: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """The name that an upload under way asked for."""
    status_of_the_gone: int = 404
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1beta").removeprefix("/v1")
        if path == "/responses" and request.method == "POST":
            return self._respond(request)
        if path == "/messages" and b"code_execution" in request.body:
            return self._run_code(request)
        if path == "/chat/completions" and b'"modalities"' in request.body:
            return self._speak(request)
        if path.startswith("/upload/") or request.path.startswith("/upload/"):
            return self._upload(request)
        found = _OBJECT.fullmatch(path)
        if found is None:
            return answer_by_path(request)
        return self._object(request, found[1], found[2], found[3] or "")

    def make(self, kind: str, **more: object) -> Json:
        """Keep one more object."""
        short = kind.rpartition("/")[2]
        made: Json = {"id": f"{_PREFIXES[short]}_{self.tag}{next(self.numbers)}", **more}
        if kind == "cachedContents":
            made["name"] = f"cachedContents/{made['id']}"
        self.kept.setdefault(kind, {})[made["id"]] = made
        return made

    def _upload(self, request: Request) -> Answer:
        """Take a file by Google's resumable protocol."""
        if request.header("x-goog-upload-command") == "start":
            upload_id = f"up-{self.tag}-{next(self.numbers)}"
            url = f"http://{request.header('host')}{request.path}?upload_id={upload_id}&upload_protocol=resumable"
            self.chosen[upload_id] = _name_of(request)
            status = ("x-goog-upload-status", "active")
            return Answer(headers=(("x-goog-upload-url", url), status, ("content-type", "text/plain")))
        begun = re.search(r"upload_id=([\w-]+)", request.query)
        name = self.chosen.get(begun[1]) if begun else _name_of(request)
        number = name or f"{self.tag}{next(self.numbers)}"
        if number in self.kept.get("files", {}):
            return replied({"error": {"message": f"{number} already exists.", "code": 409}}, 409)
        uri = f"https://generativelanguage.googleapis.com/v1beta/files/{number}"
        made: Json = {"name": f"files/{number}", "uri": uri, "mimeType": "text/plain", "state": "ACTIVE"}
        self.kept.setdefault("files", {})[number] = {"id": number, **made}
        return replace(replied({"file": made}), headers=(*_JSON, ("x-goog-upload-status", "final")))

    def _respond(self, request: Request) -> Answer:
        body = json.loads(request.body)
        number = f"{self.tag}{next(self.numbers)}"
        item: Json = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [],
        }
        code: Json = {"id": f"ci_{number}", "type": "code_interpreter_call", "container_id": f"cntr_{number}"}
        output = [item, code] if "code_interpreter" in str(body.get("tools")) else [item]
        made = self.make("responses", object="response", status="completed", output=output, model=body["model"])
        made["usage"] = {"input_tokens": 1, "output_tokens": 1}
        if code in output:
            self.kept.setdefault("containers", {})[code["container_id"]] = {"id": code["container_id"]}
        if not body.get("stream"):
            return replied(made)
        events: list[Json] = [
            {"type": "response.created", "response": {**made, "output": [], "status": "in_progress"}},
            *({"type": "response.output_item.done", "item": done} for done in output),
            {"type": "response.completed", "response": made},
        ]
        pieces = tuple((b"data: " + json_bytes(event) + b"\n\n", 0.0) for event in events)
        return Answer(headers=(("content-type", "text/event-stream"),), pieces=pieces, framing="chunked")

    def _run_code(self, request: Request) -> Answer:
        container, made = self.make("containers"), self.make("files")
        result = {"type": "bash_code_execution_output", "file_id": made["id"]}
        block = {
            "type": "bash_code_execution_tool_result",
            "content": {"type": "bash_code_execution_result", "content": [result]},
        }
        usage = {"input_tokens": 1, "output_tokens": 1}
        body = json.loads(request.body)
        message: Json = {"id": "msg_1", "type": "message", "model": body["model"], "content": [block], "usage": usage}
        return replied({**message, "stop_reason": "end_turn", "container": {"id": container["id"]}})

    def _speak(self, request: Request) -> Answer:
        audio = {"id": f"audio_{self.tag}{next(self.numbers)}", "data": "", "transcript": "hi"}
        choice = {"index": 0, "message": {"role": "assistant", "audio": audio}, "finish_reason": "stop"}
        model = json.loads(request.body)["model"]
        usage = {"prompt_tokens": 1, "completion_tokens": 1}
        return replied({"id": "c", "object": "chat.completion", "model": model, "choices": [choice], "usage": usage})

    def _object(self, request: Request, kind: str, object_id: str | None, rest: str) -> Answer:
        shelf = self.kept.setdefault(kind, {})
        if object_id is None:
            return self._create(request, kind) if request.method == "POST" else replied({"data": [*shelf.values()]})
        if object_id not in shelf:
            return replied({"error": {"message": f"vendor: no {object_id}"}}, self.status_of_the_gone)
        if request.method == "DELETE" and not rest:
            del shelf[object_id]
            return replied({"id": object_id, "object": "deleted", "deleted": True})
        return self._about(kind, shelf[object_id], rest)

    def _about(self, kind: str, found: Json, rest: str) -> Answer:
        if rest == "/content":
            content = self.contents.get(found["id"], b"content")
            return Answer(headers=(("content-type", "application/octet-stream"),), pieces=((content, 0.0),))
        if rest == "/cancel":
            found["status"] = "cancelled"
        if rest == "/input_items":
            return replied({"object": "list", "data": [], "has_more": False})
        if kind == "batches" and rest == "":
            made = self.kept.setdefault("files", {})
            output_id = found.setdefault("output_file_id", f"file_out_{found['id']}")
            made.setdefault(output_id, {"id": output_id, "object": "file"})
        return replied(found)

    def _create(self, request: Request, kind: str) -> Answer:
        if (request.header("content-type") or "").startswith("multipart/"):
            made = self.make(kind, object="file", filename="f", bytes=1, created_at=1, purpose="batch", status="ok")
            self.contents[made["id"]] = request.body
            return replied(made)
        body = cast("Json", json.loads(request.body or b"{}"))
        more: dict[str, Callable[[], Json]] = {
            "batches": lambda: self.make(kind, object="batch", status="validating", **body),
            "cachedContents": lambda: self.make(kind, model=body["model"]),
        }
        return replied(more.get(kind, lambda: self.make(kind, **body))())


def _name_of(request: Request) -> str | None:
    """Return the name that an upload's metadata asks for."""
    found = re.search(rb'"name"\s*:\s*"(?:files/)?([^"]+)"', request.body)
    return found[1].decode() if found else None
