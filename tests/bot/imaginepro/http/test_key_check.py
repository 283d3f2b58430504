"""One request explains the 401s of several jobs."""

import asyncio
from collections import deque

from bot.imaginepro.errors import CreditsUsedUp, KeyRefused, Unauthorized, Unreachable
from bot.imaginepro.http.key_check import KeyCheck
from bot.imaginepro.models import Account
from bot.timings import DEFAULT_TIMINGS
from tests.support.virtual_time import in_virtual_time

CACHED = DEFAULT_TIMINGS.key_verdict_cache


class AccountInfo:
    """Gives these answers in turn."""

    def __init__(self, *answers: Account | Exception) -> None:
        self.answers = deque(answers)
        self.calls = 0
        self.called = asyncio.Event()

    async def __call__(self) -> Account:
        """The next answer."""
        self.calls += 1
        self.called.set()
        await asyncio.sleep(0)
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_an_explanation_holds_for_five_seconds() -> None:
    """Then it is asked for again; one that could not be had counts as long."""

    async def story() -> list[type[Unauthorized]]:
        account = AccountInfo(Account(credits=0), Unreachable(), KeyRefused(status=401))
        check = KeyCheck(account, CACHED)
        found: list[type[Unauthorized]] = []
        for _ in range(3):
            found.append(type(await check.explain(None)))
            await asyncio.sleep(CACHED - 1)
            found.append(type(await check.explain(None)))
            await asyncio.sleep(1)
        return found

    kinds = in_virtual_time(story())
    assert kinds == [CreditsUsedUp, CreditsUsedUp, Unauthorized, Unauthorized, KeyRefused, KeyRefused]


async def test_a_job_that_gives_up_does_not_cancel_the_request() -> None:
    """The others get the explanation, each with the reason of its own 401."""
    account = AccountInfo(Account(credits=0))
    check = KeyCheck(account, CACHED)
    first, second = (asyncio.create_task(check.explain(reason)) for reason in ("one", "two"))
    await account.called.wait()
    first.cancel()
    error = await second
    assert (type(error), error.reason) == (CreditsUsedUp, "two")
    assert first.cancelled()
    assert account.calls == 1
