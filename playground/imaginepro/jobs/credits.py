"""The account whose credits the jobs use up."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from .response_bodies import timestamp


@dataclass
class Account:
    """Plan credits and extra credits; plan credits go first."""

    credits: int = 1600
    extra: int = 0
    quota: int = 1600
    expires_at: float = 1893456000.0
    # Until then (on the monotonic clock) the account looks empty.
    empty_until: float = 0.0

    @property
    def emptied(self) -> bool:
        """True while a fault makes the account look empty."""
        return time.monotonic() < self.empty_until

    def empty(self, seconds: float = math.inf) -> None:
        """Look empty for `seconds`."""
        self.empty_until = time.monotonic() + seconds

    def refill(self) -> None:
        """Show again what is there."""
        self.empty_until = 0.0

    @property
    def balance(self) -> int:
        """What may still be spent, in credits."""
        return 0 if self.emptied else self.credits + self.extra

    def spend(self, amount: int) -> bool:
        """Take the price of a job; False, and nothing taken, when it is more than what is left."""
        if amount > self.balance:
            return False
        from_plan = min(amount, self.credits)
        self.credits -= from_plan
        self.extra -= amount - from_plan
        return True

    def info(self) -> dict[str, Any]:
        """The body of Account Info."""
        return {
            "type": "STARTER",
            "creditsQuota": self.quota,
            "credits": 0 if self.emptied else self.credits,
            "creditsExtra": 0 if self.emptied else self.extra,
            "expiredAt": timestamp(self.expires_at),
            "email": "owner@playground.example",
        }
