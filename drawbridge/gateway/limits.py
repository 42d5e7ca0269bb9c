"""How fast may they: what a call takes of rate limits before it is made, and what its caller is told of them."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from drawbridge.gateway.bounds import Bound, Unbounded, bound_beside, clamp_call, least_output
from drawbridge.gateway.dialects import Dialect, vendor_of
from drawbridge.gateway.permission import Asking
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment, Model
from drawbridge.usage.budgets.windows import Unreachable
from drawbridge.usage.estimates import estimate_unheard
from drawbridge.usage.limits.allowances import Allowances, Taking
from drawbridge.usage.limits.book import Who
from drawbridge.usage.limits.buckets import Bucket, Exceeded, Left, Need

RawHeaders = tuple[tuple[bytes, bytes], ...]

_RETRY_AFTER_S: Final = 1
_IN_WORDS: Final = {1_000: "second", 60_000: "minute", 3_600_000: "hour", 86_400_000: "day"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A call as it is to be made, what it has taken, and what its caller is told of what is left."""

    call: CallRequest
    taking: Taking | None = None
    headers: RawHeaders = ()
    bound: Bound | Unbounded | None = None
    """The most that the call comes to, where that was told on the way."""

    def release(self) -> None:
        """Put all of it back: the call is not made."""
        if self.taking is not None:
            self.taking.release()


