"""Tries out what an organisation has configured, as its calls would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from drawbridge.core.ids import CallId, uuid7
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.db.tenancy import changed_organisations
from drawbridge.egress import AddressRefused, EgressError
from drawbridge.gateway.endpoints import EMBEDDINGS
from drawbridge.gateway.inner.asked import Asked, Asker
from drawbridge.gateway.inner.door import InnerDoor
from drawbridge.gateway.inner.offers import MAKES_VECTORS
from drawbridge.gateway.inner.vendor_models import ListRefused, tells_models
from drawbridge.gateway.permission import Asking
from drawbridge.gateway.probing.hearing import Heard, trouble_of
from drawbridge.gateway.probing.records import LONGEST_S, TOO_SLOW, Probe, Served, Task, Trouble
from drawbridge.gateway.probing.vectors import probe_vectors
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.routing import deployment_named, spoken_to
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.wire.canonical import Message, Text
from drawbridge.gateway.wire.events import FailureKind

_WORDS: Final = "Answer with the one word: ready"
_MOST_OUTPUT_TOKENS: Final = 512
"""Enough for a model that thinks before it says one word."""
_FRESH_WITHIN_S: Final = 10.0
_LOOK_AGAIN_S: Final = 0.05
_KINDS: Final[Mapping[int, FailureKind]] = {401: "credential", 402: "billing", 403: "forbidden", 404: "not_found"}


class Probes(Protocol):
    """Tries out deployments and providers; `Prober` does."""

    async def probe(self, who: Asker, deployment: str) -> Probe:
        """Make a small call to a deployment, be it on a route or not, as the one who asks.

        It takes up to a minute. What goes wrong is in what is returned.
        """
        ...

    async def served(self, who: Asker, provider: str) -> Served:
        """Ask a provider which models it serves: some seconds. What goes wrong is in what is returned."""
        ...


@dataclass(frozen=True, slots=True)
class Prober:
    """Tries out deployments and providers, of what this process decides calls from."""

    door: InnerDoor
    database: Database

    async def probe(self, who: Asker, deployment: str) -> Probe:
        """Make a small call to a deployment, as `Probes` says."""
        asking = await self._asking(who)
        found = deployment_named(asking.snapshot, deployment)
        call_id, task = CallId(uuid7()), _task(found)
        try:
            if task == "vectors":
                return await self._vectors(asking, found, call_id)
            return await self._words(who, found, call_id)
        except Refusal as refusal:
            return _unmade(found, task, trouble_of(refusal))

    async def served(self, who: Asker, provider: str) -> Served:
        """Ask a provider which models it serves, as `Probes` says."""
        snapshot = (await self._asking(who)).snapshot
        found = snapshot.providers.get(provider)
        if found is None:
            raise Refusal("unknown_object", f"There is no provider '{provider}'.")
        if found.credential_problem is not None:
            return _unserved("not_configured", found.credential_problem)
        if not tells_models(found):
            return _unserved("unsupported_operation", "A provider of these dialects has no list of models.")
        try:
            return Served(models=await self.door.vendor_models.listed(found))
        except ListRefused as error:
            kind = _KINDS.get(error.vendor_status, "vendor")
            return _unserved(kind, error.message, error.vendor_status)
        except AddressRefused as error:
            return _unserved("not_configured", error.message)
        except EgressError as error:
            return _unserved("provider_unreachable", error.message)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return _unserved("broken_reply", "What answered there is no list of models: check the base URL.")

    async def _asking(self, who: Asker) -> Asking:
        """Return who asks, for policy, by the state that the database has now. Raises Refusal."""
        try:
            async with asyncio.timeout(_FRESH_WITHIN_S):
                # Nobody is told when a snapshot is loaded.
                while await self._is_behind(asking := await self.door.asking(who)):  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except (TimeoutError, DatabaseAway):
            message = "What was changed last has not reached this process yet: try again in a moment."
            raise Refusal("not_ready", message, retry_after_s=2) from None
        return asking

    async def _is_behind(self, asking: Asking) -> bool:
        snapshot = asking.snapshot
        return snapshot.organisation_id in await changed_organisations(self.database, snapshot.revision)

    async def _words(self, who: Asker, deployment: Deployment, call_id: CallId) -> Probe:
        question = Message(role="user", parts=[Text(text=_WORDS)])
        asked = Asked(
            deployment.name,
            [question],
            settings={"max_output_tokens": _MOST_OUTPUT_TOKENS},
            deployment=deployment.name,
        )
        heard = Heard()
        async with self.door.ask(who, asked, call_id) as telling:
            try:
                async with asyncio.timeout(LONGEST_S):
                    await heard.hear(telling)
            except Refusal as refusal:
                heard.trouble = trouble_of(refusal, None if telling.ending is None else telling.ending.status)
            except TimeoutError:
                heard.trouble = TOO_SLOW
        # Who was left is booked by then, and tells what it came to.
        heard.ending = heard.ending or telling.ending
        return heard.probe(deployment)

    async def _vectors(self, asking: Asking, deployment: Deployment, call_id: CallId) -> Probe:
        try:
            return await probe_vectors(self.door.pipeline, asking, deployment, _WORDS, call_id)
        except Refusal as refusal:
            if refusal.denial is not None:
                self.door.note_denial(refusal.denial)
            raise


def _task(deployment: Deployment) -> Task:
    makes_vectors = MAKES_VECTORS.search(deployment.upstream_model) is not None
    return "vectors" if makes_vectors and spoken_to(deployment, EMBEDDINGS) is not None else "conversation"


def _unmade(deployment: Deployment, task: Task, trouble: Trouble) -> Probe:
    return Probe(
        task=task,
        provider=deployment.provider.name,
        upstream_model=deployment.upstream_model,
        call_id=None,
        answer="",
        stop_reason=None,
        trouble=trouble,
        duration_ms=None,
        time_to_first_byte_ms=None,
        input_tokens=0,
        output_tokens=0,
        cost_nanousd=None,
        estimated=False,
    )


def _unserved(code: str, message: str, status: int | None = None) -> Served:
    return Served(models=(), trouble=Trouble(code=code, message=message, status=status))
