"""The job queue against a model of its scheduling rule, and its limits."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.store import Database, JobKind, JobRecord, JobState, RunningLimits, TooManyWaiting, WaitingLimits
from bot.store.db.schema import api_keys, api_queues, jobs
from tests.bot.records import new_follow_up, new_job, reply_address, rewritten
from tests.bot.store.queue_model import (
    LIMITS,
    NO_LIMITS,
    NOW,
    QUEUED_JOBS,
    QueuedJob,
    QueueHarness,
    group_of,
    member_of,
    model_of,
)

Body = Callable[[QueueHarness], Coroutine[Any, Any, None]]
RunOnFile = Callable[[Body], None]

examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
PLAIN = QUEUED_JOBS.map(
    lambda planned: [queued for queued in planned if queued.state is JobState.WAITING and queued.key is None]
)


@pytest.fixture
def run_on_file(tmp_path: Path) -> Iterator[RunOnFile]:
    """Runs a test body on one SQLite file, for each generated example."""
    database = Database(f"sqlite:///{tmp_path / 'line.db'}")
    with asyncio.Runner() as runner:
        runner.run(database.__aenter__())
        yield lambda body: runner.run(body(QueueHarness(database)))
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture
async def queue(database: Database) -> QueueHarness:
    """An empty queue."""
    queue = QueueHarness(database)
    await queue.fill([])
    return queue


def ids(records: Sequence[JobRecord]) -> list[str]:
    return [job.id for job in records]


@examples
@given(planned=QUEUED_JOBS, limits=LIMITS)
def test_jobs_are_dispatched_like_the_model(
    run_on_file: RunOnFile, planned: list[QueuedJob], limits: RunningLimits
) -> None:
    """The store dispatches the same jobs in the same order as the model."""

    async def body(queue: QueueHarness) -> None:
        model = model_of(await queue.fill(planned))
        expected = [job.id for job in iter(lambda: model.next(limits), None)]
        assert ids(await queue.dispatch_all(limits)) == expected

    run_on_file(body)


@examples
@given(planned=PLAIN, limits=LIMITS)
def test_limits_hold_and_are_used(run_on_file: RunOnFile, planned: list[QueuedJob], limits: RunningLimits) -> None:
    """Limits per key, server and member hold, and a job waits only if one of them is reached."""

    async def body(queue: QueueHarness) -> None:
        waiting = await queue.fill(planned)
        running = await queue.dispatch_all(limits)
        guilds, members = Counter(map(group_of, running)), Counter(map(member_of, running))
        assert len(running) <= limits.of_key
        assert all(count <= limits.of_guild for count in guilds.values())
        assert all(count <= limits.of_member for count in members.values())
        full = len(running) == limits.of_key
        assert all(
            full or guilds[group_of(job)] == limits.of_guild or members[member_of(job)] == limits.of_member
            for job in waiting
            if job.id not in ids(running)
        )

    run_on_file(body)


MIXED_AGES = [
    QueuedJob(user, 1, False, None, minutes, JobState.WAITING) for user, minutes in ((4, 1), (4, 1), (5, 2), (5, 0))
]
"""One member has the oldest and the newest job; the other's first job comes between them."""


@examples
@given(planned=PLAIN, dispatches=st.integers(0, 6))
@example(planned=MIXED_AGES, dispatches=0)
def test_positions_are_the_order_of_dispatch(run_on_file: RunOnFile, planned: list[QueuedJob], dispatches: int) -> None:
    """Without new jobs, positions are the order of dispatch, from 1."""

    async def body(queue: QueueHarness) -> None:
        await queue.fill(planned)
        for _ in range(dispatches):
            await queue.dispatch()
        positions = await queue.jobs.positions("0")
        assert sorted(positions.values()) == list(range(1, len(positions) + 1))
        assert ids(await queue.dispatch_all()) == sorted(positions, key=lambda job_id: positions[job_id])

    run_on_file(body)


@settings(examples, max_examples=15)
@given(count=st.integers(1, 25), guild=st.sampled_from([1, 2, None]), dispatches=st.integers(0, 3))
def test_a_single_job_is_dispatched_within_two_turns(
    run_on_file: RunOnFile, count: int, guild: int | None, dispatches: int
) -> None:
    """A member's single job is dispatched within two turns, even behind another's many jobs."""

    async def body(queue: QueueHarness) -> None:
        await queue.fill([QueuedJob(4, 1, True, None, 9, JobState.WAITING)] * count)
        for _ in range(dispatches):
            await queue.dispatch()
        light = await queue.put(new_job(reply=reply_address(user_id=5, guild_id=guild), created_at=NOW))
        assert light.id in ids([job for job in [await queue.dispatch(), await queue.dispatch()] if job is not None])

    run_on_file(body)


