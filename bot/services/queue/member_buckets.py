"""How often a member may use what costs nothing, so that no one member takes the bot from the others."""

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from aiolimiter import AsyncLimiter

from bot.errors import UserError
from bot.per_member import PerMember

_MAX_BUCKETS = 5000


class FreeUse(StrEnum):
    """What costs nothing: calls of the API, lists of jobs, presses, suggestions while a member types, and pictures
    that the bot fetches.
    """

    CALL = "call"
    LIST = "list"
    PRESS = "press"
    SUGGESTION = "suggestion"
    PICTURE = "picture"


class TooOften(UserError):
    """A member used something that is free more often than one member may."""

    def __init__(self) -> None:
        super().__init__("You are doing this very often. Wait a few seconds and try again.")


@dataclass(frozen=True, slots=True)
class Bucket:
    """`capacity` uses at once; a spent one comes back every `seconds / capacity` seconds."""

    capacity: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLimits:
    """The buckets that every member has, and how many of a member's free calls of the API may wait at once."""

    call: Bucket = Bucket(8, 30.0)
    list: Bucket = Bucket(10, 10.0)
    press: Bucket = Bucket(20, 10.0)
    suggestion: Bucket = Bucket(20, 5.0)
    picture: Bucket = Bucket(10, 20.0)
    waiting_calls: int = 2

    def of(self, use: FreeUse) -> Bucket:
        """The bucket for this use."""
        match use:
            case FreeUse.CALL:
                return self.call
            case FreeUse.LIST:
                return self.list
            case FreeUse.PRESS:
                return self.press
            case FreeUse.SUGGESTION:
                return self.suggestion
            case FreeUse.PICTURE:
                return self.picture


DEFAULT_MEMBER_LIMITS = MemberLimits()


class MemberBuckets:
    """The buckets of all members. Each process counts its own: a server is served by one process."""

    def __init__(self, limits: MemberLimits = DEFAULT_MEMBER_LIMITS) -> None:
        self._limits = limits
        self._buckets: OrderedDict[tuple[int, FreeUse], AsyncLimiter] = OrderedDict()
        self._calling = PerMember(limits.waiting_calls, TooOften)

    async def spend(self, user_id: int, use: FreeUse) -> None:
        """Count one use. Raises `TooOften` when the member's bucket is empty."""
        if not await self.try_spend(user_id, use):
            raise TooOften

    async def try_spend(self, user_id: int, use: FreeUse) -> bool:
        """Whether the member's bucket had a use left; counts it if so."""
        bucket = self._bucket(user_id, use)
        if not bucket.has_capacity():
            return False
        await bucket.acquire()
        return True

    @asynccontextmanager
    async def calling(self, user_id: int) -> AsyncGenerator[None]:
        """A context in which free calls of the API are made for a member.

        Raises `TooOften` when the member's bucket is empty, or too many of the member's calls wait for their turn.
        """
        with self._calling.taken(user_id):
            await self.spend(user_id, FreeUse.CALL)
            yield

    def _bucket(self, user_id: int, use: FreeUse) -> AsyncLimiter:
        bucket = self._buckets.pop((user_id, use), None) or self._new_bucket(use)
        self._buckets[user_id, use] = bucket
        # The least recently used bucket is full again anyway.
        if len(self._buckets) > _MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return bucket

    def _new_bucket(self, use: FreeUse) -> AsyncLimiter:
        size = self._limits.of(use)
        return AsyncLimiter(size.capacity, size.seconds)
