"""Money is a whole number of nano-dollars: a thousand-millionth of a US dollar."""

from typing import NewType

Nanousd = NewType("Nanousd", int)

NANOUSD_PER_USD = 1_000_000_000


def written_usd(amount: Nanousd) -> str:
    """Write an amount as people write it in files: dollars without a sign, and no digit that does not matter."""
    dollars, nano = divmod(amount, NANOUSD_PER_USD)
    return f"{dollars}.{nano:09d}".rstrip("0").rstrip(".")


def format_usd(amount: Nanousd) -> str:
    """Write an amount in dollars with all digits that matter, at least two after the point."""
    sign = "-" if amount < 0 else ""
    dollars, nano = divmod(abs(amount), NANOUSD_PER_USD)
    fraction = f"{nano:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}${dollars}.{fraction}"
