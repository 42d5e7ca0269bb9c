"""What can go wrong with runs.

DrawbridgeError
  +-- RunError
        +-- UnknownRunError   there is no run of that id in the organisation
        +-- LeaseLost         somebody else has the run now, or nobody, or it has ended
        +-- AnswerTooLong     a model does not come to an end
        +-- NotTaken          this process has no place for a further run, or is about to end
"""

from uuid import UUID

from drawbridge.core.errors import DrawbridgeError


class RunError(DrawbridgeError):
    """The branch of everything that concerns runs."""

    code = "run_error"


class UnknownRunError(RunError):
    """There is no run of that id in the organisation."""

    code = "run_unknown"
    status = 404
    fault = "caller"

    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"There is no run {run_id}.")


class LeaseLost(RunError):
    """This process has the run no more: whatever it would still say of it is not written down."""

    code = "lease_lost"

    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"Run {run_id} is in other hands now.")


class AnswerTooLong(RunError):
    """A model does not come to an end: its answer would fill the memory, and no row of the database holds it."""

    code = "answer_too_long"
    fault = "provider"

    def __init__(self, most: int) -> None:
        super().__init__(f"The answer was cut after {most} characters. Ask for less, or set a limit of output tokens.")


class NotTaken(RunError):
    """This process has no place for a further run, or is about to end: another one takes it, or this one later."""

    code = "run_not_taken"
    status = 503

    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"Run {run_id} is not taken here for now.")
