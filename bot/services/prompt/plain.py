"""Prompts for models that take words only and know no flags of Midjourney."""

from dataclasses import dataclass

from bot.services.prompt.compose import MAX_PROMPT
from bot.services.prompt.flags.marks import FlagMark, marked
from bot.services.prompt.flags.table import find_flag
from bot.services.prompt.text import PromptError, clean_text, has_words, quoted
from bot.services.prompt.values import read_aspect

_DESCRIBE = "Describe the picture in a few words, such as `a red fox in the snow`."


@dataclass(frozen=True, slots=True)
class PlainPrompt:
    """A checked prompt without flags; `aspect` is the value of a typed `--ar`, for example 16:9."""

    words: str
    aspect: str | None = None


def read_plain_prompt(typed: str, model: str, *, ask: str = _DESCRIBE, takes_aspect: bool = False) -> PlainPrompt:
    """The prompt for `model`. Raises PromptError for flags, except `--ar` when `takes_aspect` is true.

    `ask` is the error's text for a prompt without words.
    """
    parts = iter(marked(clean_text(typed).split()))
    words: list[str] = []
    aspects: list[str] = []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        elif part.doubt is None and takes_aspect and _is_aspect(part.name):
            aspects.append(_aspect(part, next(parts, "")) if not part.value else read_aspect(part.name, part.value))
        else:
            raise PromptError(_refusal(part, model))
    if len(aspects) > 1:
        raise PromptError("`--ar` is there twice. Keep one of them.")
    return PlainPrompt(_checked(" ".join(words), ask), aspects[0] if aspects else None)


def _is_aspect(name: str) -> bool:
    spec = find_flag(name)
    return spec is not None and spec.name == "ar"


def _aspect(flag: FlagMark, value: str | FlagMark) -> str:
    if not isinstance(value, str) or not value:
        raise PromptError(f"`--{flag.name}` needs a value after it, such as `--{flag.name} 16:9`.")
    return read_aspect(flag.name, value)


def _refusal(flag: FlagMark, model: str) -> str:
    if flag.doubt is None:
        return (
            f"{quoted(f'--{flag.name}')} is a flag of Midjourney, which {model} does not know. "
            "Remove it, or use /imagine."
        )
    return (
        f"{quoted(flag.typed)} looks like {quoted(f'--{flag.name}')}, a flag of Midjourney, which {model} does not "
        "know. Remove it, or write a comma in place of the dash if these are words."
    )


def _checked(words: str, ask: str) -> str:
    if not has_words(words):
        raise PromptError(ask)
    if len(words) > MAX_PROMPT:
        raise PromptError(
            f"The prompt is {len(words)} characters long; {MAX_PROMPT} is the most. "
            f"Shorten it by {len(words) - MAX_PROMPT}."
        )
    return words
