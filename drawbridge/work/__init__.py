"""The durable queue: tasks that are done though the process that asked for them, or began with them, is killed.

`enqueue` asks for a task within a transaction, `Queue` takes what was asked for. A task is done at least once: what it
does must be safe to do again. It is given ids only; what stands behind them it reads itself.
"""

from drawbridge.work.queue import Handler, Queue
from drawbridge.work.store import enqueue

__all__ = ["Handler", "Queue", "enqueue"]
