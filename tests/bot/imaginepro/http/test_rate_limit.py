"""Rate limits of the client."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import Busy, NoTurn
from bot.imaginepro.http.rate_limit import MARGIN_SECONDS, LimitClass, Priority, RateLimiter
from tests.bot.imaginepro.payloads import payload
from tests.bot.imaginepro.scripted_server import ScriptedServer, reply
from tests.support.virtual_time import VirtualTime, in_virtual_time

Build = Callable[..., ImagineProClient]


async def _sent_at(limiter: RateLimiter, limit_class: LimitClass) -> float:
    """The time at which a request of this class may be sent."""
    await limiter.acquire(limit_class)
    return asyncio.get_running_loop().time()


def send_times(limit_class: LimitClass, count: int) -> list[float]:
    """The times in seconds at which simultaneous requests of one class are sent."""

    async def all_requests() -> list[float]:
        limiter = RateLimiter()
        return await asyncio.gather(*(_sent_at(limiter, limit_class) for _ in range(count)))

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(all_requests())


def test_progress_limit() -> None:
    """Any eleven consecutive polls span more than a second, with a margin for latency."""
    sent = send_times(LimitClass.PROGRESS, 30)
    assert all(later - earlier >= 1.0 + MARGIN_SECONDS * 0.99 for earlier, later in zip(sent, sent[10:], strict=False))
    assert sent[-1] < 3.5


def test_general_interval() -> None:
    """General requests are sent slightly more than three seconds apart."""
    gaps = [later - earlier for earlier, later in pairwise(send_times(LimitClass.GENERAL, 4))]
    assert all(3.0 + MARGIN_SECONDS * 0.99 <= gap < 3.2 for gap in gaps)


def test_a_pause_delays_its_class_only() -> None:
    """A pause delays waiting requests of its class, which then keep their interval; polls continue."""

    async def pauses() -> tuple[list[float], float]:
        limiter = RateLimiter()
        await limiter.acquire(LimitClass.GENERAL)
        waiting = [asyncio.create_task(_sent_at(limiter, LimitClass.GENERAL)) for _ in range(3)]
        await asyncio.sleep(1)
        await limiter.hold(LimitClass.GENERAL, 30)
        read = await _sent_at(limiter, LimitClass.PROGRESS)
        return sorted(await asyncio.gather(*waiting)), read

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        sent, read = runner.run(pauses())
    assert read < 2
    assert sent[0] >= 31
    assert all(later - earlier >= 3.0 + MARGIN_SECONDS * 0.99 for earlier, later in pairwise(sent))


class ManualRateLimiter(RateLimiter):
    """A rate limiter whose requests the test releases one by one, and which records pauses."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: asyncio.Queue[tuple[LimitClass, asyncio.Event]] = asyncio.Queue()
        self.held: list[tuple[LimitClass, float]] = []
        self.priorities: list[Priority] = []

    async def acquire(self, lane: LimitClass, priority: Priority = Priority.JOB) -> None:
        self.priorities.append(priority)
        release = asyncio.Event()
        self.asked.put_nowait((lane, release))
        await release.wait()

    async def hold(self, lane: LimitClass, seconds: float) -> None:
        self.held.append((lane, seconds))


async def test_general_requests_share_one_limit(api_server: ScriptedServer, build: Build) -> None:
    """Submissions, account, history and cancel requests share the general limit."""
    api_server.script(reply(payload("submission")))
    api_server.script(reply(payload("account")), path="/account-info")
    api_server.script(reply(payload("history")), path="/images")
    limiter = ManualRateLimiter()
    client = build(rate_limiter=limiter)
    for number, call in enumerate((client.imagine("one"), client.account(), client.history(), client.cancel("m"))):
        asking = asyncio.ensure_future(call)
        limit_class, release = await limiter.asked.get()
        assert (limit_class, len(api_server.received)) == (LimitClass.GENERAL, number)
        release.set()
        await asking
    assert len(api_server.received) == 4
    assert limiter.priorities == [Priority.JOB, Priority.FREE, Priority.LOOKUP, Priority.CANCEL]


