"""What a member can choose beside the words of a prompt."""

from dataclasses import dataclass
from enum import StrEnum


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


class Mode(StrEnum):
    """How fast, and for how many credits, a picture is made."""

    FAST = "fast"
    RELAX = "relax"
    TURBO = "turbo"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagineOptions:
    """The typed options of an imagine command; `None` and `False` leave the choice to Midjourney.

    `version` is a number such as "6.1" or the anime model such as "niji 6"; `aspect` is "16:9";
    `negative` is words to keep out of the picture. `image_urls` and the references are public addresses of
    pictures; a style may also be a code such as "1234", or "random".
    """

    aspect: str | None = None
    version: str | None = None
    stylize: int | None = None
    chaos: int | None = None
    weird: int | None = None
    quality: float | None = None
    seed: int | None = None
    raw: bool = False
    tile: bool = False
    negative: str | None = None
    image_weight: float | None = None
    mode: Mode | None = None
    image_urls: tuple[str, ...] = ()
    style_reference: str | None = None
    style_weight: int | None = None
    character_reference: str | None = None
    character_weight: int | None = None
    omni_reference: str | None = None
    omni_weight: int | None = None
