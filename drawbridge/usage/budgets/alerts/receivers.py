"""Those who are told of alerts: webhooks, and people by e-mail."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from drawbridge.config.secret_references import SecretReference
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.core.money import format_usd, written_usd
from drawbridge.egress import Deadlines, Door, MailDoor, OutgoingMail, OutgoingRequest
from drawbridge.trail.receivers import signature
from drawbridge.usage.budgets.alerts.store import DueAlert
from drawbridge.usage.budgets.entries import AlertEntry
from drawbridge.usage.budgets.errors import AlertNotTakenError

_DEADLINES: Final = Deadlines(connect_s=10.0, first_byte_s=20.0, between_bytes_s=10.0, total_s=30.0)
_LONGEST_ANSWER_BYTES: Final = 64 * 1024

FindSecret = Callable[[OrganisationId, SecretReference], Awaitable[str]]
"""Returns what signs; raises DrawbridgeError where it cannot be had."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """One who is to be told."""

    name: str
    """By which it is known whether they have been told."""
    entry: AlertEntry


def receivers_of(alert: DueAlert) -> Iterable[Receiver]:
    """Return who is to be told of an alert and has not been."""
    found: dict[str, Receiver] = {}
    for entry in alert.entries:
        if entry.webhook is not None:
            name = f"webhook {entry.webhook}"
            found[name] = Receiver(name, msgspec.structs.replace(entry, mail=None))
        if entry.mail is not None:
            name = f"mail {entry.mail}"
            found[name] = Receiver(name, msgspec.structs.replace(entry, webhook=None, secret=None))
    return [receiver for name, receiver in found.items() if name not in alert.told]


@dataclass(frozen=True, slots=True)
class Messenger:
    """Tells receivers. Without a way out for mail, mails wait for one."""

    door: Door
    mail: MailDoor | None
    clock: Clock
    find_secret: FindSecret
    may_be_private: Callable[[str], bool]

    async def tell(self, alert: DueAlert, holder: str | None, receiver: Receiver) -> None:
        """Return when the receiver has confirmed. Raises DrawbridgeError."""
        entry = receiver.entry
        if entry.webhook is not None:
            await self._post(alert, entry.webhook, entry.secret, msgspec.json.encode(message(alert, holder)))
        elif self.mail is None:
            raise AlertNotTakenError("There is no mail server: set DRAWBRIDGE_SMTP_URL, and start Drawbridge again.")
        else:
            assert entry.mail is not None
            subject = f"Budget {alert.budget}: {alert.percent} % spent"
            text, message_id = _in_words(alert, holder), f"<{_id(alert)}@drawbridge>"
            await self.mail.send(OutgoingMail(entry.mail, subject, text, message_id))

    async def _post(self, alert: DueAlert, url: str, secret: SecretReference | None, body: bytes) -> None:
        headers = [("content-type", "application/json"), ("user-agent", "drawbridge")]
        if secret is not None:
            key = await self.find_secret(alert.organisation_id, secret)
            headers.append(("x-drawbridge-signature", signature(key, int(self.clock.now().timestamp()), body)))
        private = self.may_be_private(url)
        request = OutgoingRequest("POST", url, tuple(headers), body, _DEADLINES, private)
        async with self.door.stream(request) as reply:
            if not 200 <= reply.status <= 299:
                raise AlertNotTakenError(f"The receiver answered {reply.status}: it takes an alert with 200 to 299.")
            length = 0
            async for piece in reply.pieces():
                length += len(piece)
                if length > _LONGEST_ANSWER_BYTES:
                    return


def message(alert: DueAlert, holder: str | None) -> Mapping[str, object]:
    """Return what a webhook is sent. Amounts are dollars, as text; the id is the same when it is sent again."""
    return {
        "type": "budget.alert",
        "id": _id(alert),
        "organisation_id": str(alert.organisation_id),
        "budget": alert.budget,
        "holder": holder,
        "percent": alert.percent,
        "limit_usd": written_usd(alert.limit),
        "spent_usd": written_usd(alert.spent),
        "held_usd": written_usd(alert.held),
        "begins": alert.begins,
        "ends": alert.ends,
        "reached_at": alert.reached_at,
    }


def _id(alert: DueAlert) -> str:
    return f"{alert.window_id}.{alert.percent}"


def _in_words(alert: DueAlert, holder: str | None) -> str:
    whose = "" if holder is None else f" of {holder}"
    ends = "It never begins anew." if alert.ends is None else f"It begins anew at {alert.ends:%Y-%m-%d %H:%M} UTC."
    return (
        f"Of budget {alert.budget}{whose}, {alert.percent} % are spent: {format_usd(alert.spent)} of"
        f" {format_usd(alert.limit)}, reached at {alert.reached_at:%Y-%m-%d %H:%M} UTC.\n{ends}\n"
    )
