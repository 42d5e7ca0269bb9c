"""A conversation as Markdown, for people, and as JSON, for programs. No I/O."""

import re
from collections.abc import Mapping
from typing import Any, Final

from drawbridge.chat.records import Conversation, Message, MessageId, text_of
from drawbridge.core.money import format_usd

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_NAME: Final = 50
_MARKS: Final = re.compile(r"[\\`*_\[\]<>]")

# An object of JSON. Any: its members are of several types.
Json = dict[str, Any]

VERSION: Final = 1


def markdown_head(conversation: Conversation) -> str:
    """Write what stands before the messages."""
    title = conversation.title or "Conversation"
    lines = [f"# {title}", "", f"{conversation.created_at:%Y-%m-%d %H:%M} UTC"]
    if conversation.system_prompt:
        lines += ["", "## System", "", conversation.system_prompt]
    return "\n".join(lines).rstrip() + "\n"


def markdown_message(message: Message) -> str:
    """Write a message behind others."""
    return "\n".join(["", _heading(message), "", *_body(message)]).rstrip() + "\n"


def json_head(conversation: Conversation) -> Json:
    """Write a conversation without its messages and the words of its files."""
    return {
        "version": VERSION,
        "id": str(conversation.id),
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "system_prompt": conversation.system_prompt,
        "parameters": conversation.parameters,
        "current_message_id": None if conversation.current_message_id is None else str(conversation.current_message_id),
    }


def file_name(conversation: Conversation, ending: str) -> str:
    """Return a name that every system takes."""
    name = _NO_NAME.sub("-", conversation.title).strip("-").lower()[:_LONGEST_NAME].strip("-")
    return f"{name or 'conversation'}-{conversation.created_at:%Y-%m-%d}.{ending}"


def branch_of(conversation: Conversation, parents: Mapping[MessageId, MessageId | None]) -> list[MessageId]:
    """Return the branch that was looked at last, the first message first."""
    branch: list[MessageId] = []
    here = conversation.current_message_id
    while here is not None and here in parents:
        branch.append(here)
        here = parents[here]
    return branch[::-1]


def _heading(message: Message) -> str:
    if message.role == "user":
        return "## You"
    cost = "" if message.cost is None else f", {format_usd(message.cost)}"
    return f"## {message.model or 'Answer'}{cost}"


def _body(message: Message) -> list[str]:
    lines = [text_of(message.parts)] if message.parts else []
    lines += [f"\n*File: {_plain(part['filename'])}*" for part in message.parts if part.get("type") == "file"]
    if message.state in {"failed", "cancelled"}:
        why = (message.ending or {}).get("failure", {}).get("message") or f"This answer was {message.state}."
        lines += ["", f"*{why}*"] if lines else [f"*{why}*"]
    return lines


def _plain(name: str) -> str:
    """Return a name that Markdown does not read as anything else."""
    return _MARKS.sub(r"\\\g<0>", name)


def json_message(message: Message) -> Json:
    """Write a message, which names the one that it follows."""
    written: Json = {
        "id": str(message.id),
        "parent_id": None if message.parent_id is None else str(message.parent_id),
        "role": message.role,
        "created_at": message.created_at.isoformat(),
        "parts": list(message.parts),
    }
    if message.role == "assistant":
        written |= {
            "state": message.state,
            "model": message.model,
            "parameters": dict(message.parameters or {}),
            "ending": dict(message.ending or {}),
            "cost_nanousd": message.cost,
            "input_tokens": message.input_tokens,
            "output_tokens": message.output_tokens,
            "rating": message.rating,
            "note": message.note,
        }
    return written
