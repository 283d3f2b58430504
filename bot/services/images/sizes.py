"""How large a picture becomes: a shape or two sides, and what models take of either."""

from dataclasses import dataclass
from math import gcd

from bot.services.prompt import PromptError, clean_text
from bot.services.prompt.text import quoted
from bot.services.prompt.values import WIDEST, read_aspect

STEP = 8
"""Sides are multiples of it, in pixels (docs.imaginepro.ai, FLUX)."""

SMALLEST_SIDE = 64


@dataclass(frozen=True, slots=True)
class Size:
    """What was asked for: a shape in lowest terms, or sides in pixels, or nothing. Never a shape and sides."""

    aspect: str | None = None
    width: int | None = None
    height: int | None = None


def read_size(aspect: str | None, width: int | None, height: int | None, *, typed: str | None = None) -> Size:
    """The size these options ask for; `typed` is a checked shape from the prompt, which wins over the option.

    Raises PromptError naming the option that can't be served.
    """
    shape = typed if typed is not None else _read_aspect(aspect)
    if shape is not None and (width is not None or height is not None):
        raise PromptError("Give either a shape (`aspect` or `--ar`) or `width` and `height`, not both.")
    for option, pixels in (("width", width), ("height", height)):
        _check_side(option, pixels)
    return Size(_reduced(shape) if shape is not None else None, width, height)


def sides_of(aspect: str, longest: int) -> tuple[int, int]:
    """Width and height in pixels of a picture of this shape whose longer side is `longest`."""
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
        return read_aspect("aspect", clean_text(typed))
    except PromptError:
        raise PromptError(
            f"`aspect` takes width to height, such as `16:9` or `3:2`, not {quoted(typed)}. "
            f"Neither side may be more than {WIDEST} times the other."
        ) from None


def _check_side(option: str, pixels: int | None) -> None:
    if pixels is not None and pixels % STEP:
        below = pixels - pixels % STEP
        raise PromptError(f"`{option}` has to be a multiple of {STEP}, such as {below} or {below + STEP}.")
