"""Money is a whole number of the currency's smallest unit; floats never touch it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in `cents` (the smallest unit) of an ISO 4217 `currency`."""

    cents: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """The sum; raises ValueError across currencies."""
        if self.currency != other.currency:
            raise ValueError("amounts of two currencies have no sum")
        return Money(self.cents + other.cents, self.currency)