ARRIVALS = st.lists(st.tuples(st.integers(4, 6), st.sampled_from([1, 2, 3]), st.booleans()), max_size=3)


@settings(examples, max_examples=8)
@given(own=st.integers(1, 3), arrivals=st.lists(ARRIVALS, min_size=36, max_size=36))
def test_no_member_starves(run_on_file: RunOnFile, own: int, arrivals: list[list[tuple[int, int, bool]]]) -> None:
    """With any new arrivals, a member's n-th job is dispatched within n rounds."""

    async def body(queue: QueueHarness) -> None:
        mine = await queue.fill([QueuedJob(9, 1, False, None, 1, JobState.WAITING)] * own)
        dispatched: list[str] = []
        for more in arrivals:
            for user, guild, follows in more:
                await queue.put(QueuedJob(user, guild, follows, None, 5, JobState.WAITING).job())
            dispatched += ids([job for job in [await queue.dispatch()] if job is not None])
        assert all(dispatched.index(job.id) < place * 12 for place, job in enumerate(mine, 1))

    run_on_file(body)


async def test_follow_ups_come_before_new_pictures(queue: QueueHarness) -> None:
    """A member's follow-up comes before their new pictures, and another member's job in between."""
    new = await queue.put(new_job(created_at=NOW - timedelta(minutes=2)))
    follows = await queue.put(new_follow_up(created_at=NOW))
    other = await queue.put(new_job(reply=reply_address(user_id=5), created_at=NOW))
    assert ids(await queue.dispatch_all()) == [follows.id, other.id, new.id]


async def test_an_old_dispatch_no_longer_counts(queue: QueueHarness, database: Database) -> None:
    """A dispatch more than half an hour ago no longer counts; only the jobs' age does."""
    first = await queue.put(new_job(created_at=NOW - timedelta(hours=3)))
    assert await queue.dispatch() is not None
    change = sa.update(jobs).where(jobs.c.id == first.id).values(called_at=NOW - timedelta(minutes=31))
    await database.run(lambda connection: connection.execute(change))
    again = await queue.put(new_job(created_at=NOW - timedelta(hours=2)))
    await queue.put(new_job(reply=reply_address(user_id=5), created_at=NOW - timedelta(hours=1)))
    assert (await queue.dispatch_all())[0].id == again.id


async def test_a_dispatched_job_is_marked(queue: QueueHarness) -> None:
    """A dispatched job records its process and key and counts its dispatches."""
    job = await queue.put(new_job(owner="1"))
    dispatched = await queue.dispatch(process="0")
    assert dispatched is not None
    assert (dispatched.id, dispatched.state, dispatched.key, dispatched.owner) == (
        job.id,
        JobState.DISPATCHED,
        "a",
        "0",
    )
    assert (dispatched.calls, dispatched.called_at is not None) == (1, True)
    await queue.store.move(job.id, JobState.DISPATCHED, state=JobState.WAITING)
    again = await queue.dispatch(process="0")
    assert again is not None
    assert again.calls == 2


async def test_one_turn_of_a_key_at_a_time(queue: QueueHarness) -> None:
    """A key dispatches one job per turn and returns the time to wait; another key has its own turns."""
    bound = await queue.put(new_follow_up(key="b", reply=reply_address(user_id=5)))
    free = await queue.put(new_job())
    await queue.put(new_job())
    first = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=100, courtesy=0)
    assert first.job is not None
    assert first.job.id == free.id
    second = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=100, courtesy=0)
    assert (second.job, 90 < (second.wait or 0) <= 100) == (None, True)
    other = await queue.jobs.take_next("b", "0", NO_LIMITS, turn=100, courtesy=0)
    assert other.job is not None
    assert other.job.id == bound.id


async def test_an_empty_queue_uses_no_turn(queue: QueueHarness) -> None:
    """An empty queue uses no turn and returns no time to wait."""
    for _ in range(2):
        turn = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=100, courtesy=0)
        assert (turn.job, turn.wait) == (None, None)


async def test_others_wait_for_the_courtesy_time(queue: QueueHarness, database: Database) -> None:
    """Other processes leave a job to its owner for the courtesy time, then may dispatch it."""
    await queue.put(new_job(owner="1"))
    await queue.keys.reserve("a", 0)
    left = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=100, courtesy=50)
    assert (left.job, 40 < (left.wait or 0) <= 50) == (None, True)
    earlier = sa.update(api_keys).values(next_at=api_keys.c.next_at - 60)
    await database.run(lambda connection: connection.execute(earlier))
    assert (await queue.jobs.take_next("a", "0", NO_LIMITS, turn=100, courtesy=50)).job is not None


async def test_own_job_is_dispatched_at_once(queue: QueueHarness) -> None:
    """A process dispatches its own job without a courtesy time."""
    await queue.put(new_job(owner="0"))
    await queue.keys.reserve("a", 0)
    assert (await queue.jobs.take_next("a", "0", NO_LIMITS, turn=100, courtesy=50)).job is not None


