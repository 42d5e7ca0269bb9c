"""Runs: one engine for agents and chat, on a journal in PostgreSQL that any number of readers can follow.

A product starts a run within its own transaction (`Runs.start`) and is asked for the conversation when a worker has
taken it (`Turns`). What the model says is written into the run's journal as it comes; `Runs.events` follows it from any
number on, in any process, while it is written or years later. docs/runs.md tells what happens when processes die.
"""

from drawbridge.agents.errors import RunError, UnknownRunError
from drawbridge.agents.records import (
    ENDS,
    EndState,
    EventKind,
    Run,
    RunEvent,
    RunId,
    RunRef,
    RunState,
    Start,
)
from drawbridge.agents.runs import Runs
from drawbridge.agents.turns import Finish, Speaks, Turns

__all__ = [
    "ENDS",
    "EndState",
    "EventKind",
    "Finish",
    "Run",
    "RunError",
    "RunEvent",
    "RunId",
    "RunRef",
    "RunState",
    "Runs",
    "Speaks",
    "Start",
    "Turns",
    "UnknownRunError",
]
