"""Longer prompts from short ones."""

from typing import Protocol

from bot.services.prompt import MAX_PROMPT, ImagineOptions, Prompt, clean_text, compose_prompt


class PromptWriter(Protocol):
    """The part of the API client that is needed here."""

    async def extend_prompt(self, prompt: str) -> str:
        """The prompt, written out at greater length; free. Raises `ImagineProError`."""
        ...


class Enhancement:
    """Has prompts written out."""

    def __init__(self, api: PromptWriter) -> None:
        self._api = api

    async def enhanced(self, before: Prompt) -> Prompt:
        """The prompt with more to see in it, its pictures and flags as they were. Raises `ImagineProError`."""
        flags = " ".join(map(str, before.flags))
        around = " ".join(filter(None, [*before.image_urls, flags]))
        # The API promises no length; what does not fit is cut at a word.
        text = _cut(clean_text(await self._api.extend_prompt(before.text)), MAX_PROMPT - len(around) - 2)
        # Braces and dashes of the API's own would be read as permutations and flags.
        harmless = text.replace("{", "(").replace("}", ")").replace("--", "–")
        return compose_prompt(" ".join(filter(None, [*before.image_urls, harmless, flags])), ImagineOptions())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0]
