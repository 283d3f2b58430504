"""The limits as the far end measures them."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import Busy
from bot.imaginepro.http.rate_limit import MARGIN_SECONDS, LimitClass, RateLimiter
from tests.bot.imaginepro.far_end import FarEnd, reply
from tests.bot.imaginepro.payloads import payload
from tests.support.virtual_time import VirtualTime, in_virtual_time

Build = Callable[..., ImagineProClient]


async def _left(pace: RateLimiter, lane: LimitClass) -> float:
    """When a request of this lane may leave that asks now."""
    await pace.acquire(lane)
    return asyncio.get_running_loop().time()


def departures(lane: LimitClass, count: int) -> list[float]:
    """When that many requests of one lane leave that were all asked for at once, in seconds."""

    async def all_of_them() -> list[float]:
        pace = RateLimiter()
        return await asyncio.gather(*(_left(pace, lane) for _ in range(count)))

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(all_of_them())


def test_no_second_ever_sees_eleven_progress_reads() -> None:
    """Thirty reads asked for at once: any eleven in a row span more than a second, by a margin for the way."""
    left = departures(LimitClass.PROGRESS, 30)
    assert all(later - earlier >= 1.0 + MARGIN_SECONDS * 0.99 for earlier, later in zip(left, left[10:], strict=False))
    assert left[-1] < 3.5


def test_general_requests_keep_three_seconds() -> None:
    """Requests asked for at once leave more than three seconds apart, and not much more."""
    gaps = [later - earlier for earlier, later in pairwise(departures(LimitClass.GENERAL, 4))]
    assert all(3.0 + MARGIN_SECONDS * 0.99 <= gap < 3.2 for gap in gaps)


def test_a_hold_stops_its_lane_only() -> None:
    """Who waits already waits on; when the hold ends they leave evenly spaced; reads go on all the while."""

    async def held() -> tuple[list[float], float]:
        pace = RateLimiter()
        await pace.acquire(LimitClass.GENERAL)
        waiting = [asyncio.create_task(_left(pace, LimitClass.GENERAL)) for _ in range(3)]
        await asyncio.sleep(1)
        await pace.hold(LimitClass.GENERAL, 30)
        read = await _left(pace, LimitClass.PROGRESS)
        return sorted(await asyncio.gather(*waiting)), read

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        left, read = runner.run(held())
    assert read < 2
    assert left[0] >= 31
    assert all(later - earlier >= 3.0 + MARGIN_SECONDS * 0.99 for earlier, later in pairwise(left))


class TurnByTurn(RateLimiter):
    """Lets requests leave only one by one, when the test says so, and remembers who was told to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: asyncio.Queue[tuple[LimitClass, asyncio.Event]] = asyncio.Queue()
        self.held: list[tuple[LimitClass, float]] = []

    async def acquire(self, lane: LimitClass) -> None:
        leave = asyncio.Event()
        self.asked.put_nowait((lane, leave))
        await leave.wait()

    async def hold(self, lane: LimitClass, seconds: float) -> None:
        self.held.append((lane, seconds))


async def test_general_requests_of_every_kind_share_one_lane(far_end: FarEnd, build: Build) -> None:
    """Submitting, reading the account and the history, cancelling: each takes a turn of its own."""
    far_end.script(reply(payload("submission")))
    far_end.script(reply(payload("account")), path="/account-info")
    far_end.script(reply(payload("history")), path="/images")
    pace = TurnByTurn()
    client = build(rate_limiter=pace)
    for number, call in enumerate((client.imagine("one"), client.account(), client.history(), client.cancel("m"))):
        asking = asyncio.ensure_future(call)
        lane, leave = await pace.asked.get()
        assert (lane, len(far_end.received)) == (LimitClass.GENERAL, number)
        leave.set()
        await asking
    assert len(far_end.received) == 4


async def test_progress_never_waits_for_general_requests(far_end: FarEnd, build: Build) -> None:
    """While a submission waits for its turn, reads go on."""
    far_end.script(reply(payload("submission")))
    client = build(rate_limiter=RateLimiter(general_seconds=600))
    await client.imagine("one")
    waiting = asyncio.create_task(client.imagine("two"))
    for _ in range(3):
        await client.progress("m")
    assert not waiting.done()
    assert len(far_end.asked("/imagine")) == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_retries_are_paced_too(far_end: FarEnd, build: Build) -> None:
    """A repeated request takes a turn like any other."""
    far_end.script(reply(status=500), reply(payload("account")))
    pace = TurnByTurn()
    asking = asyncio.create_task(build(rate_limiter=pace).account())
    for number in range(2):
        lane, leave = await pace.asked.get()
        assert (lane, len(far_end.received)) == (LimitClass.GENERAL, number)
        leave.set()
    await asking


async def test_a_429_holds_the_whole_lane(far_end: FarEnd, build: Build) -> None:
    """What one request was told goes for the others of the key, and it takes a new turn itself."""
    far_end.script(reply(status=429, headers={"Retry-After": "1"}), reply(payload("submission")))
    pace = TurnByTurn()
    asking = asyncio.create_task(build(rate_limiter=pace).imagine("one"))
    for held in ([], [(LimitClass.GENERAL, 1.0)]):
        _, leave = await pace.asked.get()
        assert pace.held == held
        leave.set()
    await asking