async def test_progress_never_waits_for_general_requests(api_server: ScriptedServer, build: Build) -> None:
    """Polls do not wait for general requests."""
    api_server.script(reply(payload("submission")))
    client = build(rate_limiter=RateLimiter(general_seconds=600))
    await client.imagine("one")
    waiting = asyncio.create_task(client.imagine("two"))
    for _ in range(3):
        await client.progress("m")
    assert not waiting.done()
    assert len(api_server.requests_to("/imagine")) == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_retries_are_rate_limited(api_server: ScriptedServer, build: Build) -> None:
    """Retries are rate limited too."""
    api_server.script(reply(status=500), reply(payload("account")))
    limiter = ManualRateLimiter()
    asking = asyncio.create_task(build(rate_limiter=limiter).account())
    for number in range(2):
        limit_class, release = await limiter.asked.get()
        assert (limit_class, len(api_server.received)) == (LimitClass.GENERAL, number)
        release.set()
    await asking


async def test_a_429_pauses_the_whole_class(api_server: ScriptedServer, build: Build) -> None:
    """A 429 pauses all requests of its class, the repeated one included."""
    api_server.script(reply(status=429, headers={"Retry-After": "1"}), reply(payload("submission")))
    limiter = ManualRateLimiter()
    asking = asyncio.create_task(build(rate_limiter=limiter).imagine("one"))
    for pauses in ([], [(LimitClass.GENERAL, 1.0)]):
        _, release = await limiter.asked.get()
        assert limiter.held == pauses
        release.set()
    await asking


async def test_a_paused_class_does_not_delay_the_other(api_server: ScriptedServer, build: Build) -> None:
    """A paused class does not delay the other one."""
    api_server.script(reply(status=429, headers={"Retry-After": "300"}))
    api_server.script(reply(payload("job-queued")), path="/fetch")
    client = build(rate_limiter=RateLimiter(general_seconds=0.01))
    with pytest.raises(Busy):
        await client.imagine("one")
    assert (await client.progress("m")).percent == 0


async def test_requests_are_sent_in_order() -> None:
    """Requests are sent in order."""
    limiter, order = RateLimiter(general_seconds=0.0), list[int]()

    async def request(number: int) -> None:
        await limiter.acquire(LimitClass.GENERAL)
        order.append(number)

    await asyncio.gather(*(request(number) for number in range(4)))
    assert order == [0, 1, 2, 3]


async def test_a_cancelled_request_does_not_delay_others() -> None:
    """A cancelled request does not change the others' turns."""
    limiter = RateLimiter(general_seconds=0.1)
    await limiter.acquire(LimitClass.GENERAL)
    cancelled = asyncio.create_task(limiter.acquire(LimitClass.GENERAL))
    kept = asyncio.create_task(limiter.acquire(LimitClass.GENERAL))
    await asyncio.sleep(0)
    cancelled.cancel()
    await kept
    assert cancelled.cancelled()


class SharedReservations:
    """Shared reservations of several processes, in memory. While `job_is_due` no turn is spare."""

    def __init__(self) -> None:
        self.free_at = 0.0
        self.reserved = self.spared = 0
        self.job_is_due = False

    async def reserve(self, seconds: float) -> float:
        now = asyncio.get_running_loop().time()
        start = max(now, self.free_at)
        self.free_at, self.reserved = start + seconds, self.reserved + 1
        return start - now

    async def take_spare(self, seconds: float) -> float:
        now = asyncio.get_running_loop().time()
        if self.free_at > now:
            return self.free_at - now
        if self.job_is_due:
            return 0.25
        self.free_at, self.spared = now + seconds, self.spared + 1
        return 0.0

    async def hold(self, seconds: float) -> None:
        self.free_at = max(self.free_at, asyncio.get_running_loop().time() + seconds)


def test_processes_share_the_interval() -> None:
    """Requests of three processes with one key keep the interval together."""

    async def all_requests() -> list[float]:
        key = SharedReservations()
        limiters = [RateLimiter(shared=key) for _ in range(3)]
        return sorted(
            await asyncio.gather(*(_sent_at(limiter, LimitClass.GENERAL) for limiter in limiters for _ in range(3)))
        )

    sent = in_virtual_time(all_requests())
    assert len(sent) == 9
    assert all(later - earlier >= 3.0 + MARGIN_SECONDS * 0.99 for earlier, later in pairwise(sent))


