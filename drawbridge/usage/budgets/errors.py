"""What can go wrong with budgets as people see them.

DrawbridgeError
  +-- BudgetError
        +-- BudgetHolderError       nobody can tell whose window of a budget is meant
        +-- BudgetAmountError       what is written is no amount to ask for
        +-- RequestOpenError        the same request is open already
        +-- RequestDecidedError     it was decided before
        +-- UnknownLesseeError      nobody of that name holds anything
        +-- LesseeAliveError        it reported a moment ago
        +-- AlertNotTakenError      who was to be told of an alert did not take it
"""

from drawbridge.core.errors import DrawbridgeError


class BudgetError(DrawbridgeError):
    """The branch of everything that concerns budgets."""

    code = "budget_error"
    status = 400
    fault = "caller"


class BudgetHolderError(BudgetError):
    """Nobody can tell whose window of a budget is meant."""

    code = "budget_holder_unclear"
    status = 422


class BudgetAmountError(BudgetError):
    """What is written is no amount to ask for."""

    code = "budget_amount_invalid"
    status = 422


class RequestOpenError(BudgetError):
    """The same request is open already."""

    code = "budget_request_open"
    status = 409

    def __init__(self, budget: str) -> None:
        super().__init__(f"You have asked for more of budget {budget!r} already, and nobody has decided yet.")


class RequestDecidedError(BudgetError):
    """A request was decided before."""

    code = "budget_request_decided"
    status = 409

    def __init__(self, state: str) -> None:
        super().__init__(f"This request was {state} already. Whoever needs more asks again.")


class UnknownLesseeError(BudgetError):
    """Nobody of that name holds anything of a budget."""

    code = "lessee_unknown"
    status = 404

    def __init__(self, lessee: str) -> None:
        super().__init__(f"No worker {lessee!r} holds anything of a budget: see `drawbridge budgets lessees`.")


class LesseeAliveError(BudgetError):
    """The worker reported a moment ago."""

    code = "lessee_alive"
    status = 409

    def __init__(self, lessee: str) -> None:
        super().__init__(
            f"Worker {lessee!r} reported within the last ten minutes. If it is dead, those who find its files give back"
            " what it holds; only where the files are lost, wait and release it."
        )


class AlertNotTakenError(BudgetError):
    """Who was to be told of an alert did not take it."""

    code = "alert_not_taken"
    status = 502
    fault = "us"
