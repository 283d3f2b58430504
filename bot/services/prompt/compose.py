"""The prompt that is sent: words first, flags at the end, everything checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.services.prompt.cleaning import has_words
from bot.services.prompt.errors import PromptError
from bot.services.prompt.flags import Flag
from bot.services.prompt.options import ImagineOptions, Mode
from bot.services.prompt.reading import group_of, plain_words, read_option, read_prompt
from bot.services.prompt.values import number_text, read_address, read_model

MAX_PROMPT = 2048
"""Characters of a whole prompt. The API states no limit; its known clients cut here without a word."""

_OPENING = re.compile(r"(?<!\\)\{")
_CLOSING = re.compile(r"(?<!\\)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A checked prompt. `full` is what the API gets; `text` is the words alone, for people to read."""

    text: str
    full: str
    mode: Mode
    seed: int | None
    aspect: str
    flags: tuple[Flag, ...]
    image_urls: tuple[str, ...]


def compose_prompt(words: str, options: ImagineOptions) -> Prompt:
    """The prompt to send for these words and options; a flag typed in the words wins over its option.

    Raises PromptError, with the sentence for the member, when anything in it would be refused later.
    """
    typed = read_prompt(words)
    if not has_words(typed.words):
        raise PromptError("Describe the picture in a few words, such as `a red fox in the snow`.")
    attached = (read_address(options.image_url),) if options.image_url is not None else ()
    image_urls = tuple(dict.fromkeys((*attached, *typed.image_urls)))
    taken = {group_of(flag) for flag in typed.flags}
    chosen = (flag for flag in _option_flags(options) if group_of(flag) not in taken)
    flags = (*typed.flags, *chosen)
    full = " ".join((*image_urls, typed.words, *map(str, flags)))
    _check_whole(full, flags, image_urls)
    return _prompt(typed.words, full, flags, image_urls)


def _option_flags(options: ImagineOptions) -> Iterator[Flag]:
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
    if options.image_weight is not None:
        yield read_option("iw", _typed_number(options.image_weight))
    if options.mode is not None:
        yield Flag(options.mode.value)


def _typed_number(value: float) -> str:
    return str(value) if isinstance(value, int) else number_text(value)


def _check_whole(full: str, flags: tuple[Flag, ...], image_urls: tuple[str, ...]) -> None:
    opening = _OPENING.search(full)
    if opening and _CLOSING.search(full, opening.end()):
        raise PromptError(
            "Braces make several paid pictures at once, which is not possible here. "
            "Write one variant, or `\\{` for a brace that is part of the words."
        )
    if not image_urls and any(flag.name == "iw" for flag in flags):
        raise PromptError("`--iw` weighs a picture, and there is none. Attach a picture or remove `--iw`.")
    if len(full) > MAX_PROMPT:
        raise PromptError(
            f"The prompt is {len(full)} characters long with its flags; {MAX_PROMPT} is the most. "
            f"Shorten it by {len(full) - MAX_PROMPT}."
        )


def _prompt(text: str, full: str, flags: tuple[Flag, ...], image_urls: tuple[str, ...]) -> Prompt:
    values = {flag.name: flag.value for flag in flags}
    mode = next((mode for mode in Mode if mode.value in values), Mode.FAST)
    seed = values.get("seed")
    return Prompt(
        text=text,
        full=full,
        mode=mode,
        seed=None if seed is None else int(seed),
        aspect=values.get("ar") or "1:1",
        flags=flags,
        image_urls=image_urls,
    )
