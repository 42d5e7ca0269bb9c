"""When a period of a budget begins and ends, by the calendar of a time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from drawbridge.usage.budgets.entries import Every

_FIRST: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """How often a budget begins anew."""

    every: Every
    zone: ZoneInfo
    days: int = 1
    first_day: date = date(1970, 1, 1)

    def around(self, at: datetime) -> tuple[datetime, datetime | None]:
        """Return the beginning and the end, not included, of the period that a time is in; no end for `total`.

        A day begins at the first moment of its date in the zone. So a day on which clocks change has 23 or 25 hours,
        and no moment is in two periods or in none.
        """
        if self.every == "total":
            return _FIRST, None
        today = at.astimezone(self.zone).date()
        first, after = self._days_around(today)
        return self._beginning_of(first), self._beginning_of(after)

    def _days_around(self, today: date) -> tuple[date, date]:
        match self.every:
            case "day":
                return today, today + timedelta(days=1)
            case "week":
                monday = today - timedelta(days=today.weekday())
                return monday, monday + timedelta(days=7)
            case "month":
                return _months(today, 1)
            case "quarter":
                return _months(today, 3)
            case "year":
                return _months(today, 12)
            case "days":
                passed = (today - self.first_day).days // self.days * self.days
                first = self.first_day + timedelta(days=passed)
                return first, first + timedelta(days=self.days)
            case "total":
                raise ValueError("a total has no days")
            case _:
                assert_never(self.every)

    def _beginning_of(self, day: date) -> datetime:
        # Where clocks go forward at midnight, that time of day does not exist: as UTC, it is the moment of the change.
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def _months(today: date, length: int) -> tuple[date, date]:
    number = today.year * 12 + today.month - 1
    first = number - (number % 12) % length
    return _month(first), _month(first + length)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
