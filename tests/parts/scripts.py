"""Scripts for the scripted vendor, besides its usual one."""

from dataclasses import replace

from tests.parts.answers import answer_by_path
from tests.parts.vendor import Script
from tests.parts.wire import Answer, Request

FOR_LONG_S = 600.0


def always(answer: Answer) -> Script:
    """Make a script that gives the same answer to everything."""

    def script(_: Request) -> Answer:
        return answer

    return script


def pausing_after(pieces: int) -> Script:
    """Make the usual script, with a pause that no test outlasts after so many pieces."""

    def script(request: Request) -> Answer:
        usual = answer_by_path(request)
        sent = ((piece, 0.0) for piece, _ in usual.pieces)
        paused = [
            (piece, FOR_LONG_S if number == pieces else pause_s) for number, (piece, pause_s) in enumerate(sent, 1)
        ]
        return replace(usual, pieces=tuple(paused))

    return script


def cut_after(pieces: int) -> Script:
    """Make the usual script, with the connection closed after so many pieces."""

    def script(request: Request) -> Answer:
        return replace(answer_by_path(request), cut_after_piece=pieces)

    return script
