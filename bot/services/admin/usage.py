"""What a member's jobs have used up, and what the account has left."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from async_lru import alru_cache

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
class UsageByPeriod:
    """A member's use since midnight UTC, in the last 30 days, and ever."""

    today: Usage
    month: Usage
    total: Usage


class Credits:
    """Counts what members use, and asks for the balances. `for_managers`: those of a server may see them too.

    `apis` are the clients of all keys, in their order.
    """

    def __init__(
        self,
        book: UsageBook,
        apis: Sequence[AccountApi],
        *,
        for_managers: bool,
        remembered: float = REMEMBERED_SECONDS,
    ) -> None:
        self.for_managers = for_managers
        self._book = book
        self._apis = apis
        self._answers = alru_cache(ttl=remembered)(self._ask)

    async def used(self, user_id: int, guild_id: int | None) -> UsageByPeriod:
        """What this member has used in this server, or with `guild_id` None in direct messages."""
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return UsageByPeriod(
            today=await self._book.usage(user_id, guild_id, midnight),
            month=await self._book.usage(user_id, guild_id, now - _MONTH),
            total=await self._book.usage(user_id, guild_id),
        )

    async def accounts(self) -> list[Account | ImagineProError]:
        """The account of each key, as it was less than half a minute ago, or why it can't be read.

        A failure is cached like an answer: a crowd that asks again and again must not keep jobs from being sent.
        """
        return list(await self._answers())

    async def _ask(self) -> list[Account | ImagineProError]:
        return await asyncio.gather(*map(_asked, self._apis))


async def _asked(api: AccountApi) -> Account | ImagineProError:
    try:
        return await api.account()
    except ImagineProError as error:
        return error.with_traceback(None)
