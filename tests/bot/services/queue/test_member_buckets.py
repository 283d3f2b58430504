"""The buckets that limit what one member may use for free."""

import asyncio

import pytest

from bot.services.queue import member_buckets
from bot.services.queue.member_buckets import Bucket, FreeUse, MemberBuckets, MemberLimits, TooOften
from tests.support.virtual_time import in_virtual_time

MIA, MAX = 1, 2


async def test_each_member_and_use_has_a_bucket_of_its_own() -> None:
    """A member whose bucket is empty is refused with advice; others, and the member's other buckets, are not."""
    buckets = MemberBuckets(MemberLimits(list=Bucket(2, 100.0)))
    for _ in range(2):
        await buckets.spend(MIA, FreeUse.LIST)
    with pytest.raises(TooOften, match="Wait a few seconds and try again"):
        await buckets.spend(MIA, FreeUse.LIST)
    assert await buckets.try_spend(MAX, FreeUse.LIST)
    assert await buckets.try_spend(MIA, FreeUse.PRESS)


def test_a_bucket_fills_again() -> None:
    """Uses come back one by one."""

    async def spent() -> list[bool]:
        buckets = MemberBuckets(MemberLimits(press=Bucket(2, 10.0)))
        found: list[bool] = []
        for pause in (0.0, 0.0, 0.0, 5.1, 0.0):
            await asyncio.sleep(pause)
            found.append(await buckets.try_spend(MIA, FreeUse.PRESS))
        return found

    assert in_virtual_time(spent()) == [True, True, False, True, False]


async def test_few_calls_of_one_member_wait() -> None:
    """A further call of a member is refused while two wait, also when they fail; it costs the bucket nothing."""
    buckets = MemberBuckets(MemberLimits(call=Bucket(3, 100.0), waiting_calls=2))
    async with buckets.calling(MIA):
        async with buckets.calling(MIA), buckets.calling(MAX):
            with pytest.raises(TooOften):
                await buckets.calling(MIA).__aenter__()
        with pytest.raises(ZeroDivisionError):
            await _failing_call(buckets)
    with pytest.raises(TooOften):
        await buckets.calling(MIA).__aenter__()
    assert not buckets._calling


async def _failing_call(buckets: MemberBuckets) -> None:
    async with buckets.calling(MIA):
        raise ZeroDivisionError


async def test_the_oldest_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members who come once leave nothing behind."""
    monkeypatch.setattr(member_buckets, "_MAX_BUCKETS", 10)
    buckets = MemberBuckets()
    for member in range(50):
        await buckets.spend(member, FreeUse.PRESS)
        async with buckets.calling(member):
            pass
    assert len(buckets._buckets) == 10
    assert not buckets._calling


@pytest.mark.parametrize("use", FreeUse)
async def test_every_use_has_a_limit(use: FreeUse) -> None:
    """By default no use is unlimited, and a person at a keyboard meets none of the limits."""
    buckets = MemberBuckets()
    for _ in range(8):
        assert await buckets.try_spend(MIA, use)
    assert not all([await buckets.try_spend(MIA, use) for _ in range(100)])
