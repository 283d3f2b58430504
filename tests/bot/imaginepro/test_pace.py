"""The limits as the far end measures them."""

import asyncio
import selectors
from collections.abc import Callable
from itertools import pairwise

import pytest

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import Busy
from bot.imaginepro.pace import MARGIN_SECONDS, Lane, Pace
from tests.bot.imaginepro.far_end import FarEnd, reply
from tests.bot.imaginepro.payloads import payload

Build = Callable[..., ImagineProClient]


_MOMENT = 1e-6


class VirtualTime(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while anything can run, and jumps to the next timer when nothing can."""

    def __init__(self) -> None:
        self._now = 0.0
        selector = selectors.DefaultSelector()
        super().__init__(selector)
        real_select = selector.select

        def select(timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            ready = real_select(0 if timeout is not None else None)
            # As for a real clock, every turn of the loop takes a moment: who waits for less would wait for ever.
            self._now += max(timeout or 0.0, _MOMENT) if not ready else _MOMENT
            return ready

        selector.select = select  # pyright: ignore[reportAttributeAccessIssue]

    def time(self) -> float:
        """Seconds that were waited for."""
        return self._now


def departures(lane: Lane, count: int) -> list[float]:
    """When that many requests of one lane leave that were all asked for at once, in seconds."""

    async def leave(pace: Pace) -> float:
        await pace.turn(lane)
        return asyncio.get_running_loop().time()

    async def all_of_them() -> list[float]:
        pace = Pace()
        return await asyncio.gather(*(leave(pace) for _ in range(count)))

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(all_of_them())


def test_no_second_ever_sees_eleven_progress_reads() -> None:
    """Thirty reads asked for at once: any eleven in a row span more than a second, by a margin for the way."""
    left = departures(Lane.PROGRESS, 30)
    assert all(later - earlier >= 1.0 + MARGIN_SECONDS * 0.99 for earlier, later in zip(left, left[10:], strict=False))
    assert left[-1] < 3.5


def test_general_requests_keep_three_seconds() -> None:
    """Requests asked for at once leave more than three seconds apart, and not much more."""
    gaps = [later - earlier for earlier, later in pairwise(departures(Lane.GENERAL, 4))]
    assert all(3.0 + MARGIN_SECONDS * 0.99 <= gap < 3.2 for gap in gaps)


async def test_general_requests_of_every_kind_share_one_lane(far_end: FarEnd, build: Build) -> None:
    """Submitting, reading the account and the history wait for each other."""
    far_end.script(reply(payload("submission")))
    far_end.script(reply(payload("account")), path="/account-info")
    far_end.script(reply(payload("history")), path="/images")
    client = build(pace=Pace(general_seconds=0.4))
    await asyncio.gather(client.imagine("one"), client.account(), client.history(), client.cancel("m"))
    arrivals = [request.at for request in far_end.received]
    # Half the pace: a request without a turn would arrive with another, whatever a busy machine does to the rest.
    assert all(later - earlier >= 0.2 for earlier, later in pairwise(arrivals))


async def test_progress_never_waits_for_general_requests(far_end: FarEnd, build: Build) -> None:
    """While a submission waits for its turn, reads go on."""
    far_end.script(reply(payload("submission")))
    client = build(pace=Pace(general_seconds=600))
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
    await build(pace=Pace(general_seconds=0.6)).account()
    first, second = far_end.received
    assert second.at - first.at >= 0.3


async def test_a_429_holds_the_whole_lane(far_end: FarEnd, build: Build) -> None:
    """What one request was told goes for the others of the key, but not for the other lane."""
    far_end.script(reply(status=429, headers={"Retry-After": "1"}), reply(payload("submission")))
    far_end.script(reply(payload("job-queued")), path="/fetch")
    client = build(pace=Pace(general_seconds=0.01))
    await asyncio.gather(client.imagine("one"), client.imagine("two"), client.imagine("three"))
    refused, *others = far_end.asked("/imagine")
    assert len(others) == 3
    assert all(request.at - refused.at >= 0.8 for request in others)


async def test_a_hold_on_one_lane_leaves_the_other_free(far_end: FarEnd, build: Build) -> None:
    """A refused submission does not stop the reading of jobs."""
    far_end.script(reply(status=429, headers={"Retry-After": "300"}))
    far_end.script(reply(payload("job-queued")), path="/fetch")
    client = build(pace=Pace(general_seconds=0.01))
    with pytest.raises(Busy):
        await client.imagine("one")
    assert (await client.progress("m")).percent == 0


async def test_turns_come_in_the_order_of_asking() -> None:
    """First asked, first served."""
    pace, order = Pace(general_seconds=0.0), list[int]()

    async def request(number: int) -> None:
        await pace.turn(Lane.GENERAL)
        order.append(number)

    await asyncio.gather(*(request(number) for number in range(4)))
    assert order == [0, 1, 2, 3]


async def test_one_who_gives_up_waiting_loses_nobody_elses_turn() -> None:
    """A cancelled wait neither blocks nor lets anyone through early."""
    pace = Pace(general_seconds=0.1)
    await pace.turn(Lane.GENERAL)
    gone = asyncio.create_task(pace.turn(Lane.GENERAL))
    kept = asyncio.create_task(pace.turn(Lane.GENERAL))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(kept, 5)
    assert gone.cancelled()
