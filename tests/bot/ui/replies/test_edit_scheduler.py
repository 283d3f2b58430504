"""Turns: one at a time within a budget, evenly, what is urgent first, and nothing cut off."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.timings import DEFAULT_TIMINGS, Timings
from bot.ui.replies.buckets import BucketKey, BucketKind, Work
from bot.ui.replies.edit_scheduler import EditScheduler

TOKEN = BucketKey(BucketKind.TOKEN, 1)
CHANNEL = BucketKey(BucketKind.CHANNEL, 1)
UNSPACED = Timings(token_edit_spacing=0.0, channel_edit_spacing=0.0)


class Desk:
    """Where requests arrive, and wait until the gate is open."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.answered: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def ask(self, name: str) -> str:
        """The answer."""
        self.arrived.append(name)
        await self._tell()
        await self.gate.wait()
        self.answered.append(name)
        await self._tell()
        return f"answer to {name}"

    def work(self, name: str) -> Work:
        """The same as work that nobody waits for."""

        async def asking() -> None:
            await self.ask(name)

        return asking()

    async def until(self, count: int) -> None:
        """Return once so many requests have arrived."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self.arrived) >= count)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@pytest.fixture
def desk() -> Desk:
    """Where requests arrive."""
    return Desk()


@pytest.fixture
async def turns() -> AsyncIterator[EditScheduler]:
    """Turns without distance between them."""
    turns = EditScheduler(UNSPACED)
    yield turns
    await turns.close(0)


async def test_urgent_work_overtakes_in_every_budget(turns: EditScheduler, desk: Desk) -> None:
    """It waits for what is under way and for nothing else."""
    desk.gate.clear()
    for number in range(3):
        turns.enqueue(CHANNEL, lambda number=number: desk.work(f"frame {number}"))
    await desk.until(1)
    ending = asyncio.create_task(turns.run_urgent(CHANNEL, lambda: desk.ask("ending")))
    await asyncio.sleep(0)
    desk.gate.set()
    assert await ending == "answer to ending"
    await desk.until(4)
    assert desk.arrived == ["frame 0", "ending", "frame 1", "frame 2"]


async def test_budgets_do_not_wait_for_each_other(turns: EditScheduler, desk: Desk) -> None:
    """What is stuck in one place is stuck there alone."""
    desk.gate.clear()
    turns.enqueue(CHANNEL, lambda: desk.work("here"))
    turns.enqueue(CHANNEL, lambda: desk.work("here again"))
    turns.enqueue(TOKEN, lambda: desk.work("there"))
    await desk.until(2)
    assert desk.arrived == ["here", "there"]


async def test_urgent_work_is_first_where_everything_waits(
    turns: EditScheduler, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When all requests together are too many, endings leave before frames of other budgets."""
    monkeypatch.setattr("bot.ui.replies.edit_scheduler.MAX_CONCURRENT", 1)
    narrow = EditScheduler(UNSPACED)
    desk.gate.clear()
    for number in range(4):
        narrow.enqueue(BucketKey(BucketKind.TOKEN, number), lambda number=number: desk.work(f"frame {number}"))
    await desk.until(1)
    ending = asyncio.create_task(narrow.run_urgent(BucketKey(BucketKind.TOKEN, 3), lambda: desk.ask("ending")))
    await asyncio.sleep(0)
    desk.gate.set()
    await desk.until(5)
    assert desk.arrived == ["frame 0", "ending", "frame 1", "frame 2", "frame 3"]
    await ending
    await narrow.close(0)


async def test_work_that_became_needless_costs_nothing(turns: EditScheduler, desk: Desk) -> None:
    """The next one has its turn at once, also after one that can't even be begun."""
    turns.enqueue(CHANNEL, lambda: None)
    turns.enqueue(CHANNEL, lambda: {}["nothing"])
    turns.enqueue(CHANNEL, lambda: desk.work("frame"))
    await desk.until(1)
    assert desk.arrived == ["frame"]


