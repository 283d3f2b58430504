"""Whose turn it is: the line against a plain model of its rule, and what keeps somebody out."""

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

from bot.store import Database, JobRecord, JobState, RunningLimits, TooManyWaiting, WaitingLimits
from bot.store.db.schema import api_keys, jobs
from tests.bot.records import new_follow_up, new_job, reply_address
from tests.bot.store.queue_model import FREE, LIMITS, NOW, WISHES, Hall, Wish, member, model_of, payer

Story = Callable[[Hall], Coroutine[Any, Any, None]]
Tell = Callable[[Story], None]

examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
PLAIN = WISHES.map(lambda wishes: [wish for wish in wishes if wish.state is JobState.WAITING and wish.key is None])


@pytest.fixture
def tell(tmp_path: Path) -> Iterator[Tell]:
    """Runs a story on one file, again and again."""
    database = Database(f"sqlite:///{tmp_path / 'line.db'}")
    with asyncio.Runner() as runner:
        runner.run(database.__aenter__())
        yield lambda story: runner.run(story(Hall(database)))
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture
async def hall(database: Database) -> Hall:
    """An empty one."""
    hall = Hall(database)
    await hall.filled([])
    return hall


def ids(records: Sequence[JobRecord]) -> list[str]:
    return [job.id for job in records]


@examples
@given(wishes=WISHES, limits=LIMITS)
def test_jobs_are_called_as_the_rule_says(tell: Tell, wishes: list[Wish], limits: RunningLimits) -> None:
    """Turn after turn the store calls the job that the model does, until neither finds one."""

    async def story(hall: Hall) -> None:
        model = model_of(await hall.filled(wishes))
        expected = [job.id for job in iter(lambda: model.next(limits), None)]
        assert ids(await hall.called(limits)) == expected

    tell(story)


@examples
@given(wishes=PLAIN, limits=LIMITS)
def test_nobody_has_more_running_than_may_and_no_place_stays_empty(
    tell: Tell, wishes: list[Wish], limits: RunningLimits
) -> None:
    """Of the key, of each server and of each member there; who is left waiting has a limit that is reached."""

    async def story(hall: Hall) -> None:
        waiting = await hall.filled(wishes)
        running = await hall.called(limits)
        guilds, members = Counter(map(payer, running)), Counter(map(member, running))
        assert len(running) <= limits.of_key
        assert all(count <= limits.of_guild for count in guilds.values())
        assert all(count <= limits.of_member for count in members.values())
        full = len(running) == limits.of_key
        assert all(
            full or guilds[payer(job)] == limits.of_guild or members[member(job)] == limits.of_member
            for job in waiting
            if job.id not in ids(running)
        )

    tell(story)


UNLIKE = [Wish(user, 1, False, None, minutes, JobState.WAITING) for user, minutes in ((4, 1), (4, 1), (5, 2), (5, 0))]
"""The member with the oldest job has the youngest too, and all the same it is called before the other one's second."""


@examples
@given(wishes=PLAIN, turns=st.integers(0, 6))
@example(wishes=UNLIKE, turns=0)
def test_places_are_the_order_in_which_jobs_are_called(tell: Tell, wishes: list[Wish], turns: int) -> None:
    """When nothing arrives, from any moment on: 1 is the next one."""

    async def story(hall: Hall) -> None:
        await hall.filled(wishes)
        for _ in range(turns):
            await hall.call()
        places = await hall.line.positions("0")
        assert sorted(places.values()) == list(range(1, len(places) + 1))
        assert ids(await hall.called()) == sorted(places, key=lambda job_id: places[job_id])

    tell(story)


