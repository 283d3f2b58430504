"""The options of /imagine that set flags, as the table of flags defines them."""

from enum import StrEnum

from bot.services.prompt.flags.spec import FlagSpec
from bot.services.prompt.flags.table import FLAGS

OptionValue = str | float | bool


class Mode(StrEnum):
    """How fast, and for how many credits, a picture is made."""

    FAST = "fast"
    RELAX = "relax"
    TURBO = "turbo"


def _flags_by_option() -> dict[str, list[FlagSpec]]:
    found: dict[str, list[FlagSpec]] = {}
    for spec in FLAGS:
        if spec.option is not None:
            found.setdefault(spec.option, []).append(spec)
    return found


OPTIONS = _flags_by_option()
"""The flags of each option, by the option's name, in the order in which they are sent."""


def option_descriptions() -> dict[str, str]:
    """What each option does, by its name, in at most 100 characters."""
    return {option: specs[0].description for option, specs in OPTIONS.items()}


def limits(option: str) -> tuple[int, int]:
    """The lowest and the highest number that an option takes. Raises LookupError when it takes none."""
    found = OPTIONS[option][0].range
    if found is None:
        raise LookupError(f"{option} takes no number")
    return found.low, found.high


class ImagineOptions:
    """The options that were chosen, by name; one that is `None` or `False` is left to Midjourney.

    `image_urls` are the public addresses of pictures to start from. `style_image`, `character_image` and `omni_image`
    are addresses too; a style may also be a code, for example "1234", or "random". `version` is a number, "6.1", or
    the anime model, "niji 6". Raises TypeError for an option that no flag belongs to.
    """

    __slots__ = ("chosen", "image_urls")

    def __init__(self, *, image_urls: tuple[str, ...] = (), **chosen: OptionValue | None) -> None:
        if unknown := sorted(chosen.keys() - OPTIONS.keys()):
            raise TypeError(f"no flag belongs to {', '.join(unknown)}")
        self.image_urls = image_urls
        self.chosen = {name: value for name, value in chosen.items() if value is not None and value is not False}
