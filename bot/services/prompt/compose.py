"""The prompt that is sent: words first, flags at the end, all checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.services.prompt.flags.models import Model
from bot.services.prompt.flags.spec import Flag, FlagSpec
from bot.services.prompt.options import OPTIONS, ImagineOptions, Mode, OptionValue
from bot.services.prompt.parser import TypedPrompt, option_of, plain_words, read_option, read_prompt, slot_of
from bot.services.prompt.rules import judged
from bot.services.prompt.spelling.permutations import has_alternatives
from bot.services.prompt.text import PromptError, clean_text, has_words
from bot.services.prompt.values import number_text, read_address


def option_flags(options: ImagineOptions) -> Iterator[Flag]:
    """The flags that the chosen options set, in the order of the table. Raises PromptError."""
    for option, specs in OPTIONS.items():
        value = options.chosen.get(option)
        flag = None if value is None else _flag(specs, value)
        if flag is not None:
            yield flag


def _flag(specs: Sequence[FlagSpec], value: OptionValue) -> Flag | None:
    """The flag for the value of an option that has these flags; None when the value is empty."""
    first, *others = specs
    if isinstance(value, bool):
        return Flag(first.name)
    text = value.strip() if isinstance(value, str) else _number(value)
    if first.choose is not None:
        return first.choose(text)
    if first.words:
        words = plain_words(text, first.name)
        return Flag(first.name, words) if words else None
    if others:
        return {spec.name: Flag(spec.name) for spec in specs}[text]
    return read_option(first.name, text)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else number_text(value)


_EDIT = Flag("edit")
MAX_EDITED = 4
"""The most pictures that `--edit` takes."""

MAX_PROMPT = 2048
"""The most characters of a prompt. The API documents no limit; its known clients cut here silently."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A checked prompt. `full` is sent to the API; `text` is the words alone, for people.

    It has no words when two or more pictures are blended. `notes` are sentences for the member about what was added,
    and about flags that may fail.
    """

    text: str
    full: str
    mode: Mode
    seed: int | None
    aspect: str
    flags: tuple[Flag, ...]
    image_urls: tuple[str, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)


def compose_prompt(words: str, options: ImagineOptions, usual: Model | None = None) -> Prompt:
    """The prompt for these words and options; a typed flag overrides its option. `usual` is the account's model.

    Raises PromptError for an invalid part, and when the words ask for several jobs.
    """
    if has_alternatives(clean_text(words)):
        raise PromptError(
            "Braces make several paid pictures at once, which only /imagine can. "
            "Write one variant, or `\\{` for a brace that is part of the words."
        )
    typed = read_prompt(words)
    if typed.repeat > 1:
        raise PromptError("`--repeat` makes several paid pictures at once, which only /imagine can. Remove it.")
    return composed(typed, options, usual)


def composed(typed: TypedPrompt, options: ImagineOptions, usual: Model | None = None) -> Prompt:
    """The prompt for these parts and options, without repeats. Raises PromptError."""
    image_urls, typed_flags = _pictures(typed, options)
    words = (typed.words,) if has_words(typed.words) else ()
    # Midjourney blends two or more pictures that come without words (docs.midjourney.com, image prompts).
    if not words and len(image_urls) < 2:
        raise PromptError("Describe the picture in a few words, such as `a red fox in the snow`.")
    judgement = judged((*typed_flags, *_untyped(typed_flags, options)), typed.words, image_urls, usual)
    values = {flag.name: flag.value for flag in judgement.flags}
    full = " ".join((*image_urls, *words, *map(str, judgement.flags)))
    _check_length(full)
    seed = values.get("seed")
    return Prompt(
        text=" ".join(words),
        full=full,
        mode=next((mode for mode in Mode if mode.value in values), Mode.FAST),
        seed=None if seed is None else int(seed),
        aspect=values.get("ar") or "1:1",
        flags=judgement.flags,
        image_urls=image_urls,
        notes=judgement.notes,
    )


def _pictures(typed: TypedPrompt, options: ImagineOptions) -> tuple[tuple[str, ...], tuple[Flag, ...]]:
    """The pictures to start from, and the typed flags; `--edit` without addresses takes these pictures."""
    attached = (read_address(address) for address in options.image_urls)
    image_urls = tuple(dict.fromkeys((*attached, *typed.image_urls)))
    if _EDIT not in typed.flags:
        return image_urls, typed.flags
    if not image_urls:
        raise PromptError(f"`--edit` needs a picture. Attach one, or write up to {MAX_EDITED} addresses after it.")
    if len(image_urls) > MAX_EDITED:
        raise PromptError(
            f"`--edit` takes {MAX_EDITED} pictures at most, and these are {len(image_urls)}. Leave some out."
        )
    edit = Flag(_EDIT.name, " ".join(image_urls))
    return (), tuple(edit if flag == _EDIT else flag for flag in typed.flags)


def _untyped(typed: Sequence[Flag], options: ImagineOptions) -> Iterator[Flag]:
    """The flags of options that no typed flag overrides."""
    taken = {slot_of(flag) for flag in typed} | {option_of(flag) for flag in typed}
    return (flag for flag in option_flags(options) if taken.isdisjoint({slot_of(flag), option_of(flag)}))


def _check_length(full: str) -> None:
    if len(full) > MAX_PROMPT:
        raise PromptError(
            f"The prompt is {len(full)} characters long with its flags; {MAX_PROMPT} is the most. "
            f"Shorten it by {len(full) - MAX_PROMPT}."
        )