async def test_a_hold_on_one_lane_leaves_the_other_free(far_end: FarEnd, build: Build) -> None:
    """A refused submission does not stop the reading of jobs."""
    far_end.script(reply(status=429, headers={"Retry-After": "300"}))
    far_end.script(reply(payload("job-queued")), path="/fetch")
    client = build(rate_limiter=RateLimiter(general_seconds=0.01))
    with pytest.raises(Busy):
        await client.imagine("one")
    assert (await client.progress("m")).percent == 0


async def test_turns_come_in_the_order_of_asking() -> None:
    """First asked, first served."""
    pace, order = RateLimiter(general_seconds=0.0), list[int]()

    async def request(number: int) -> None:
        await pace.acquire(LimitClass.GENERAL)
        order.append(number)

    await asyncio.gather(*(request(number) for number in range(4)))
    assert order == [0, 1, 2, 3]


async def test_one_who_gives_up_waiting_loses_nobody_elses_turn() -> None:
    """A cancelled wait neither blocks nor lets anyone through early."""
    pace = RateLimiter(general_seconds=0.1)
    await pace.acquire(LimitClass.GENERAL)
    gone = asyncio.create_task(pace.acquire(LimitClass.GENERAL))
    kept = asyncio.create_task(pace.acquire(LimitClass.GENERAL))
    await asyncio.sleep(0)
    gone.cancel()
    await kept
    assert gone.cancelled()


class SharedKey:
    """Turns that processes on one loop share, as those on one database do."""

    def __init__(self) -> None:
        self.free_at = 0.0
        self.reserved = 0

    async def reserve(self, seconds: float) -> float:
        now = asyncio.get_running_loop().time()
        start = max(now, self.free_at)
        self.free_at, self.reserved = start + seconds, self.reserved + 1
        return start - now

    async def hold(self, seconds: float) -> None:
        self.free_at = max(self.free_at, asyncio.get_running_loop().time() + seconds)


def test_processes_with_one_key_share_its_turns() -> None:
    """Requests of three processes leave three seconds apart, whoever's they are."""

    async def all_of_them() -> list[float]:
        key = SharedKey()
        paces = [RateLimiter(shared=key) for _ in range(3)]
        return sorted(await asyncio.gather(*(_left(pace, LimitClass.GENERAL) for pace in paces for _ in range(3))))

    left = in_virtual_time(all_of_them())
    assert len(left) == 9
    assert all(later - earlier >= 3.0 + MARGIN_SECONDS * 0.99 for earlier, later in pairwise(left))


def test_a_turn_is_reserved_only_when_it_can_be_used() -> None:
    """Those who wait in one process take none from the others: they would be used up by a crowd in one of them."""

    async def crowd() -> tuple[int, float]:
        key = SharedKey()
        pace, other = RateLimiter(shared=key), RateLimiter(shared=key)
        waiting = [asyncio.create_task(pace.acquire(LimitClass.GENERAL)) for _ in range(10)]
        await asyncio.sleep(1)
        reserved, left = key.reserved, await _left(other, LimitClass.GENERAL)
        await asyncio.gather(*waiting)
        return reserved, left

    reserved, left = in_virtual_time(crowd())
    assert reserved == 2
    assert left < 7


def test_a_hold_is_shared() -> None:
    """What one process was told goes for all; whoever had reserved a turn by then takes a new one."""

    async def held() -> list[float]:
        key = SharedKey()
        pace, other = RateLimiter(shared=key), RateLimiter(shared=key)
        await pace.acquire(LimitClass.GENERAL)
        waiting = asyncio.create_task(_left(pace, LimitClass.GENERAL))
        await asyncio.sleep(1)
        await pace.hold(LimitClass.GENERAL, 30)
        return sorted([await _left(other, LimitClass.GENERAL), await waiting])

    left = in_virtual_time(held())
    assert left[0] >= 31
    assert left[1] - left[0] >= 3.0


def test_each_process_has_its_share_of_the_reads() -> None:
    """Of four one reads a quarter as often, from the next read on; the general lane is shared already."""

    async def shared() -> tuple[float, float]:
        pace = RateLimiter(shared=SharedKey())
        pace.share(4)
        left = await asyncio.gather(*(_left(pace, LimitClass.PROGRESS) for _ in range(11)))
        return left[-1] - left[0], pace.interval_seconds

    seconds, turn = in_virtual_time(shared())
    assert 4.0 <= seconds <= 4.8
    assert turn == 3.0 + MARGIN_SECONDS


def test_a_pace_without_limits_stays_so() -> None:
    """However many processes there are."""

    async def shared() -> float:
        pace = RateLimiter.unlimited()
        pace.share(4)
        return [await _left(pace, lane) for lane in LimitClass for _ in range(100)][-1]

    assert in_virtual_time(shared()) < 0.1
