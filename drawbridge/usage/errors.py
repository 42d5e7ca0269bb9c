"""What can go wrong while usage is recorded.

DrawbridgeError
  +-- UsageError
        +-- WriteAheadError   the write-ahead file cannot take a record: nothing may leave to a vendor
        +-- UnknownAttempt    a settlement for an attempt that has no intent, or was settled long ago
        +-- EventsRefused     raised by a store: these events can never be booked as they are
        +-- PriceTimeError    what is written is no time at which a price can change
        +-- BillError         a vendor's bill says something wrong; carries the line
        +-- PeriodError       a month of the ledger cannot be changed as asked
              +-- MonthError  what is written is no month
        +-- UnknownEventError no usage event has that id
        +-- UnknownConditionError  what is written is no condition on usage
"""

from drawbridge.core.errors import DrawbridgeError, Fault


class UsageError(DrawbridgeError):
    """The branch of everything that concerns the record of usage."""

    code = "usage_error"
    status = 500
    fault: Fault = "us"


class WriteAheadError(UsageError):
    """The write-ahead file cannot take a record."""

    code = "usage_record_unavailable"
    status = 503


class UnknownAttempt(UsageError):
    """A settlement came for an attempt that is not in flight."""

    code = "usage_attempt_unknown"


class EventsRefused(UsageError):
    """A store refuses events for what they are: trying again cannot help. Every other error is tried again."""

    code = "usage_events_refused"


class PriceTimeError(UsageError):
    """What is written is no time at which a price can change."""

    code = "price_time_invalid"
    status = 422
    fault: Fault = "caller"


class BillError(UsageError):
    """A vendor's bill says something wrong: nothing of it was entered."""

    code = "bill_invalid"
    status = 422
    fault: Fault = "caller"


class PeriodError(UsageError):
    """A month of the ledger cannot be changed as asked."""

    code = "period_unchangeable"
    status = 409
    fault: Fault = "caller"


class MonthError(PeriodError):
    """What is written is no month."""

    code = "month_invalid"
    status = 422


class UnknownEventError(UsageError):
    """No usage event of the organisation has that id."""

    code = "attempt_unknown"
    status = 404
    fault: Fault = "caller"


class UnknownConditionError(UsageError):
    """What is written is no condition on usage."""

    code = "usage_condition_unknown"
    status = 422
    fault: Fault = "caller"