async def test_positions_of_own_jobs(queue: QueueHarness) -> None:
    """Positions are returned for a process's own jobs, counted among all jobs."""
    theirs = await queue.put(new_job(owner="1", created_at=NOW - timedelta(minutes=1)))
    mine = await queue.put(new_job(owner="0", created_at=NOW))
    assert await queue.jobs.positions("0") == {mine.id: 2}
    assert await queue.jobs.positions("1") == {theirs.id: 1}


async def time_passes(database: Database, seconds: float = 1000) -> None:
    """Let this time pass for the rate limits of the keys, the API's full queues, and jobs that were refused."""
    changes = (
        sa.update(api_keys).values(next_at=api_keys.c.next_at - seconds),
        sa.update(api_queues).values(full_until=api_queues.c.full_until - seconds),
    )

    def work(connection: sa.Connection) -> None:
        for change in changes:
            connection.execute(change)
        for row in connection.execute(
            sa.select(jobs.c.id, jobs.c.called_at).where(jobs.c.called_at.is_not(None))
        ).all():
            earlier = row.called_at - timedelta(seconds=seconds)
            connection.execute(sa.update(jobs).where(jobs.c.id == row.id).values(called_at=earlier))

    await database.run(work)


async def spare(queue: QueueHarness, limits: RunningLimits = NO_LIMITS, *, bound_only: bool = False) -> bool:
    """Whether a free call takes the present turn of the key "a", for the next hundred seconds."""
    return not await queue.jobs.take_spare("a", limits, turn=100, bound_only=bound_only)


async def test_a_free_call_takes_a_turn_that_no_job_wants(queue: QueueHarness) -> None:
    """The turn is used up then; a free call that comes too early is told when it begins, and reserves nothing."""
    assert await spare(queue)
    for _ in range(2):
        assert 90 < await queue.jobs.take_spare("a", NO_LIMITS, turn=100) <= 100
    turn = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=100, courtesy=0)
    assert 90 < (turn.wait or 0) <= 100


@pytest.mark.parametrize("owner", ["0", "1"])
async def test_a_free_call_leaves_the_turn_to_a_job(queue: QueueHarness, owner: str) -> None:
    """As long as a job waits that could be sent, of whatever process, its turn is not spare."""
    job = await queue.put(new_job(owner=owner))
    assert not await spare(queue)
    assert (await queue.jobs.take_next("a", owner, NO_LIMITS, turn=0, courtesy=0)).job is not None
    assert (await rewritten(queue.store, job.id, state=JobState.RUNNING)).key == "a"
    assert await spare(queue)


async def test_a_turn_that_no_waiting_job_can_use_is_spare(queue: QueueHarness, database: Database) -> None:
    """Jobs that wait for one of their key, server or member to end, or for another key, need no turn."""
    await queue.put(new_job(key="a"), JobState.RUNNING)
    await queue.put(new_job())
    assert not await spare(queue)
    for limits in (
        RunningLimits(of_key=1, of_guild=9, of_member=9),
        RunningLimits(of_key=9, of_guild=1, of_member=9),
        RunningLimits(of_key=9, of_guild=9, of_member=1),
    ):
        assert await spare(queue, limits)
        await time_passes(database)
    assert await spare(queue, bound_only=True)


@pytest.fixture
async def filled_queue(queue: QueueHarness) -> QueueHarness:
    """A queue with three waiting jobs in a server, one in direct messages, and one running job."""
    for user, guild, state in [
        (4, 1, JobState.WAITING),
        (4, 1, JobState.RECORDED),
        (4, 1, JobState.RUNNING),
        (5, 1, JobState.WAITING),
        (4, None, JobState.WAITING),
    ]:
        await queue.put(new_job(reply=reply_address(user_id=user, guild_id=guild)), state)
    return queue


@pytest.mark.parametrize(
    ("user", "guild", "room", "full"),
    [
        (4, 1, WaitingLimits(of_member=2, of_guild=9), (2, True)),
        (5, 1, WaitingLimits(of_member=9, of_guild=3), (3, False)),
        (4, None, WaitingLimits(of_member=1, of_guild=0), (1, True)),
    ],
)
async def test_a_job_above_the_limit_is_not_stored(
    filled_queue: QueueHarness, user: int, guild: int | None, room: WaitingLimits, full: tuple[int, bool]
) -> None:
    """A job above a waiting limit is refused with the limit's kind and number, and not stored."""
    job = new_job(reply=reply_address(user_id=user, guild_id=guild))
    with pytest.raises(TooManyWaiting) as caught:
        await filled_queue.store.record(job, room)
    assert (caught.value.waiting, caught.value.of_member) == full
    assert await filled_queue.store.get(job.id) is None
    more = WaitingLimits(of_member=room.of_member + 1, of_guild=room.of_guild + 1)
    assert (await filled_queue.store.record(job, more))[1]


