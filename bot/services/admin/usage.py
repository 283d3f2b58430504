"""The credits a member's jobs have used, and the balance of the accounts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from async_lru import alru_cache

from bot.imaginepro import Account, ImagineProClient, ImagineProError
from bot.store import JobStore, Usage
from bot.timings import DEFAULT_TIMINGS, Timings

_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class UsageByPeriod:
    """A member's use since midnight UTC, in the last 30 days and in total."""

    today: Usage
    month: Usage
    total: Usage


class Credits:
    """Counts what members use and reads the balances. With `for_managers` managers of a server may see these.

    `apis` are the clients of all keys, in the order of the keys.
    """

    def __init__(
        self,
        jobs: JobStore,
        apis: Sequence[ImagineProClient],
        *,
        for_managers: bool,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self.for_managers = for_managers
        self._jobs = jobs
        self._apis = apis
        self._answers = alru_cache(ttl=timings.balance_cache)(self._ask)

    async def used(self, user_id: int, guild_id: int | None) -> UsageByPeriod:
        """What the member has used in this server; with `guild_id` None in direct messages."""
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return UsageByPeriod(
            today=await self._jobs.usage(user_id, guild_id, midnight),
            month=await self._jobs.usage(user_id, guild_id, now - _MONTH),
            total=await self._jobs.usage(user_id, guild_id),
        )

    async def accounts(self) -> list[Account | ImagineProError]:
        """The account of each key, at most half a minute old, or the error when it can't be read.

        Errors are cached too: repeated requests would take the rate limit that jobs need.
        """
        return list(await self._answers())

    async def _ask(self) -> list[Account | ImagineProError]:
        return await asyncio.gather(*map(_read, self._apis))


async def _read(api: ImagineProClient) -> Account | ImagineProError:
    try:
        return await api.account()
    except ImagineProError as error:
        return error.with_traceback(None)