@settings(examples, max_examples=15)
@given(bulk=st.integers(1, 25), guild=st.sampled_from([1, 2, None]), turns=st.integers(0, 3))
def test_a_light_member_does_not_stand_behind_a_heavy_ones_bulk(
    tell: Tell, bulk: int, guild: int | None, turns: int
) -> None:
    """Whoever has one job is called before the heavy one's second after that, in the same server or another."""

    async def story(hall: Hall) -> None:
        await hall.filled([Wish(4, 1, True, None, 9, JobState.WAITING)] * bulk)
        for _ in range(turns):
            await hall.call()
        light = await hall.put(new_job(reply=reply_address(user_id=5, guild_id=guild), created_at=NOW))
        assert light.id in ids([job for job in [await hall.call(), await hall.call()] if job is not None])

    tell(story)


ARRIVALS = st.lists(st.tuples(st.integers(4, 6), st.sampled_from([1, 2, 3]), st.booleans()), max_size=3)


@settings(examples, max_examples=8)
@given(own=st.integers(1, 3), arrivals=st.lists(ARRIVALS, min_size=36, max_size=36))
def test_nobody_starves(tell: Tell, own: int, arrivals: list[list[tuple[int, int, bool]]]) -> None:
    """Whatever others order meanwhile, a member's n-th job has its turn within n rounds of all places and members."""

    async def story(hall: Hall) -> None:
        mine = await hall.filled([Wish(9, 1, False, None, 1, JobState.WAITING)] * own)
        called: list[str] = []
        for more in arrivals:
            for user, guild, follows in more:
                await hall.put(Wish(user, guild, follows, None, 5, JobState.WAITING).job())
            called += ids([job for job in [await hall.call()] if job is not None])
        assert all(called.index(job.id) < place * 12 for place, job in enumerate(mine, 1))

    tell(story)


async def test_follow_ups_come_before_new_pictures_of_the_same_member(hall: Hall) -> None:
    """Of their own jobs only: another member's new picture has its turn in between."""
    new = await hall.put(new_job(created_at=NOW - timedelta(minutes=2)))
    follows = await hall.put(new_follow_up(created_at=NOW))
    other = await hall.put(new_job(reply=reply_address(user_id=5), created_at=NOW))
    assert ids(await hall.called()) == [follows.id, other.id, new.id]


async def test_who_was_called_long_ago_counts_as_never_called(hall: Hall, database: Database) -> None:
    """After half an hour the age of the jobs alone decides."""
    first = await hall.put(new_job(created_at=NOW - timedelta(hours=3)))
    assert await hall.call() is not None
    change = sa.update(jobs).where(jobs.c.id == first.id).values(called_at=NOW - timedelta(minutes=31))
    await database.run(lambda connection: connection.execute(change))
    again = await hall.put(new_job(created_at=NOW - timedelta(hours=2)))
    await hall.put(new_job(reply=reply_address(user_id=5), created_at=NOW - timedelta(hours=1)))
    assert (await hall.called())[0].id == again.id


async def test_a_called_job_says_so(hall: Hall) -> None:
    """It belongs to the process and the key that called it, and counts how often it was."""
    job = await hall.put(new_job(owner="1"))
    called = await hall.call(process="0")
    assert called is not None
    assert (called.id, called.state, called.key, called.owner) == (job.id, JobState.DISPATCHED, "a", "0")
    assert (called.calls, called.called_at is not None) == (1, True)
    await hall.store.move(job.id, JobState.DISPATCHED, state=JobState.WAITING)
    again = await hall.call(process="0")
    assert again is not None
    assert again.calls == 2


async def test_one_turn_of_a_key_at_a_time(hall: Hall) -> None:
    """The next one is told how long to wait; another key has turns of its own, and so has a job that needs it."""
    bound = await hall.put(new_follow_up(key="b", reply=reply_address(user_id=5)))
    free = await hall.put(new_job())
    await hall.put(new_job())
    first = await hall.line.take_next("a", "0", FREE, turn=100, courtesy=0)
    assert first.job is not None
    assert first.job.id == free.id
    second = await hall.line.take_next("a", "0", FREE, turn=100, courtesy=0)
    assert (second.job, 90 < (second.wait or 0) <= 100) == (None, True)
    other = await hall.line.take_next("b", "0", FREE, turn=100, courtesy=0)
    assert other.job is not None
    assert other.job.id == bound.id


