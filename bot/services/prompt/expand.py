"""One typed prompt that asks for several jobs: alternatives in braces, and `--repeat`."""

from bot.services.prompt.compose import Prompt, composed
from bot.services.prompt.options import ImagineOptions
from bot.services.prompt.parser import read_prompt
from bot.services.prompt.permutations import COUNTED, count_variants, variants_of
from bot.services.prompt.text import PromptError, clean_text

MAX_JOBS = 10
"""Jobs that one command may start."""


def expand_prompt(words: str, options: ImagineOptions, *, most: int = MAX_JOBS) -> tuple[Prompt, ...]:
    """The prompts of all jobs that were asked for, in order and each one checked; often there is one.

    The same prompt stands there again only where `--repeat` asks for that. Raises PromptError when any of them would
    be refused later, and when there are more than `most`; then nothing was written out.
    """
    text = clean_text(words)
    variants = count_variants(text)
    if variants > most:
        counted = f"{variants:,}" if variants <= COUNTED else f"more than {COUNTED:,}"
        raise PromptError(f"The braces make {counted} variants; {most} jobs at once is the most. Use fewer of them.")
    orders = dict.fromkeys(_order(variant, options) for variant in variants_of(text))
    jobs = sum(repeat for _, repeat in orders)
    if jobs > most:
        raise PromptError(
            f"The prompt asks for {jobs} jobs at once; {most} is the most. "
            "Use fewer alternatives in braces or a smaller `--repeat`."
        )
    return tuple(prompt for prompt, repeat in orders for _ in range(repeat))


def _order(variant: str, options: ImagineOptions) -> tuple[Prompt, int]:
    """The prompt and how often it is to be sent."""
    typed = read_prompt(variant)
    prompt = composed(typed, options)
    if typed.repeat > 1 and prompt.seed is not None:
        raise PromptError(
            "With a seed, `--repeat` would pay several times for the same picture. Remove the seed or `--repeat`."
        )
    return prompt, typed.repeat
