"""The edit scheduler: one request at a time per bucket, urgent ones first, none cancelled."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from bot.timings import DEFAULT_TIMINGS, Timings
from bot.ui.replies.edits.buckets import BucketKey, BucketKind, Work
from bot.ui.replies.edits.scheduler import MAX_PER_SECOND, OUTAGE_PER_SECOND, EditScheduler
from tests.support.virtual_time import in_virtual_time

TOKEN = BucketKey(BucketKind.TOKEN, 1)
CHANNEL = BucketKey(BucketKind.CHANNEL, 1)
UNSPACED = Timings(token_edit_spacing=0.0, channel_edit_spacing=0.0)


class FakeServer:
    """A fake server whose requests wait until the gate is open."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.answered: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def ask(self, name: str) -> str:
        """Record the request, wait for the gate, and answer."""
        self.arrived.append(name)
        await self._notify()
        await self.gate.wait()
        self.answered.append(name)
        await self._notify()
        return f"answer to {name}"

    def work(self, name: str) -> Work:
        """A request as work without a result."""

        async def asking() -> None:
            await self.ask(name)

        return asking()

    async def wait_for_requests(self, count: int) -> None:
        """Wait until this many requests have arrived."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self.arrived) >= count)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@pytest.fixture
def server() -> FakeServer:
    """A fake server."""
    return FakeServer()


@pytest.fixture
async def scheduler() -> AsyncIterator[EditScheduler]:
    """A scheduler without spacing."""
    scheduler = EditScheduler(UNSPACED)
    yield scheduler
    await scheduler.close(0)


async def test_urgent_work_runs_next(scheduler: EditScheduler, server: FakeServer) -> None:
    """Urgent work runs next, after the request under way."""
    server.gate.clear()
    for number in range(3):
        scheduler.enqueue(CHANNEL, lambda number=number: server.work(f"frame {number}"))
    await server.wait_for_requests(1)
    ending = asyncio.create_task(scheduler.run_urgent(CHANNEL, lambda: server.ask("ending")))
    await asyncio.sleep(0)
    server.gate.set()
    assert await ending == "answer to ending"
    await server.wait_for_requests(4)
    assert server.arrived == ["frame 0", "ending", "frame 1", "frame 2"]


async def test_buckets_are_independent(scheduler: EditScheduler, server: FakeServer) -> None:
    """A blocked bucket does not delay others."""
    server.gate.clear()
    scheduler.enqueue(CHANNEL, lambda: server.work("here"))
    scheduler.enqueue(CHANNEL, lambda: server.work("here again"))
    scheduler.enqueue(TOKEN, lambda: server.work("there"))
    await server.wait_for_requests(2)
    assert server.arrived == ["here", "there"]


async def test_urgent_work_is_first_at_the_global_limit(
    scheduler: EditScheduler, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the global limit is reached, urgent work runs before other buckets' updates."""
    monkeypatch.setattr("bot.ui.replies.edits.scheduler.MAX_CONCURRENT", 1)
    narrow = EditScheduler(UNSPACED)
    server.gate.clear()
    for number in range(4):
        narrow.enqueue(BucketKey(BucketKind.TOKEN, number), lambda number=number: server.work(f"frame {number}"))
    await server.wait_for_requests(1)
    ending = asyncio.create_task(narrow.run_urgent(BucketKey(BucketKind.TOKEN, 3), lambda: server.ask("ending")))
    await asyncio.sleep(0)
    server.gate.set()
    await server.wait_for_requests(5)
    assert server.arrived == ["frame 0", "ending", "frame 1", "frame 2", "frame 3"]
    await ending
    await narrow.close(0)


async def test_unneeded_work_is_skipped(scheduler: EditScheduler, server: FakeServer) -> None:
    """Work that is no longer needed, or fails to start, is skipped."""
    scheduler.enqueue(CHANNEL, lambda: None)
    scheduler.enqueue(CHANNEL, lambda: {}["nothing"])
    scheduler.enqueue(CHANNEL, lambda: server.work("frame"))
    await server.wait_for_requests(1)
    assert server.arrived == ["frame"]


async def test_errors_are_raised_to_the_caller(scheduler: EditScheduler, server: FakeServer) -> None:
    """An error is raised to its caller, and the bucket continues."""

    async def broken() -> None:
        raise ConnectionError("gone")

    scheduler.enqueue(CHANNEL, broken)
    with pytest.raises(ConnectionError):
        await scheduler.run_urgent(CHANNEL, broken)
    assert await scheduler.run_urgent(CHANNEL, lambda: server.ask("next")) == "answer to next"


