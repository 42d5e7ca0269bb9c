"""Tells of alerts, by one process of the installation at a time.

Who was told is noted only after they have confirmed: each alert arrives at least once, and its id tells a second time.
"""

import asyncio
import logging
from typing import Final

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.errors import DrawbridgeError
from drawbridge.usage.budgets.alerts.receivers import Messenger, Receiver, receivers_of
from drawbridge.usage.budgets.alerts.store import AlertStore, DueAlert

TENDING_LOCK: Final = 0x647262_627567
"""The advisory lock of whoever tells. Any number does, as long as every version uses the same one."""

_LOOK_EVERY_S: Final = 2.0
_MOST_AT_ONCE: Final = 32
_LONGEST_WAIT_S: Final = 600.0
_log = logging.getLogger(__name__)


class Teller:
    """Tells of what is due until cancelled."""

    def __init__(self, store: AlertStore, messenger: Messenger, *, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._store = store
        self._messenger = messenger
        self._look_every_s = look_every_s

    async def run(self) -> None:
        """Look again and again for thresholds that were passed."""
        while True:
            end_if_cancelled()
            try:
                await self._tell_due()
            except DrawbridgeError as error:
                _log.warning("alerts of budgets cannot be told for now: %s", error.message)
            except Exception:
                # The edge of a job: the database may raise anything, and comes back.
                _log.warning("alerts of budgets could not be told, next try soon", exc_info=True)
            await asyncio.sleep(self._look_every_s)

    async def _tell_due(self) -> None:
        due = await self._store.due(_MOST_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for alert in due:
                group.create_task(self._tell(alert))

    async def _tell(self, alert: DueAlert) -> None:
        holder = await self._store.holder_name(alert)
        told, problem = set(alert.told), ""
        for receiver in receivers_of(alert):
            found = await self._problem_of(alert, holder, receiver)
            if found is None:
                told.add(receiver.name)
            else:
                problem = f"{receiver.name}: {found}"
        wait_s = min(2.0 ** min(alert.failures, 20), _LONGEST_WAIT_S)
        if problem:
            _log.warning("an alert of budget %r waits %g s: %s", alert.budget, wait_s, problem)
        await self._store.note(alert, told, problem, wait_s)

    async def _problem_of(self, alert: DueAlert, holder: str | None, receiver: Receiver) -> str | None:
        try:
            await self._messenger.tell(alert, holder, receiver)
        except DrawbridgeError as error:
            return error.message
        except Exception:
            # The edge of a job: whatever one receiver meets, the others are told.
            _log.exception("an alert of budget %r could not be told", alert.budget)
            return "Drawbridge itself failed: see its log."
        return None
