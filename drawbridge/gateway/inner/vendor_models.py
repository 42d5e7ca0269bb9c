"""What vendors say that they serve, for people to choose from: models of open providers, which nobody has listed."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from drawbridge.core.clock import Clock
from drawbridge.core.ids import PrincipalId
from drawbridge.egress import BrokenReply, Deadlines, Door, EgressError, OutgoingRequest
from drawbridge.gateway.dialects import AuthStyle, Dialect
from drawbridge.gateway.headers import headers_up
from drawbridge.gateway.providers.presets import REHEARSAL_URL
from drawbridge.gateway.providers.rehearsal import MODELS
from drawbridge.gateway.snapshot import Provider
from drawbridge.gateway.vendor_words import error_words

_DEADLINES: Final = Deadlines(connect_s=3, first_byte_s=3, between_bytes_s=3, total_s=4)
_MOST_BYTES: Final = 4 << 20
_KEPT_S: Final = 600.0
_KEPT_FAILED_S: Final = 30.0
_NOBODY: Final = PrincipalId(UUID(int=0))
# https://docs.claude.com/en/api/models-list and https://ai.google.dev/api/models: both give pages, of at most 1,000.
_LISTS: Final[tuple[tuple[Dialect, str], ...]] = (
    ("openai-chat", "/models"),
    ("openai-responses", "/models"),
    ("anthropic-messages", "/models?limit=1000"),
    ("gemini", "/models?pageSize=1000"),
)


class _Model(msgspec.Struct):
    id: str | None = None
    name: str | None = None


class _List(msgspec.Struct):
    data: list[_Model] | None = None
    """Of OpenAI and Anthropic, and all that copy them."""
    models: list[_Model] | None = None
    """Of Gemini, whose names begin with `models/`."""


_list_of: Final = msgspec.json.Decoder(_List).decode


class ListRefused(BrokenReply):
    """A vendor answered with an error. `vendor_status` is the HTTP status that it came with."""

    def __init__(self, vendor_status: int, words: str | None) -> None:
        super().__init__(words or f"A list of models was answered with {vendor_status}.")
        self.vendor_status = vendor_status


_Place = tuple[str, str | None, AuthStyle, frozenset[Dialect], bool]
"""What tells one list of models from another: where it is, whom for, and by which networks."""


@dataclass(slots=True)
class _Known:
    names: tuple[str, ...]
    until: float
    """By the monotonic clock."""


@dataclass(slots=True)
class VendorModels:
    """Asks each vendor once in ten minutes, whoever wants to know. One that does not answer serves nothing so long."""

    door: Door
    clock: Clock
    _known: dict[_Place, _Known] = field(default_factory=dict[_Place, _Known], init=False, repr=False)
    _asking: WeakValueDictionary[_Place, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[_Place, asyncio.Lock], init=False, repr=False
    )

    async def of(self, providers: Iterable[Provider]) -> dict[str, tuple[str, ...]]:
        """Return the names of models that open providers serve and claim, by the name of the provider."""
        wanted = {each.name: each for each in providers if _is_open(each)}
        async with asyncio.TaskGroup() as group:
            for provider in wanted.values():
                if self._of(provider) is None:
                    group.create_task(self._ask_once(provider))
        return {name: _claimed(provider, self._of(provider) or ()) for name, provider in wanted.items()}

    def _of(self, provider: Provider) -> tuple[str, ...] | None:
        known = self._known.get(_place(provider))
        return known.names if known is not None and self.clock.monotonic() < known.until else None

    async def _ask_once(self, provider: Provider) -> None:
        # For each place by itself: nobody waits for a vendor of somebody else that is slow.
        async with self._asking.setdefault(_place(provider), asyncio.Lock()):
            if self._of(provider) is None:
                await self._ask(provider)

    async def _ask(self, provider: Provider) -> None:
        try:
            names = await self.listed(provider)
            kept_s = _KEPT_S
        except (EgressError, msgspec.MsgspecError, UnicodeDecodeError):
            names, kept_s = (), _KEPT_FAILED_S
        self._known[_place(provider)] = _Known(names, self.clock.monotonic() + kept_s)

    async def listed(self, provider: Provider) -> tuple[str, ...]:
        """Ask a vendor now which models it serves, by name. The provider must be one that `tells_models`.

        Raises EgressError, msgspec.MsgspecError and UnicodeDecodeError.
        """
        if provider.base_url == REHEARSAL_URL:
            return MODELS
        dialect, path = next(each for each in _LISTS if each[0] in provider.dialects)
        headers = headers_up((), dialect, provider, _NOBODY)
        url, may = provider.base_url + path, provider.allow_private
        request = OutgoingRequest("GET", url, headers, b"", _DEADLINES, allow_private=may)
        body = b""
        async with self.door.stream(request) as reply:
            async for piece in reply.pieces():
                body += piece
                if len(body) > _MOST_BYTES:
                    raise BrokenReply("A list of models has no end.")
        if reply.status != HTTPStatus.OK:
            raise ListRefused(reply.status, _without_credential(error_words(body), provider))
        listed = _list_of(body)
        names = [model.id or (model.name or "").removeprefix("models/") for model in listed.data or listed.models or ()]
        return tuple(sorted({name for name in names if name}))


def _without_credential(words: str | None, provider: Provider) -> str | None:
    """Take out what a vendor repeats of the credential that it was sent."""
    if words is None or not provider.credential:
        return words
    return words.replace(provider.credential, "[credential]")


def tells_models(provider: Provider) -> bool:
    """Tell whether a vendor can be asked which models it serves."""
    return any(dialect in provider.dialects for dialect, _ in _LISTS)


def _is_open(provider: Provider) -> bool:
    return (
        provider.claims is not None
        and provider.credential_problem is None
        and provider.base_url != REHEARSAL_URL
        and tells_models(provider)
    )


def _place(provider: Provider) -> _Place:
    return provider.base_url, provider.credential, provider.auth, provider.dialects, provider.allow_private


def _claimed(provider: Provider, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.startswith(provider.claims or ()))
