"""The size of a picture, from an aspect ratio or from width and height."""

from dataclasses import dataclass
from math import gcd

from bot.services.prompt import PromptError
from bot.services.prompt.spelling.signs import option_value
from bot.services.prompt.text import quoted
from bot.services.prompt.values import WIDEST, read_aspect

STEP = 8
"""Sides are multiples of this many pixels (docs.imaginepro.ai, FLUX)."""

SMALLEST_SIDE = 64


@dataclass(frozen=True, slots=True)
class Size:
    """An aspect ratio in lowest terms, or sides in pixels, or neither; never both."""

    aspect: str | None = None
    width: int | None = None
    height: int | None = None


def read_size(aspect: str | None, width: int | None, height: int | None, *, typed: str | None = None) -> Size:
    """The size that the options ask for; `typed` is a checked ratio from the prompt and overrides `aspect`.

    Raises PromptError that names the invalid option.
    """
    ratio = typed if typed is not None else _read_aspect(aspect)
    if ratio is not None and (width is not None or height is not None):
        raise PromptError("Give either a shape (`aspect` or `--ar`) or `width` and `height`, not both.")
    for option, pixels in (("width", width), ("height", height)):
        _check_side(option, pixels)
    return Size(_reduced(ratio) if ratio is not None else None, width, height)


def sides_of(aspect: str, longest: int) -> tuple[int, int]:
    """Width and height in pixels for this aspect ratio, with `longest` as the longer side."""
    width, height = map(int, aspect.split(":"))
    scale = longest / max(width, height)
    return _stepped(width * scale), _stepped(height * scale)


def _reduced(aspect: str) -> str:
    width, height = map(int, aspect.split(":"))
    common = gcd(width, height)
    return f"{width // common}:{height // common}"


def _stepped(pixels: float) -> int:
    return max(round(pixels / STEP) * STEP, SMALLEST_SIDE)


def _read_aspect(typed: str | None) -> str | None:
    if typed is None:
        return None
    try:
        return read_aspect("aspect", option_value(typed))
    except PromptError:
        raise PromptError(
            f"`aspect` takes width to height, such as `16:9` or `3:2`, not {quoted(typed)}. "
            f"Neither side may be more than {WIDEST} times the other."
        ) from None


def _check_side(option: str, pixels: int | None) -> None:
    if pixels is not None and pixels % STEP:
        below = pixels - pixels % STEP
        raise PromptError(f"`{option}` has to be a multiple of {STEP}, such as {below} or {below + STEP}.")
