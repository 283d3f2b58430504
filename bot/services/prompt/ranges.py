"""The numbers Midjourney accepts for each flag (docs.midjourney.com, parameter list)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high

    def __str__(self) -> str:
        return f"{self.low} to {self.high}"


STYLIZE = Range(0, 1000)
CHAOS = Range(0, 100)
WEIRD = Range(0, 3000)
SEED = Range(0, 4_294_967_295)
IMAGE_WEIGHT = Range(0, 3)
STOP = Range(10, 100)
STYLE_WEIGHT = Range(0, 1000)
CHARACTER_WEIGHT = Range(0, 100)
OMNI_WEIGHT = Range(0, 1000)
STYLE_REFERENCE_VERSION = Range(1, 9)
EXPERIMENTAL = Range(0, 100)
REPEAT = Range(2, 10)
"""Midjourney's larger plans go further; here every job is paid by the same account."""
WIDEST = 14
"""The longer side of a picture is at most this many times the shorter one."""