async def test_a_known_job_needs_no_room(filled_queue: QueueHarness) -> None:
    """A repeated request finds its existing job even when the queue is full."""
    job = new_job(reply=reply_address(user_id=4, guild_id=1))
    record, _ = await filled_queue.store.record(job, WaitingLimits(of_member=3, of_guild=9))
    assert await filled_queue.store.record(job, WaitingLimits(of_member=3, of_guild=9)) == (record, True)
    again = new_job(reply=job.reply)
    assert await filled_queue.store.record(again, WaitingLimits(of_member=1, of_guild=1)) == (record, False)


async def refuse(queue: QueueHarness, job: JobRecord | None, *, seconds: float = 100) -> None:
    """The API has no room for the dispatched job, which waits again."""
    assert job is not None
    await queue.keys.mark_full("a", job.kind.queue, seconds)
    await queue.store.move(job.id, JobState.DISPATCHED, state=JobState.WAITING, key=None)


async def test_a_full_queue_holds_only_its_own_jobs(queue: QueueHarness) -> None:
    """Midjourney's queue is full: its jobs wait, FLUX and another key go on, and the key serves free calls."""
    first = await queue.put(new_job(created_at=NOW - timedelta(minutes=3)))
    await queue.put(new_follow_up(key="a", reply=reply_address(user_id=5), created_at=NOW - timedelta(minutes=2)))
    flux = await queue.put(new_job(kind=JobKind.FLUX, reply=reply_address(user_id=6), created_at=NOW))
    await queue.dispatch()
    await refuse(queue, await queue.store.get(first.id))
    assert ids(await queue.dispatch_all()) == [flux.id]
    other = await queue.dispatch(key="b")
    assert (other or flux).id == first.id
    assert await spare(queue)
    assert await queue.keys.full_queues() == {("a", "midjourney")}


async def test_one_job_tries_a_full_queue_again(queue: QueueHarness, database: Database) -> None:
    """After the pause one job is sent, another one than the refused, and the rest wait for its answer."""
    waiting = [await queue.put(new_job(created_at=NOW - timedelta(minutes=9 - number))) for number in range(3)]
    await refuse(queue, await queue.dispatch())
    closed = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=0, courtesy=0)
    assert (closed.job, 90 < (closed.wait or 0) <= 100) == (None, True)
    await time_passes(database, 101)
    tries = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=0, courtesy=0)
    assert tries.tries_queue
    assert ids([tries.job] if tries.job else []) == [waiting[1].id]
    assert await queue.dispatch() is None
    await queue.keys.mark_open("a", "midjourney")
    assert ids(await queue.dispatch_all()) == [waiting[0].id, waiting[2].id]


async def test_refused_jobs_take_turns_in_trying(queue: QueueHarness, database: Database) -> None:
    """While the queue stays full, each of two jobs tries in its turn, and a single one tries after every pause."""
    waiting = [await queue.put(new_job(created_at=NOW - timedelta(minutes=9 - number))) for number in range(2)]
    tried: list[str] = []
    for attempt in range(6):
        if attempt == 4:
            await rewritten(queue.store, waiting[0].id, state=JobState.CANCELLED)
        job = await queue.dispatch()
        tried += ids([job] if job else [])
        await refuse(queue, job)
        await time_passes(database, 101)
    assert tried == [waiting[number].id for number in (0, 1, 0, 1, 1, 1)]


async def test_a_try_without_an_answer_is_repeated(queue: QueueHarness, database: Database) -> None:
    """When the process dies with the job that tries, another job tries after a pause."""
    await queue.put(new_job(created_at=NOW - timedelta(minutes=2)))
    await refuse(queue, await queue.dispatch())
    await time_passes(database, 101)
    assert await queue.dispatch() is not None
    later = await queue.put(new_job())
    assert await queue.dispatch() is None
    await time_passes(database, 101)
    assert ids([job for job in [await queue.dispatch()] if job]) == [later.id]


async def test_a_full_queue_outlives_no_clock_that_is_set_back(queue: QueueHarness, database: Database) -> None:
    """Its pause ends at once then, as it would last for hours: one job tries, and the others wait as usual."""
    await queue.put(new_job(created_at=NOW - timedelta(minutes=2)))
    await refuse(queue, await queue.dispatch())
    await queue.put(new_job())
    await time_passes(database, -5000)
    tries = await queue.jobs.take_next("a", "0", NO_LIMITS, turn=0, courtesy=0)
    assert (tries.job is not None, tries.tries_queue) == (True, True)
    assert await queue.dispatch() is None
    await time_passes(database, 101)
    assert await queue.dispatch() is not None