async def test_nothing_to_call_costs_no_turn(hall: Hall) -> None:
    """Only news can change it: there is nothing to wait for."""
    for _ in range(2):
        turn = await hall.line.take_next("a", "0", FREE, turn=100, courtesy=0)
        assert (turn.job, turn.wait) == (None, None)


async def test_a_turn_is_left_for_a_moment_to_who_looks_after_the_job(hall: Hall, database: Database) -> None:
    """Another process is told how long; after that it may call the job, as nobody else has."""
    await hall.put(new_job(owner="1"))
    await hall.keys.reserve("a", 0)
    left = await hall.line.take_next("a", "0", FREE, turn=100, courtesy=50)
    assert (left.job, 40 < (left.wait or 0) <= 50) == (None, True)
    earlier = sa.update(api_keys).values(next_at=api_keys.c.next_at - 60)
    await database.run(lambda connection: connection.execute(earlier))
    assert (await hall.line.take_next("a", "0", FREE, turn=100, courtesy=50)).job is not None


async def test_its_own_job_is_called_at_once(hall: Hall) -> None:
    """Courtesy is for others."""
    await hall.put(new_job(owner="0"))
    await hall.keys.reserve("a", 0)
    assert (await hall.line.take_next("a", "0", FREE, turn=100, courtesy=50)).job is not None


async def test_places_are_told_of_own_jobs_alone(hall: Hall) -> None:
    """Counted among those of all."""
    theirs = await hall.put(new_job(owner="1", created_at=NOW - timedelta(minutes=1)))
    mine = await hall.put(new_job(owner="0", created_at=NOW))
    assert await hall.line.positions("0") == {mine.id: 2}
    assert await hall.line.positions("1") == {theirs.id: 1}


@pytest.fixture
async def crowd(hall: Hall) -> Hall:
    """Two jobs of a member wait in a server, one of another's, and one in direct messages; one runs."""
    for user, guild, state in [
        (4, 1, JobState.WAITING),
        (4, 1, JobState.RECORDED),
        (4, 1, JobState.RUNNING),
        (5, 1, JobState.WAITING),
        (4, None, JobState.WAITING),
    ]:
        await hall.put(new_job(reply=reply_address(user_id=user, guild_id=guild)), state)
    return hall


@pytest.mark.parametrize(
    ("user", "guild", "room", "full"),
    [
        (4, 1, WaitingLimits(of_member=2, of_guild=9), (2, True)),
        (5, 1, WaitingLimits(of_member=9, of_guild=3), (3, False)),
        (4, None, WaitingLimits(of_member=1, of_guild=0), (1, True)),
    ],
)
async def test_a_job_too_many_is_not_written_down(
    crowd: Hall, user: int, guild: int | None, room: WaitingLimits, full: tuple[int, bool]
) -> None:
    """Whose limit is reached is said, with the number; nothing is left of it, and with room for one more it goes."""
    job = new_job(reply=reply_address(user_id=user, guild_id=guild))
    with pytest.raises(TooManyWaiting) as caught:
        await crowd.store.record(job, room)
    assert (caught.value.waiting, caught.value.of_member) == full
    assert await crowd.store.get(job.id) is None
    more = WaitingLimits(of_member=room.of_member + 1, of_guild=room.of_guild + 1)
    assert (await crowd.store.record(job, more))[1]


async def test_a_job_that_is_known_needs_no_room(crowd: Hall) -> None:
    """Asked for twice, it is found though the line is full."""
    job = new_job(reply=reply_address(user_id=4, guild_id=1))
    record, _ = await crowd.store.record(job, WaitingLimits(of_member=3, of_guild=9))
    assert await crowd.store.record(job, WaitingLimits(of_member=3, of_guild=9)) == (record, True)
    again = new_job(reply=job.reply)
    assert await crowd.store.record(again, WaitingLimits(of_member=1, of_guild=1)) == (record, False)