async def test_requests_keep_the_spacing(server: FakeServer) -> None:
    """Requests of a bucket keep its spacing, independent of other buckets."""
    scheduler = EditScheduler(Timings(token_edit_spacing=3600.0, channel_edit_spacing=0.1))
    time = asyncio.get_running_loop().time
    began = time()
    await scheduler.run_urgent(TOKEN, lambda: server.ask("elsewhere"))
    for number in range(3):
        await scheduler.run_urgent(CHANNEL, lambda number=number: server.ask(f"ending {number}"))
    assert time() - began >= 0.2
    await scheduler.close(0)


def test_spacing_keeps_below_discords_limits() -> None:
    """The spacing keeps below Discord's limits for tokens and channels."""
    assert 5 * DEFAULT_TIMINGS.token_edit_spacing > 2
    assert 5 * DEFAULT_TIMINGS.channel_edit_spacing > 5


@pytest.mark.parametrize(("lost", "most"), [(True, OUTAGE_PER_SECOND * 60 + 2), (False, MAX_PER_SECOND * 60 + 2)])
def test_few_edits_are_tried_while_all_are_refused(lost: bool, most: int) -> None:
    """Below 10,000 in ten minutes, however many replies wait."""
    tried: list[int] = []

    async def a_minute() -> None:
        scheduler = EditScheduler(UNSPACED, is_lost=lambda: lost)

        def again(number: int) -> Work:
            async def refused() -> None:
                tried.append(number)
                scheduler.enqueue(BucketKey(BucketKind.CHANNEL, number), lambda: again(number))

            return refused()

        for number in range(100):
            scheduler.enqueue(BucketKey(BucketKind.CHANNEL, number), lambda number=number: again(number))
        await asyncio.sleep(60)
        await scheduler.close(0)

    in_virtual_time(a_minute())
    assert most * 0.9 < len(tried) <= most
    assert OUTAGE_PER_SECOND * 600 < 10_000


async def test_cancelled_caller_does_not_cancel_its_request(scheduler: EditScheduler, server: FakeServer) -> None:
    """Cancelling a caller does not cancel a sent request, and unsent ones are dropped."""
    server.gate.clear()
    sent = asyncio.create_task(scheduler.run_urgent(CHANNEL, lambda: server.ask("sent")))
    waiting = asyncio.create_task(scheduler.run_urgent(CHANNEL, lambda: server.ask("waiting")))
    await server.wait_for_requests(1)
    sent.cancel()
    waiting.cancel()
    await asyncio.wait({sent, waiting})
    server.gate.set()
    assert await scheduler.run_urgent(CHANNEL, lambda: server.ask("last")) == "answer to last"
    assert server.answered == ["sent", "last"]


async def test_closing_waits_for_requests_under_way(scheduler: EditScheduler, server: FakeServer) -> None:
    """Closing waits for requests under way; later ones never start, and no task remains."""
    server.gate.clear()
    scheduler.enqueue(TOKEN, lambda: server.work("stuck"))
    scheduler.enqueue(TOKEN, lambda: server.work("never"))
    ending = asyncio.create_task(scheduler.run_urgent(CHANNEL, lambda: server.ask("arrives")))
    await server.wait_for_requests(2)
    asyncio.get_running_loop().call_later(0.05, server.gate.set)
    await scheduler.close(60)
    late = asyncio.create_task(scheduler.run_urgent(CHANNEL, lambda: server.ask("late")))
    await asyncio.sleep(0)
    assert await ending == "answer to arrives"
    assert sorted(server.answered) == ["arrives", "stuck"]
    assert not late.done()
    assert asyncio.all_tasks() == {asyncio.current_task(), late}
    late.cancel()


async def test_closing_timeout(scheduler: EditScheduler, server: FakeServer) -> None:
    """A request that exceeds the closing timeout is cancelled for its caller."""
    server.gate.clear()
    ending = asyncio.create_task(scheduler.run_urgent(CHANNEL, lambda: server.ask("stuck")))
    await server.wait_for_requests(1)
    await scheduler.close(0)
    with pytest.raises(asyncio.CancelledError):
        await ending


async def test_idle_buckets_are_removed(scheduler: EditScheduler, server: FakeServer) -> None:
    """Idle buckets are removed."""
    for number in range(5):
        await scheduler.run_urgent(BucketKey(BucketKind.TOKEN, number), lambda: server.ask("once"))
    await scheduler.run_urgent(CHANNEL, lambda: server.ask("last"))
    await asyncio.sleep(0)
    assert scheduler._buckets == {}


async def test_an_unexpected_error_does_not_stop_the_edits(
    scheduler: EditScheduler, server: FakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They go on after a pause, with one line for several errors."""
    real, errors = scheduler._next_work, [RuntimeError("broken")] * 3

    async def next_work() -> object:
        if errors:
            raise errors.pop()
        return await real()

    monkeypatch.setattr(scheduler, "_next_work", next_work)
    assert await scheduler.run_urgent(CHANNEL, lambda: server.ask("ending")) == "answer to ending"
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
        "edits can't be begun"
    ]
