"""Lists of a caller's own objects: the vendor's own list would show everybody's."""

import asyncio
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from drawbridge.egress import EgressError, IncomingReply
from drawbridge.gateway.objects.kinds import Page
from drawbridge.gateway.objects.ownership import Owners, Place
from drawbridge.gateway.objects.sending import Asked, Prepared, attempt_at, request_to
from drawbridge.gateway.permission import may_use_provider
from drawbridge.gateway.pipeline import Pipeline
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.relay import refusal_of

_JSON: Final = [(b"content-type", b"application/json")]
_AT_ONCE: Final = 8
_LARGEST_BYTES: Final = 1 << 20
_USUAL_LIMIT: Final = 20
_LARGEST_LIMIT: Final = 100


async def write_list(pipeline: Pipeline, owners: Owners, asked: Asked) -> None:
    """Answer with those of a caller's objects that the vendor still knows. Raises Refusal."""
    family = asked.call.family
    names = [
        name
        for name, provider in asked.snapshot.providers.items()
        if family.needs in provider.dialects and may_use_provider(asked.asking, provider)
    ]
    page = _page_wanted(asked)
    wanted, has_more = await owners.listed(asked.owner, family.kind, names, page)
    shown = await _fetch(pipeline, asked, wanted)
    await asked.exchange.reply(200, _JSON, _written(asked, wanted, shown, has_more=has_more))


def _page_wanted(asked: Asked) -> Page:
    query = {name: value for name, value, _ in asked.exchange.query_items()}
    is_gemini = asked.call.family.dialect == "gemini"
    is_anthropic = asked.call.family.dialect == "anthropic-messages"
    written = query.get("pageSize" if is_gemini else "limit") or query.get("page_size")
    limit = int(written) if written and written.isdecimal() and len(written) < 9 else _USUAL_LIMIT
    after = query.get("pageToken", query.get("page_token")) if is_gemini else query.get("after")
    return Page(
        limit=max(1, min(limit, _LARGEST_LIMIT)),
        after=(query.get("after_id") if is_anthropic else after) or None,
        before=(query.get("before_id") if is_anthropic else None) or None,
        descending=query.get("order") != "asc",
    )


async def _fetch(pipeline: Pipeline, asked: Asked, places: Sequence[Place]) -> list[msgspec.Raw]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def fetch(place: Place) -> bytes | None:
        async with slots:
            return await _fetch_one(pipeline, asked, place)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(place)) for place in places]
    except ExceptionGroup as failed:
        # Not `except*`: Python 3.11.2 gives what is raised there as a group.
        refusals = [error for error in failed.exceptions if isinstance(error, Refusal)]
        if not refusals:
            raise
        raise refusals[0] from None
    return [msgspec.Raw(found) for task in tasks if (found := task.result()) is not None]


async def _fetch_one(pipeline: Pipeline, asked: Asked, place: Place) -> bytes | None:
    """Return one object as the vendor shows it; None where the vendor does not know it any more. Raises Refusal."""
    object_id, provider_name = place
    provider = asked.snapshot.providers[provider_name]
    attempt = attempt_at(pipeline, asked, provider)
    target = f"{asked.call.family.upstream}/{quote(object_id, safe='')}"
    attempt.begin()
    try:
        async with pipeline.door.stream(request_to(pipeline, asked, provider, target, Prepared())) as reply:
            attempt.answered(reply.status, reply.raw_headers)
            body = await _collect(reply)
            attempt.settle_fetched()
    except EgressError as error:
        raise refusal_of(error) from error
    finally:
        if not attempt.settled:
            attempt.settle_unheard("provider_failed")
    if reply.status in (404, 410):
        return None
    if reply.status >= 300 or not _is_object(body):
        raise Refusal(
            "provider_broke_off",
            f"Provider '{provider_name}' answered with status {reply.status} when it was asked for '{object_id}'.",
            retry_after_s=2,
        )
    return body


async def _collect(reply: IncomingReply) -> bytes:
    """Return a reply's body, cut off where it grows beyond what an object can be: then it is no JSON."""
    body = bytearray()
    async for piece in reply.pieces():
        body += piece
        if len(body) > _LARGEST_BYTES:
            break
    return bytes(body)


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(body), dict)
    except msgspec.MsgspecError:
        return False


def _written(asked: Asked, wanted: Sequence[Place], shown: list[msgspec.Raw], *, has_more: bool) -> bytes:
    first, last = (wanted[0][0], wanted[-1][0]) if wanted else (None, None)
    match asked.call.family.dialect:
        case "gemini":
            page: dict[str, object] = {asked.call.family.upstream.removeprefix("/"): shown}
            if has_more:
                page["nextPageToken"] = last
        case "anthropic-messages":
            page = {"data": shown, "has_more": has_more, "first_id": first, "last_id": last}
        case _:
            page = {"object": "list", "data": shown, "has_more": has_more, "first_id": first, "last_id": last}
    return msgspec.json.encode(page)
