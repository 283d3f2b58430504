"""Use over time, and a balance that a crowd asks for once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.imaginepro import Account, ImagineProError, KeyRefused
from bot.services.credits import Credits, UseOverTime
from bot.store import JobStore, Usage
from tests.bot.records import new_job, reply_address

MIA, HERE = 100, 1


class AccountApi:
    """Answers with another balance each time, or with an error."""

    def __init__(self, error: ImagineProError | None = None) -> None:
        self.calls = 0
        self.error = error

    async def account(self) -> Account:
        """The account, after a moment."""
        self.calls += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Account(credits=self.calls)


async def test_a_crowd_asks_once(store: JobStore) -> None:
    """All get the answer of one request; it is as good as new for a while."""
    api = AccountApi()
    credits_ = Credits(store, api, for_managers=True)
    accounts = await asyncio.gather(*(credits_.account() for _ in range(20)))
    assert {account.balance for account in [*accounts, await credits_.account()]} == {1}
    assert api.calls == 1


async def test_a_crowd_that_fails_asks_once(store: JobStore) -> None:
    """A failure is remembered as well, or everybody's next try would take a turn from a job."""
    api = AccountApi(KeyRefused())
    credits_ = Credits(store, api, for_managers=True)
    results = await asyncio.gather(*(credits_.account() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(result, KeyRefused) for result in results)
    with pytest.raises(KeyRefused):
        await credits_.account()
    assert api.calls == 1


async def test_an_answer_does_not_last_for_ever(store: JobStore) -> None:
    """After its time the next one who asks gets a new one, also after a failure."""
    api = AccountApi(KeyRefused())
    credits_ = Credits(store, api, for_managers=True, remembered=0.0)
    with pytest.raises(KeyRefused):
        await credits_.account()
    api.error = None
    assert (await credits_.account()).balance == 2
    assert (await credits_.account()).balance == 3


async def test_use_over_time(store: JobStore) -> None:
    """Today since midnight UTC, the last thirty days, and everything."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [now, midnight - timedelta(seconds=1), now - timedelta(days=29), now - timedelta(days=31)]
    for moment in moments:
        job = new_job(created_at=moment, cost_credits=10, reply=reply_address(user_id=MIA, guild_id=HERE))
        record, _ = await store.record(job)
        await store.update(record.id, submitted_at=moment)
    used = await Credits(store, AccountApi(), for_managers=True).used(MIA, HERE)
    assert used == UseOverTime(today=Usage(1, 10, 0), month=Usage(3, 30, 0), total=Usage(4, 40, 0))
