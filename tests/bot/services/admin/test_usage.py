"""Usage by period, and account balances that are requested once for many callers."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.imaginepro import Account, ImagineProClient, ImagineProError, KeyRefused, Priority
from bot.services.admin.usage import Credits, UsageByPeriod
from bot.store import JobStore, Usage
from bot.timings import DEFAULT_TIMINGS
from tests.bot.records import new_job, reply_address, rewritten
from tests.support.virtual_time import in_virtual_time

MIA, HERE = 100, 1


class AccountApi(ImagineProClient):
    """An API whose balance changes with each request, or that raises an error."""

    def __init__(self, error: ImagineProError | None = None) -> None:
        self.calls = 0
        self.called = asyncio.Event()
        self.error = error

    async def account(self, *, priority: Priority = Priority.FREE) -> Account:
        """The account, after one turn of the event loop."""
        self.calls += 1
        self.called.set()
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Account(credits=self.calls)


def balances(answers: list[Account | ImagineProError]) -> list[int | None]:
    """The balances of the accounts that could be read."""
    return [answer.balance for answer in answers if isinstance(answer, Account)]


async def test_simultaneous_callers_share_a_request(store: JobStore) -> None:
    """Simultaneous callers share one request, whose answer is cached for a while."""
    api = AccountApi()
    credits_ = Credits(store, [api], for_managers=True)
    answers = await asyncio.gather(*(credits_.accounts() for _ in range(20)))
    assert [balances(answer) for answer in [*answers, await credits_.accounts()]] == [[1]] * 21
    assert api.calls == 1


async def test_a_failure_is_cached(store: JobStore) -> None:
    """A failure is cached as well, so that retries don't use up the rate limit."""
    api = AccountApi(KeyRefused())
    credits_ = Credits(store, [api], for_managers=True)
    answers = await asyncio.gather(*(credits_.accounts() for _ in range(20)))
    assert all(isinstance(answer, KeyRefused) for [answer] in [*answers, await credits_.accounts()])
    assert api.calls == 1


def test_the_cache_expires(store: JobStore) -> None:
    """After the cache expires a new request is made, also after a failure."""

    async def story() -> None:
        api = AccountApi(KeyRefused())
        credits_ = Credits(store, [api], for_managers=True)
        assert balances(await credits_.accounts()) == []
        api.error = None
        await asyncio.sleep(DEFAULT_TIMINGS.balance_cache - 1)
        assert balances(await credits_.accounts()) == []
        await asyncio.sleep(1)
        assert balances(await credits_.accounts()) == [2]
        await asyncio.sleep(DEFAULT_TIMINGS.balance_cache)
        assert balances(await credits_.accounts()) == [3]

    in_virtual_time(story())


async def test_a_caller_that_gives_up_does_not_cancel_the_request(store: JobStore) -> None:
    """The others who wait for it get its answer."""
    api = AccountApi()
    credits_ = Credits(store, [api], for_managers=True)
    first, second = (asyncio.create_task(credits_.accounts()) for _ in range(2))
    await api.called.wait()
    first.cancel()
    assert balances(await second) == [1]
    assert first.cancelled()
    assert api.calls == 1


async def test_a_request_that_no_caller_waits_for_ends(store: JobStore) -> None:
    """It leaves nothing behind: the next caller sends a new one."""
    api = AccountApi()
    credits_ = Credits(store, [api], for_managers=True)
    only = asyncio.create_task(credits_.accounts())
    await api.called.wait()
    only.cancel()
    await asyncio.gather(only, return_exceptions=True)
    assert only.cancelled()
    assert balances(await credits_.accounts()) == [2]


async def test_accounts_are_independent(store: JobStore) -> None:
    """Accounts are returned in the order of the keys, and one error does not affect the others."""
    credits_ = Credits(store, [AccountApi(), AccountApi(KeyRefused()), AccountApi()], for_managers=True)
    first, second, third = await credits_.accounts()
    assert (balances([first, third]), type(second)) == ([1, 1], KeyRefused)


async def test_usage_by_period(store: JobStore) -> None:
    """Usage is counted since midnight UTC, over thirty days and in total."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    times = [now, midnight - timedelta(seconds=1), now - timedelta(days=29), now - timedelta(days=31)]
    for time in times:
        job = new_job(created_at=time, cost_credits=10, reply=reply_address(user_id=MIA, guild_id=HERE))
        record, _ = await store.record(job)
        await rewritten(store, record.id, submitted_at=time)
    used = await Credits(store, [AccountApi()], for_managers=True).used(MIA, HERE)
    assert used == UsageByPeriod(today=Usage(1, 10, 0), month=Usage(3, 30, 0), total=Usage(4, 40, 0))