async def test_failure_is_its_callers_alone(turns: EditScheduler, desk: Desk) -> None:
    """It is raised where it was asked for, and the budget goes on."""

    async def broken() -> None:
        raise ConnectionError("gone")

    turns.enqueue(CHANNEL, broken)
    with pytest.raises(ConnectionError):
        await turns.run_urgent(CHANNEL, broken)
    assert await turns.run_urgent(CHANNEL, lambda: desk.ask("next")) == "answer to next"


async def test_requests_keep_their_distance(desk: Desk) -> None:
    """Three take as long as two distances at least; those of another budget are not in their way."""
    turns = EditScheduler(Timings(token_edit_spacing=3600.0, channel_edit_spacing=0.1))
    time = asyncio.get_running_loop().time
    began = time()
    await turns.run_urgent(TOKEN, lambda: desk.ask("elsewhere"))
    for number in range(3):
        await turns.run_urgent(CHANNEL, lambda number=number: desk.ask(f"ending {number}"))
    assert time() - began >= 0.2
    await turns.close(0)


def test_distances_keep_below_discords_limits() -> None:
    """Five requests in two seconds by a token, five in five seconds in a channel."""
    assert 5 * DEFAULT_TIMINGS.token_edit_spacing > 2
    assert 5 * DEFAULT_TIMINGS.channel_edit_spacing > 5


async def test_cancelled_caller_does_not_cut_its_request(turns: EditScheduler, desk: Desk) -> None:
    """What has left arrives; what has not left is not sent any more."""
    desk.gate.clear()
    sent = asyncio.create_task(turns.run_urgent(CHANNEL, lambda: desk.ask("sent")))
    waiting = asyncio.create_task(turns.run_urgent(CHANNEL, lambda: desk.ask("waiting")))
    await desk.until(1)
    sent.cancel()
    waiting.cancel()
    await asyncio.wait({sent, waiting})
    desk.gate.set()
    assert await turns.run_urgent(CHANNEL, lambda: desk.ask("last")) == "answer to last"
    assert desk.answered == ["sent", "last"]


async def test_closing_waits_for_what_is_under_way_and_no_longer(turns: EditScheduler, desk: Desk) -> None:
    """Nothing is begun after it, whoever waits goes on waiting, and no task is left."""
    desk.gate.clear()
    turns.enqueue(TOKEN, lambda: desk.work("stuck"))
    turns.enqueue(TOKEN, lambda: desk.work("never"))
    ending = asyncio.create_task(turns.run_urgent(CHANNEL, lambda: desk.ask("arrives")))
    await desk.until(2)
    asyncio.get_running_loop().call_later(0.05, desk.gate.set)
    await turns.close(60)
    late = asyncio.create_task(turns.run_urgent(CHANNEL, lambda: desk.ask("late")))
    await asyncio.sleep(0)
    assert await ending == "answer to arrives"
    assert sorted(desk.answered) == ["arrives", "stuck"]
    assert not late.done()
    assert asyncio.all_tasks() == {asyncio.current_task(), late}
    late.cancel()


async def test_what_does_not_end_in_time_is_left(turns: EditScheduler, desk: Desk) -> None:
    """Its caller is told as by any cancellation: nobody knows whether it arrived."""
    desk.gate.clear()
    ending = asyncio.create_task(turns.run_urgent(CHANNEL, lambda: desk.ask("stuck")))
    await desk.until(1)
    await turns.close(0)
    with pytest.raises(asyncio.CancelledError):
        await ending


async def test_idle_budgets_are_forgotten(turns: EditScheduler, desk: Desk) -> None:
    """Ten thousand interactions leave nothing behind."""
    for number in range(5):
        await turns.run_urgent(BucketKey(BucketKind.TOKEN, number), lambda: desk.ask("once"))
    await turns.run_urgent(CHANNEL, lambda: desk.ask("last"))
    await asyncio.sleep(0)
    assert turns._buckets == {}
