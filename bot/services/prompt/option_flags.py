"""The typed options as flags, in a fixed order."""

from collections.abc import Iterator

from bot.services.prompt.flags import Flag
from bot.services.prompt.options import ImagineOptions
from bot.services.prompt.reading import plain_words, read_option
from bot.services.prompt.values import number_text, read_model


def option_flags(options: ImagineOptions) -> Iterator[Flag]:
    """One flag for each option that was chosen; the pictures to start from are none. Raises PromptError."""
    if options.aspect is not None:
        yield read_option("ar", options.aspect.strip())
    if options.version is not None:
        yield Flag(*read_model(options.version))
    for name in ("stylize", "chaos", "weird", "quality", "seed"):
        value: float | None = getattr(options, name)
        if value is not None:
            yield read_option(name, _typed_number(value))
    if options.raw:
        yield Flag("style", "raw")
    if options.tile:
        yield Flag("tile")
    if options.negative is not None and (negative := plain_words(options.negative, "no")):
        yield Flag("no", negative)
    yield from _weighed(options)
    if options.mode is not None:
        yield Flag(options.mode.value)


def _weighed(options: ImagineOptions) -> Iterator[Flag]:
    """Pictures to go by and how much each of them counts."""
    references: tuple[tuple[str, str | float | None], ...] = (
        ("iw", options.image_weight),
        ("sref", options.style_reference),
        ("sw", options.style_weight),
        ("cref", options.character_reference),
        ("cw", options.character_weight),
        ("oref", options.omni_reference),
        ("ow", options.omni_weight),
    )
    for name, value in references:
        if value is not None:
            yield read_option(name, value.strip() if isinstance(value, str) else _typed_number(value))


def _typed_number(value: float) -> str:
    return str(value) if isinstance(value, int) else number_text(value)
