"""The prompt that is sent: words first, flags at the end, everything checked."""

from dataclasses import dataclass

from bot.services.prompt.cleaning import clean_text, has_words
from bot.services.prompt.errors import PromptError
from bot.services.prompt.flags import Flag
from bot.services.prompt.option_flags import option_flags
from bot.services.prompt.options import ImagineOptions, Mode
from bot.services.prompt.permutations import has_alternatives
from bot.services.prompt.reading import TypedPrompt, group_of, read_prompt
from bot.services.prompt.references import check_references
from bot.services.prompt.values import read_address

MAX_PROMPT = 2048
"""Characters of a whole prompt. The API states no limit; its known clients cut here without a word."""


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
    """The one prompt to send for these words and options; a flag typed in the words wins over its option.

    Raises PromptError, with the sentence for the member, when anything in it would be refused later, and when the
    words ask for several jobs.
    """
    if has_alternatives(clean_text(words)):
        raise PromptError(
            "Braces make several paid pictures at once, which is not possible here. "
            "Write one variant, or `\\{` for a brace that is part of the words."
        )
    typed = read_prompt(words)
    if typed.repeat > 1:
        raise PromptError(
            "`--repeat` makes several paid pictures at once, which is not possible here. "
            "Remove it and run the command again for each picture."
        )
    return composed(typed, options)


def composed(typed: TypedPrompt, options: ImagineOptions) -> Prompt:
    """The prompt to send for what was typed, once. Raises PromptError."""
    if not has_words(typed.words):
        raise PromptError("Describe the picture in a few words, such as `a red fox in the snow`.")
    attached = (read_address(address) for address in options.image_urls)
    image_urls = tuple(dict.fromkeys((*attached, *typed.image_urls)))
    taken = {group_of(flag) for flag in typed.flags}
    chosen = (flag for flag in option_flags(options) if group_of(flag) not in taken)
    flags = (*typed.flags, *chosen)
    values = {flag.name: flag.value for flag in flags}
    check_references(values, image_urls)
    full = " ".join((*image_urls, typed.words, *map(str, flags)))
    _check_length(full)
    seed = values.get("seed")
    return Prompt(
        text=typed.words,
        full=full,
        mode=next((mode for mode in Mode if mode.value in values), Mode.FAST),
        seed=None if seed is None else int(seed),
        aspect=values.get("ar") or "1:1",
        flags=flags,
        image_urls=image_urls,
    )


def _check_length(full: str) -> None:
    if len(full) > MAX_PROMPT:
        raise PromptError(
            f"The prompt is {len(full)} characters long with its flags; {MAX_PROMPT} is the most. "
            f"Shorten it by {len(full) - MAX_PROMPT}."
        )
