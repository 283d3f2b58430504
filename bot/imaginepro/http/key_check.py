"""Who is to blame for a 401: the key or the credits."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.imaginepro.errors import CreditsUsedUp, ImagineProError, KeyRefused, Unauthorized
from bot.imaginepro.models import Account

# Many jobs may meet a 401 at the same time; one question answers all of them.
REMEMBERED_SECONDS = 5.0

_NOT_THE_KEY = (
    "ImaginePro did not authorize this request although it knows the API key "
    "and the account has credits left, perhaps too few for this job."
)


class KeyCheck:
    """Asks Account Info before the key is blamed: used-up credits are reported to answer 401 as well."""

    def __init__(self, account: Callable[[], Awaitable[Account]]) -> None:
        self._account = account
        self._lock = asyncio.Lock()
        self._verdict: tuple[type[Unauthorized], str | None] = (Unauthorized, None)
        self._valid_until = 0.0

    async def explain(self, reason: str | None) -> Unauthorized:
        """The error that says what the 401 was about, as far as it can be known."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if loop.time() >= self._valid_until:
                self._verdict = await self._ask()
                self._valid_until = loop.time() + REMEMBERED_SECONDS
        kind, text = self._verdict
        return kind(text, status=401, reason=reason)

    async def _ask(self) -> tuple[type[Unauthorized], str | None]:
        try:
            balance = (await self._account()).balance
        except KeyRefused:
            return KeyRefused, None
        except ImagineProError:
            return Unauthorized, None
        if balance is None:
            return Unauthorized, None
        return (CreditsUsedUp, None) if balance <= 0 else (Unauthorized, _NOT_THE_KEY)