def test_turns_are_reserved_one_at_a_time() -> None:
    """A process reserves a turn only for its next request, so that others are not starved."""

    async def many_requests() -> tuple[int, float]:
        key = SharedReservations()
        limiter, other = RateLimiter(shared=key), RateLimiter(shared=key)
        waiting = [asyncio.create_task(limiter.acquire(LimitClass.GENERAL)) for _ in range(10)]
        await asyncio.sleep(1)
        reserved, sent = key.reserved, await _sent_at(other, LimitClass.GENERAL)
        await asyncio.gather(*waiting)
        return reserved, sent

    reserved, sent = in_virtual_time(many_requests())
    assert reserved == 2
    assert sent < 7


def test_a_turn_that_is_used_late_delays_the_next_request() -> None:
    """Of two turns three seconds apart the first is used two seconds late: the second request keeps its distance."""

    async def late() -> list[float]:
        limiter, loop = RateLimiter(shared=SharedReservations()), asyncio.get_running_loop()
        sent: list[float] = []
        for time in (2.0, 3.0 + MARGIN_SECONDS):
            await asyncio.sleep(time - loop.time())
            await limiter.depart(LimitClass.GENERAL)
            sent.append(loop.time())
        return [*sent, await _sent_at(limiter, LimitClass.GENERAL)]

    sent = in_virtual_time(late())
    assert sent[0] < 2.1
    assert all(3.0 + MARGIN_SECONDS * 0.99 <= later - earlier < 3.2 for earlier, later in pairwise(sent))


def test_a_pause_is_shared() -> None:
    """A pause applies to all processes, also to a reserved turn."""

    async def pauses() -> list[float]:
        key = SharedReservations()
        limiter, other = RateLimiter(shared=key), RateLimiter(shared=key)
        await limiter.acquire(LimitClass.GENERAL)
        waiting = asyncio.create_task(_sent_at(limiter, LimitClass.GENERAL))
        await asyncio.sleep(1)
        await limiter.hold(LimitClass.GENERAL, 30)
        return sorted([await _sent_at(other, LimitClass.GENERAL), await waiting])

    sent = in_virtual_time(pauses())
    assert sent[0] >= 31
    assert sent[1] - sent[0] >= 3.0


def test_processes_share_the_progress_limit() -> None:
    """With four processes each polls at a quarter of the rate, and the general interval is unchanged."""

    async def shared() -> tuple[float, float]:
        limiter = RateLimiter(shared=SharedReservations())
        limiter.share(4)
        sent = await asyncio.gather(*(_sent_at(limiter, LimitClass.PROGRESS) for _ in range(11)))
        return sent[-1] - sent[0], limiter.interval_seconds

    seconds, turn = in_virtual_time(shared())
    assert 4.0 <= seconds <= 4.8
    assert turn == 3.0 + MARGIN_SECONDS


def test_unlimited_stays_unlimited() -> None:
    """An unlimited rate limiter stays unlimited with several processes."""

    async def shared() -> float:
        limiter = RateLimiter.unlimited()
        limiter.share(4)
        return [await _sent_at(limiter, limit_class) for limit_class in LimitClass for _ in range(100)][-1]

    assert in_virtual_time(shared()) < 0.1


async def _order(limiter: RateLimiter, *asked: Priority) -> list[Priority]:
    """The order in which requests that are asked for one after another are sent."""
    sent: list[Priority] = []

    async def send(priority: Priority) -> None:
        await limiter.acquire(LimitClass.GENERAL, priority)
        sent.append(priority)

    tasks: list[asyncio.Task[None]] = []
    for priority in asked:
        tasks.append(asyncio.create_task(send(priority)))
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    return sent


ASKED = (Priority.FREE, Priority.FREE, Priority.LOOKUP, Priority.JOB, Priority.CANCEL)


