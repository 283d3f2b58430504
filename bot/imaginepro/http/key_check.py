"""Why the API answered with 401: because of the key or because of the credits."""

from collections.abc import Awaitable, Callable

from async_lru import alru_cache

from bot.imaginepro.errors import CreditsUsedUp, ImagineProError, KeyRefused, Unauthorized
from bot.imaginepro.models import Account

_NOT_THE_KEY = (
    "ImaginePro did not authorize this request although it knows the API key "
    "and the account has credits left, perhaps too few for this job."
)


class KeyCheck:
    """Reads Account Info before the key is blamed: the API may also answer 401 when the credits are used up.

    Many jobs may get a 401 at the same time; one request explains all of them for `cache_seconds`.
    """

    def __init__(self, account: Callable[[], Awaitable[Account]], cache_seconds: float) -> None:
        self._account = account
        self._verdict = alru_cache(ttl=cache_seconds)(self._ask)

    async def explain(self, reason: str | None) -> Unauthorized:
        """The error for a 401: `KeyRefused`, `CreditsUsedUp`, or `Unauthorized` when the reason is not known."""
        kind, text = await self._verdict()
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
