"""What a member's jobs have used up, and what the account has left."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.imaginepro import Account, ImagineProError
from bot.store import Usage

REMEMBERED_SECONDS = 30.0
"""How long one answer of Account Info serves everybody: the API takes one such request every three seconds."""

_MONTH = timedelta(days=30)


class AccountApi(Protocol):
    """The part of the API client that knows the account."""

    async def account(self) -> Account:
        """Plan and credits; raises `ImagineProError`."""
        ...


class UsageBook(Protocol):
    """The part of the store that counts."""

    async def usage(self, user_id: int, guild_id: int | None, since: datetime | None = None) -> Usage:
        """What the member's jobs there came to since that moment."""
        ...


@dataclass(frozen=True, slots=True)
class UseOverTime:
    """A member's use since midnight UTC, in the last 30 days, and ever."""

    today: Usage
    month: Usage
    total: Usage


class Credits:
    """Counts what members use, and asks for the balance. `for_managers`: those of a server may see it too."""

    def __init__(
        self, book: UsageBook, api: AccountApi, *, for_managers: bool, remembered: float = REMEMBERED_SECONDS
    ) -> None:
        self.for_managers = for_managers
        self._book = book
        self._api = api
        self._remembered = remembered
        self._lock = asyncio.Lock()
        self._answer: Account | ImagineProError | None = None
        self._valid_until = 0.0

    async def used(self, user_id: int, guild_id: int | None) -> UseOverTime:
        """What this member has used in this server, or with `guild_id` None in direct messages."""
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return UseOverTime(
            today=await self._book.usage(user_id, guild_id, midnight),
            month=await self._book.usage(user_id, guild_id, now - _MONTH),
            total=await self._book.usage(user_id, guild_id),
        )

    async def account(self) -> Account:
        """The account, as it was less than half a minute ago. Raises `ImagineProError`, also that of an earlier call.

        A failure is remembered like an answer: a crowd that asks again and again must not keep jobs from being sent.
        """
        loop = asyncio.get_running_loop()
        async with self._lock:
            if self._answer is None or loop.time() >= self._valid_until:
                self._answer = await self._ask()
                self._valid_until = loop.time() + self._remembered
        if isinstance(self._answer, ImagineProError):
            raise self._answer.with_traceback(None)
        return self._answer

    async def _ask(self) -> Account | ImagineProError:
        try:
            return await self._api.account()
        except ImagineProError as error:
            return error
