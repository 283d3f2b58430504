"""The API's tools for prompts: checks before anything is paid, and longer versions."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from async_lru import alru_cache

from bot.imaginepro import ImagineProClient, ImagineProError, PromptRefused, PromptVerdict
from bot.services.prompt import Composer, Prompt

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 600.0
_MAX_VERDICTS = 500
_PATIENCE_SECONDS = 10.0
_REST_SECONDS = 60.0


class PromptEnhancer:
    """Extends prompts with the API's free call."""

    def __init__(self, api: ImagineProClient, composer: Composer) -> None:
        self._api = api
        self._composer = composer

    async def enhanced(self, before: Prompt) -> Prompt:
        """A longer version of the prompt with the same pictures and flags. Raises `ImagineProError`."""
        return self._composer.enhanced(await self._api.extend_prompt(before.text), before)


class PromptChecks:
    """Checks prompts with the API's free call, and caches each verdict for ten minutes.

    The cache matters because checks and jobs share a rate limit. `preflight` waits at most `patience` seconds for an
    answer; after a timeout or an error it makes no calls for `rest` seconds. `now` is a clock in seconds.
    """

    def __init__(
        self,
        api: ImagineProClient,
        *,
        patience: float = _PATIENCE_SECONDS,
        rest: float = _REST_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._patience = patience
        self._rest = rest
        self._now = now
        self._verdicts = alru_cache(_MAX_VERDICTS, ttl=REMEMBERED_SECONDS)(self._request)
        self._paused_until: float | None = None

    async def verdict(self, prompt: str) -> PromptVerdict:
        """The API's verdict on the prompt; concurrent checks share one request. Raises `ImagineProError`."""
        return await self._verdicts(prompt)

    async def preflight(self, prompt: str) -> None:
        """Return unless the API refuses the prompt; a check that fails does not stop it.

        Raises `PromptRefused`, a `UserError`, with the API's reason.
        """
        verdict = await (self._cached(prompt) if self._is_paused() else self._verdict_or_none(prompt))
        if verdict is not None and not verdict.ok:
            raise PromptRefused(refusal(verdict), status=200, reason=verdict.reason)

    async def _verdict_or_none(self, prompt: str) -> PromptVerdict | None:
        try:
            async with asyncio.timeout(self._patience):
                return await self.verdict(prompt)
        except (ImagineProError, TimeoutError) as error:
            if self._paused_until is None:
                log.warning("prompts are not checked before they are sent: %s", type(error).__name__)
            self._paused_until = self._now() + self._rest
            return None

    async def _request(self, prompt: str) -> PromptVerdict:
        try:
            verdict = await self._api.check_prompt(prompt)
        except PromptRefused as error:
            # A refusal as an error is a verdict too.
            verdict = PromptVerdict(ok=False, reason=error.reason)
        if self._paused_until is not None:
            self._paused_until = None
            log.info("prompts are checked again before they are sent")
        return verdict

    async def _cached(self, prompt: str) -> PromptVerdict | None:
        if self._verdicts.cache_contains(prompt):
            # The cache also holds calls that have no answer yet: those are not waited for.
            with suppress(ImagineProError, TimeoutError):
                async with asyncio.timeout(0):
                    return await self._verdicts(prompt)
        return None

    def _is_paused(self) -> bool:
        return self._paused_until is not None and self._now() < self._paused_until


def refusal(verdict: PromptVerdict) -> str:
    """The sentence about a prompt that is not `ok`. It quotes the API: escape it before it is shown."""
    reason = f": {verdict.reason.rstrip('.')}" if verdict.reason else ""
    return f"ImaginePro does not allow this prompt{reason}. Reword it and try again."
