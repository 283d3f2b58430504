"""Whether the image API would refuse a prompt, asked before anything is paid."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from async_lru import alru_cache

from bot.imaginepro import ImagineProError, PromptRefused, PromptVerdict
from bot.services.prompt import MAX_PROMPT, ImagineOptions, Prompt, clean_text, compose_prompt


class PromptWriter(Protocol):
    """The part of the API client that is needed here."""

    async def extend_prompt(self, prompt: str) -> str:
        """The prompt, written out at greater length; free. Raises `ImagineProError`."""
        ...


class PromptEnhancer:
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


log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 600.0
_MOST_REMEMBERED = 500
_PATIENCE_SECONDS = 10.0
_REST_SECONDS = 60.0


class PromptChecker(Protocol):
    """The part of the API client that is needed here."""

    async def check_prompt(self, prompt: str) -> PromptVerdict:
        """What the API thinks of the prompt; free. Raises `ImagineProError`."""
        ...


class PromptChecks:
    """Asks about prompts, each one once in ten minutes: a check takes one of the turns that jobs are sent in.

    A pre-flight waits `patience` seconds for an answer. When none came, none is waited for during the next `rest`
    seconds. `now` is a clock in seconds.
    """

    def __init__(
        self,
        api: PromptChecker,
        *,
        patience: float = _PATIENCE_SECONDS,
        rest: float = _REST_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._patience = patience
        self._rest = rest
        self._now = now
        self._verdicts = alru_cache(_MOST_REMEMBERED, ttl=REMEMBERED_SECONDS)(self._ask)
        self._resting_until: float | None = None

    async def verdict(self, prompt: str) -> PromptVerdict:
        """What the API thinks of the prompt. Raises `ImagineProError` when it does not say."""
        return await self._verdicts(prompt)

    async def preflight(self, prompt: str) -> None:
        """Return when nothing speaks against sending the prompt, also when that can't be found out.

        Raises `PromptRefused`, a `UserError`, with the API's reason.
        """
        verdict = await (self._cached(prompt) if self._rests() else self._verdict_in_time(prompt))
        if verdict is not None and not verdict.ok:
            raise PromptRefused(refusal(verdict), status=200, reason=verdict.reason)

    async def _verdict_in_time(self, prompt: str) -> PromptVerdict | None:
        try:
            async with asyncio.timeout(self._patience):
                return await self.verdict(prompt)
        except (ImagineProError, TimeoutError) as error:
            if self._resting_until is None:
                log.warning("prompts are not checked before they are sent: %s", type(error).__name__)
            self._resting_until = self._now() + self._rest
            return None

    async def _ask(self, prompt: str) -> PromptVerdict:
        try:
            verdict = await self._api.check_prompt(prompt)
        except PromptRefused as error:
            # The same answer in another form.
            verdict = PromptVerdict(ok=False, reason=error.reason)
        if self._resting_until is not None:
            self._resting_until = None
            log.info("prompts are checked again before they are sent")
        return verdict

    async def _cached(self, prompt: str) -> PromptVerdict | None:
        if self._verdicts.cache_contains(prompt):
            # The cache also holds the calls that have no answer yet: those are not waited for.
            with suppress(ImagineProError, TimeoutError):
                async with asyncio.timeout(0):
                    return await self._verdicts(prompt)
        return None

    def _rests(self) -> bool:
        return self._resting_until is not None and self._now() < self._resting_until


def refusal(verdict: PromptVerdict) -> str:
    """A sentence for the member about a prompt that is not `ok`; it quotes the API, so escape it where it is shown."""
    reason = f": {verdict.reason.rstrip('.')}" if verdict.reason else ""
    return f"ImaginePro does not allow this prompt{reason}. Reword it and try again."