@pytest.mark.parametrize("shared", [False, True])
def test_urgent_requests_are_sent_first(shared: bool) -> None:
    """The key was idle, so the first free call is sent at once; then the cancel, the job, the lookup, the free call."""

    async def order() -> list[Priority]:
        return await _order(RateLimiter(shared=SharedReservations() if shared else None), *ASKED)

    assert in_virtual_time(order()) == [
        Priority.FREE,
        Priority.CANCEL,
        Priority.JOB,
        Priority.LOOKUP,
        Priority.FREE,
    ]


def test_a_reserved_turn_goes_to_the_most_urgent_request() -> None:
    """A retried job has reserved the next turn; a cancel that comes before it begins takes it, and the job the next."""

    async def order() -> tuple[list[Priority], int]:
        key = SharedReservations()
        sent = await _order(RateLimiter(shared=key), Priority.JOB, Priority.JOB, Priority.CANCEL)
        return sent, key.reserved

    assert in_virtual_time(order()) == ([Priority.JOB, Priority.CANCEL, Priority.JOB], 3)


def test_free_calls_reserve_nothing() -> None:
    """However many free calls wait, in two processes, a job gets the very next turn."""

    async def job_among_free_calls() -> float:
        key = SharedReservations()
        limiters = [RateLimiter(shared=key) for _ in range(2)]
        free = [
            asyncio.create_task(limiter.acquire(LimitClass.GENERAL, Priority.FREE))
            for limiter in limiters
            for _ in range(5)
        ]
        await asyncio.sleep(1)
        start = await key.reserve(limiters[0].interval_seconds)
        for task in free:
            task.cancel()
        return start

    assert in_virtual_time(job_among_free_calls()) <= 3.0 + MARGIN_SECONDS


def test_free_calls_give_up() -> None:
    """While jobs want every turn a free call waits its patience, and then says what to do."""

    async def waits() -> float:
        key = SharedReservations()
        key.job_is_due = True
        with pytest.raises(NoTurn, match="Try again in a minute"):
            await RateLimiter(shared=key, free_patience=45).acquire(LimitClass.GENERAL, Priority.FREE)
        assert (key.spared, key.reserved) == (0, 0)
        return asyncio.get_running_loop().time()

    assert 45 <= in_virtual_time(waits()) < 46


def test_a_lookup_is_not_starved_by_jobs() -> None:
    """A read that a job waits for reserves a turn when none was spare for a while."""

    async def looked_up() -> int:
        key = SharedReservations()
        key.job_is_due = True
        await RateLimiter(shared=key).acquire(LimitClass.GENERAL, Priority.LOOKUP)
        return key.reserved

    assert in_virtual_time(looked_up()) == 1


def test_nothing_is_taken_for_requests_that_were_given_up() -> None:
    """A free call that is cancelled takes no turn, and the one after it is served."""

    async def spared() -> tuple[int, float]:
        key = SharedReservations()
        limiter = RateLimiter(shared=key)
        await limiter.acquire(LimitClass.GENERAL, Priority.FREE)
        cancelled = asyncio.create_task(limiter.acquire(LimitClass.GENERAL, Priority.FREE))
        await asyncio.sleep(1)
        cancelled.cancel()
        await asyncio.wait({cancelled})
        return key.spared, await _sent_at(limiter, LimitClass.GENERAL)

    spared_turns, sent = in_virtual_time(spared())
    assert spared_turns == 1
    assert sent < 3.2


def test_an_error_of_the_shared_limit_reaches_one_request() -> None:
    """When the database fails, the request whose turn it was gets the error, and the next one its turn."""

    async def failing() -> list[BaseException | None]:
        key = SharedReservations()
        reserve, errors = key.reserve, [OSError("gone")]

        async def sometimes(seconds: float) -> float:
            if errors:
                raise errors.pop()
            return await reserve(seconds)

        key.reserve = sometimes
        limiter = RateLimiter(shared=key)
        return await asyncio.gather(*(limiter.acquire(LimitClass.GENERAL) for _ in range(2)), return_exceptions=True)

    first, second = in_virtual_time(failing())
    assert (type(first), second) == (OSError, None)
