"""The jobs that one typed prompt asks for: alternatives in braces, and `--repeat`."""

from bot.services.prompt.compose import Prompt, composed
from bot.services.prompt.flags.models import Model
from bot.services.prompt.options import ImagineOptions
from bot.services.prompt.parser import read_prompt
from bot.services.prompt.spelling.permutations import COUNTED, count_variants, variants_of
from bot.services.prompt.text import PromptError, clean_text

MAX_JOBS = 10
"""The most jobs that one command may start."""


def expand_prompt(
    words: str, options: ImagineOptions, usual: Model | None = None, *, most: int = MAX_JOBS
) -> tuple[Prompt, ...]:
    """The checked prompts of all jobs, in order; usually one.

    Equal prompts appear only for `--repeat`. Raises PromptError when one is invalid, and when there are more than
    `most`; the variants are counted before they are written out. `usual` is the account's model.
    """
    text = clean_text(words)
    variants = count_variants(text)
    if variants > most:
        counted = f"{variants:,}" if variants <= COUNTED else f"more than {COUNTED:,}"
        raise PromptError(f"The braces make {counted} variants; {most} jobs at once is the most. Use fewer of them.")
    wanted = dict.fromkeys(_prompt_and_repeat(variant, options, usual) for variant in variants_of(text))
    jobs = sum(repeat for _, repeat in wanted)
    if jobs > most:
        raise PromptError(
            f"The prompt asks for {jobs} jobs at once; {most} is the most. "
            "Use fewer alternatives in braces or a smaller `--repeat`."
        )
    return tuple(prompt for prompt, repeat in wanted for _ in range(repeat))


def _prompt_and_repeat(variant: str, options: ImagineOptions, usual: Model | None) -> tuple[Prompt, int]:
    """The prompt and how many jobs it makes."""
    typed = read_prompt(variant)
    prompt = composed(typed, options, usual)
    if typed.repeat > 1 and prompt.seed is not None:
        raise PromptError(
            "With a seed, `--repeat` would pay several times for the same picture. Remove the seed or `--repeat`."
        )
    return prompt, typed.repeat
