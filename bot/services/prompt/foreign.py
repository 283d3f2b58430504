"""Text that the API wrote, such as descriptions and longer prompts, as the words of a prompt.

The member has not typed it, so nothing in it is read as a flag, a URL, a weight or alternatives, and nothing is
refused. Only the ratio at which Midjourney described a picture, `--ar 3:2`, is kept as the flag that it is.
"""

import re
from contextlib import suppress
from dataclasses import replace

from bot.services.prompt.compose import MAX_PROMPT, Prompt, composed
from bot.services.prompt.flags.marks import FlagMark, marked, value_fits, with_hyphens, without_dashes
from bot.services.prompt.flags.models import Model
from bot.services.prompt.flags.spec import Flag
from bot.services.prompt.flags.table import find_flag
from bot.services.prompt.options import ImagineOptions
from bot.services.prompt.parser import TypedPrompt
from bot.services.prompt.spelling.addresses import without_addresses
from bot.services.prompt.spelling.signs import COLONS, bare_value
from bot.services.prompt.text import PromptError, clean_text
from bot.services.prompt.values import read_aspect

_PARENTHESES = str.maketrans("{}\ufe5b\ufe5c\uff5b\uff5d", "()()()")
_WEIGHT = re.compile(rf"[{COLONS}\u2237]{{2,}}|\u2237")
_LONGEST_WORD = 40
_COMMAS = re.compile(r"\s*,(?:\s*,)*(?:\s+|$)")


def described_prompt(text: str, usual: Model | None = None) -> Prompt:
    """The prompt for a description of a picture, with its ratio. Raises PromptError when it has no words."""
    words, aspect = _plain(text)
    flags = () if aspect is None else (Flag("ar", aspect),)
    room = MAX_PROMPT - sum(len(f" {flag}") for flag in flags)
    return composed(TypedPrompt((), _shortened(words, room), flags), ImagineOptions(), usual)


def enhanced_prompt(text: str, before: Prompt, usual: Model | None = None) -> Prompt:
    """The prompt `before` with these words in place of its own; unchanged when the text has none."""
    around = sum(len(f"{part} ") for part in (*before.image_urls, *map(str, before.flags)))
    words = _shortened(_plain(text)[0], MAX_PROMPT - around)
    with suppress(PromptError):
        prompt = composed(TypedPrompt(before.image_urls, words, before.flags), ImagineOptions(), usual)
        # A note about a model that was added is not repeated by the prompt that names it.
        return replace(prompt, notes=before.notes)
    return before


def _plain(text: str) -> tuple[str, str | None]:
    """The words in which nothing is read as a flag, and the ratio that the text asks for."""
    words, before, aspect = clean_text(text).translate(_PARENTHESES), "", None
    while words != before:
        before = words
        # Each of these may uncover another: what stands behind removed dashes may look like a URL.
        words = without_addresses(_WEIGHT.sub(":", words))
        kept, ratio = _without_flags(marked(words.split()))
        words, aspect = _tidy(with_hyphens(kept, ", ")), aspect or ratio
    return words, aspect


def _without_flags(parts: list[str | FlagMark]) -> tuple[str, str | None]:
    """The text with a comma in place of the dashes of flags; flags with a valid value are removed."""
    kept: list[str] = []
    aspect = None
    rest = iter(enumerate(parts))
    for position, part in rest:
        if isinstance(part, str):
            kept.append(part)
            continue
        following = next(iter(parts[position + 1 :]), "")
        value = part.value or (following if isinstance(following, str) else "")
        if part.before or not value_fits(part.name, value):
            kept.append(without_dashes(part) if part.before else f", {without_dashes(part)}")
            continue
        if not part.value:
            next(rest)
        spec = find_flag(part.name)
        if spec is not None and spec.name == "ar":
            aspect = read_aspect("ar", bare_value(value))
    return " ".join(kept), aspect


def _shortened(words: str, most: int) -> str:
    """The words, cut so that they have at most this many characters, between two words where there are spaces."""
    most = max(most, 0)
    while len(words) > most:
        between = words[: most + 1].rpartition(" ")[0]
        # Where the text ends, a word behind a dash may read as a flag.
        words = _plain(between if len(between) > most - _LONGEST_WORD else words[:most])[0]
    return words


def _tidy(words: str) -> str:
    return _COMMAS.sub(", ", words).strip(" ,")
