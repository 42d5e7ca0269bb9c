"""What this process has at hand of one bucket."""

from dataclasses import dataclass

from drawbridge.usage.limits.buckets import Bucket, Left
from drawbridge.usage.limits.source import Returned


@dataclass(slots=True)
class Purse:
    """A worker's share of a bucket: what the database takes for leased is `free`, `spent` and `busy` together."""

    bucket: Bucket
    free: int = 0
    spent: int = 0
    """Taken by calls and not told yet."""
    busy: int = 0
    """Slots of calls that are being made."""
    beside: int = 0
    """Used without having been leased, and not told yet; below zero: told as spent, and not used after all."""
    left: int = 0
    """What was left in the bucket when last heard."""
    heard_at: float = 0.0
    empty_until: float = 0.0
    """Until when it is known that a call of `empty_for` or more would find too little."""
    empty_for: int = 0

    @property
    def is_fat(self) -> bool:
        """Tell whether more is at hand than a worker may keep."""
        return self.free > self.bucket.tenth

    @property
    def is_blank(self) -> bool:
        """Tell whether it can be forgotten."""
        return not (self.free or self.spent or self.busy or self.beside)

    def take(self, amount: int) -> None:
        """Take what is free for a call."""
        self.free -= amount
        if self.bucket.is_slots:
            self.busy += amount
        else:
            self.spent += amount

    def settle(self, taken: int, used: int) -> None:
        """Put back what a call did not use, or add what it used above."""
        if self.bucket.is_slots:
            self.busy -= taken
            self.free += taken
        elif used <= taken:
            # What was told as spent already comes back by way of the bucket, which is never filled above its size.
            here = min(taken - used, self.spent)
            self.spent -= here
            self.free += here
            self.beside -= taken - used - here
        else:
            here = min(used - taken, self.free)
            self.free -= here
            self.spent += here
            self.beside += used - taken - here

    def tell(self, *, everything: bool) -> Returned:
        """Tell what was used, and give back what is too much, or all that is free."""
        unused = self.free if everything else max(0, self.free - self.bucket.tenth)
        # Twice the bucket makes a full one as empty as it gets, and such a one full: more would change nothing.
        most = 2 * self.bucket.size
        told = Returned(self.bucket.id, self.spent, unused, max(-most, min(self.beside, most)))
        self.free -= unused
        self.spent = self.beside = 0
        return told

    def wait_s(self, amount: int, now: float) -> float:
        """Return when so much will have come into the bucket, if nobody takes of it."""
        return (amount - self.left) * self.bucket.per_ms / self.bucket.size / 1_000 - (now - self.heard_at)

    def what_is_left(self, now: float) -> Left:
        """Return what is left, here and in the bucket: others may have taken of it since it was last heard."""
        bucket = self.bucket
        known = self.left + self.free
        if bucket.is_slots:
            return Left(bucket, min(known, bucket.size), 0.0)
        per_s = bucket.size * 1_000 / bucket.per_ms
        left = min(known + (now - self.heard_at) * per_s, float(bucket.size))
        return Left(bucket, max(0, int(left)), (bucket.size - left) / per_s)