class Takes(Protocol):
    """Whoever answers for how fast somebody may call."""

    async def take(self, asking: Asking, call: CallRequest, model: Model, deployment: Deployment) -> Taken:
        """Take what a call needs of its limits. Raises Refusal where there is too little."""
        ...

    async def take_requests(self, asking: Asking, models: Iterable[Model], dialect: Dialect) -> Taking | None:
        """Take one request of each model for what is made of several at once. Raises Refusal."""
        ...


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Takes what each call needs of every limit that it counts against."""

    allowances: Allowances

    async def take(self, asking: Asking, call: CallRequest, model: Model, deployment: Deployment) -> Taken:
        """Take what a call needs, with a lower limit of its output where it could come to more than a limit allows.

        Raises Refusal where there is too little, or the call is larger than a limit ever allows.
        """
        buckets = _buckets(asking, model)
        if not buckets:
            return Taken(call)
        of_tokens = [each for each in buckets if each.measure == "tokens"]
        call, tokens, bound = await _bounded(call, deployment, of_tokens)
        needs = [Need(bucket, amount) for bucket in buckets if (amount := tokens if bucket.measure == "tokens" else 1)]
        taking = await self._take(needs, buckets, call.endpoint.dialect, asking.now)
        return Taken(call, taking, self._headers(buckets, call.endpoint.dialect, asking.now), bound)

    async def take_requests(self, asking: Asking, models: Iterable[Model], dialect: Dialect) -> Taking | None:
        """Take one request of each model for what is made of several at once. Raises Refusal where there is too little.

        Of more models than a limit ever allows, all that it allows is taken.
        """
        counted = Counter(
            bucket for model in models for bucket in _buckets(asking, model) if bucket.measure == "requests"
        )
        needs = [Need(bucket, min(count, bucket.size)) for bucket, count in counted.items()]
        return await self._take(needs, tuple(counted), dialect, asking.now)

    async def _take(
        self, needs: Sequence[Need], buckets: Sequence[Bucket], dialect: Dialect, now: datetime
    ) -> Taking | None:
        answer = await self.allowances.take(needs) if needs else None
        if isinstance(answer, Exceeded):
            # A slot may be free at any moment: how long to wait is all that there is to tell.
            raise _refuse_exceeded(answer, self._headers(buckets, dialect, now))
        if isinstance(answer, Unreachable):
            raise Refusal(
                "not_ready",
                f"Whether your limits allow this call cannot be told now ({answer.reason}): try again in a moment.",
                retry_after_s=_RETRY_AFTER_S,
            )
        return answer

    def _headers(self, buckets: Iterable[Bucket], dialect: Dialect, now: datetime) -> RawHeaders:
        left = [self.allowances.left(bucket) for bucket in buckets if not bucket.is_slots]
        return limit_headers(left, dialect, now) if left else ()


def limit_headers(left: Iterable[Left], dialect: Dialect, now: datetime) -> RawHeaders:
    """Tell what is left in a dialect's own words: of requests and of tokens, the limit that ends first.

    https://platform.openai.com/docs/guides/rate-limits, https://docs.claude.com/en/api/rate-limits; Gemini's API has no
    such headers. Read 2026-11-23.
    """
    tightest: dict[str, Left] = {}
    for each in sorted(left, key=lambda each: each.amount):
        tightest.setdefault(each.bucket.measure, each)
    headers: list[tuple[bytes, bytes]] = []
    for measure, found in tightest.items():
        size, amount = b"%d" % found.bucket.size, b"%d" % found.amount
        match vendor_of(dialect):
            case "openai":
                kind, reset = measure.encode(), _duration(found.full_in_s)
                headers.append((b"x-ratelimit-limit-" + kind, size))
                headers.append((b"x-ratelimit-remaining-" + kind, amount))
                headers.append((b"x-ratelimit-reset-" + kind, reset))
            case "anthropic":
                kind = b"anthropic-ratelimit-" + measure.encode()
                headers.append((kind + b"-limit", size))
                headers.append((kind + b"-remaining", amount))
                headers.append((kind + b"-reset", _moment(now + timedelta(seconds=found.full_in_s))))
            case "gemini":
                pass
    return tuple(headers)


def _buckets(asking: Asking, model: Model) -> Sequence[Bucket]:
    snapshot, caller = asking.snapshot, asking.caller
    if not snapshot.limits.by_subject:
        return ()
    who = Who(caller.principal_id, caller.key_id, caller.project_id, snapshot.cost_team_of(caller))
    return snapshot.limits.buckets(snapshot.subjects_of(caller), who, model.names, asking.product)


async def _bounded(
    call: CallRequest, deployment: Deployment, limits: Sequence[Bucket]
) -> tuple[CallRequest, int, Bound | Unbounded | None]:
    """Return a call with no more output than the smallest limit allows, its tokens, and its bound as far as it is told.

    Raises Refusal.
    """
    if not limits:
        return call, 0, None
    smallest = min(limits, key=lambda bucket: bucket.size)
    bound = await bound_beside(call, deployment)
    if not isinstance(bound, Bound):
        # Nobody can tell beforehand: what it uses above this is taken when it is known.
        guess = estimate_unheard(call.text_bytes, call.max_output_tokens, call.endpoint.answers_with)
        return call, min(guess.input + guess.output, smallest.size), bound
    if bound.input_tokens + bound.output_tokens <= smallest.size:
        return call, bound.input_tokens + bound.output_tokens, bound
    most = (smallest.size - bound.input_tokens) // max(1, bound.answers)
    if most < max(1, least_output(call, bound)):
        raise Refusal(
            "too_large",
            f"This call may come to {bound.input_tokens} tokens of input and {bound.output_tokens} of output, and"
            f" limit '{smallest.limit}' allows {_allowed(smallest)}: send less, or ask for less output.",
        )
    return clamp_call(call, deployment, most), bound.input_tokens + most * bound.answers, None


def _refuse_exceeded(exceeded: Exceeded, headers: RawHeaders) -> Refusal:
    bucket = exceeded.bucket
    wait_s = max(_RETRY_AFTER_S, math.ceil(exceeded.wait_s))
    if bucket.is_slots:
        said = f"Limit '{bucket.limit}' allows {bucket.size} calls at the same time, and all of them are being made."
    elif bucket.measure == "requests":
        said = f"Limit '{bucket.limit}' allows {_allowed(bucket)}, and they are used up."
    else:
        said = (
            f"Limit '{bucket.limit}' allows {_allowed(bucket)}, of which {exceeded.left} are left; this call may come"
            f" to {exceeded.need}."
        )
    return Refusal("rate_limited", f"{said} Try again in {wait_s} s.", retry_after_s=wait_s, headers=headers)


def _allowed(bucket: Bucket) -> str:
    return f"{bucket.size} {bucket.measure} per {_IN_WORDS[bucket.per_ms]}"


def _duration(seconds: float) -> bytes:
    """Write a duration as OpenAI does: `1s`, `6m0s`, `120ms`."""
    milliseconds = math.ceil(max(0.0, seconds) * 1_000)
    if milliseconds < 1_000:
        return b"%dms" % milliseconds
    whole = math.ceil(milliseconds / 1_000)
    hours, minutes, rest = whole // 3_600, whole // 60 % 60, whole % 60
    if hours:
        return b"%dh%dm%ds" % (hours, minutes, rest)
    return b"%dm%ds" % (minutes, rest) if minutes else b"%ds" % rest


def _moment(at: datetime) -> bytes:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}".encode()
