"""Composes the prompts of an account whose usual model may be known."""

from bot.services.prompt.compose import Prompt, compose_prompt
from bot.services.prompt.expand import expand_prompt
from bot.services.prompt.flags.models import MODELS, Model, is_newer
from bot.services.prompt.foreign import described_prompt, enhanced_prompt
from bot.services.prompt.options import ImagineOptions

_NO_OPTIONS = ImagineOptions()


class Composer:
    """Makes every prompt that is sent, so that none leaves out the rules of the model that paints it.

    `model` is the account's usual one, such as "8.2" or "niji 7"; None where it is unknown, as is one that never was or
    was taken back. Each method raises `PromptError` for what can't be sent.
    """

    def __init__(self, model: str | None = None) -> None:
        self._usual = None if model is None else _model(model)

    def composed(self, words: str, options: ImagineOptions = _NO_OPTIONS) -> Prompt:
        """The prompt for these words and options, which make one job."""
        return compose_prompt(words, options, self._usual)

    def expanded(self, words: str, options: ImagineOptions = _NO_OPTIONS) -> tuple[Prompt, ...]:
        """The prompts of all jobs that these words ask for."""
        return expand_prompt(words, options, self._usual)

    def described(self, text: str) -> Prompt:
        """The prompt for a description of a picture, with its ratio."""
        return described_prompt(text, self._usual)

    def enhanced(self, text: str, before: Prompt) -> Prompt:
        """The prompt `before` with these words in place of its own; unchanged when the text has none."""
        return enhanced_prompt(text, before, self._usual)


def _model(name: str) -> Model | None:
    kind, _, version = name.rpartition(" ")
    model = Model(kind or "v", float(version))
    return model if model in MODELS or is_newer(model) else None
