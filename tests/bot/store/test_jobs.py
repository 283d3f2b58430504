"""What is remembered of jobs, and how a second request is told from a first."""

import asyncio
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, StatementError

from bot.store import AlreadyClaimed, Database, JobRecord, JobState, JobStore, NewJob
from bot.store.db.schema import jobs
from tests.bot.records import TOKEN, new_follow_up, new_job, reply_address

NOW = datetime.now(UTC)


async def test_a_job_reads_back_as_it_was_written(store: JobStore) -> None:
    """Every field of the request survives, and the rest begins empty."""
    job = new_follow_up(once_key="press:parent:U2", seed=2**40, reply=reply_address(guild_id=None, user_id=2**63 - 1))
    record, is_new = await store.record(job)
    assert is_new
    assert (record.state, record.remote_id, record.tiles, record.buttons) == (JobState.RECORDED, None, (), ())
    assert all(getattr(record, name) == getattr(job, name) for name in job.__dataclass_fields__)
    assert await store.get(job.id) == record


async def test_nothing_is_known_of_an_unknown_job(store: JobStore) -> None:
    """Asking for it gives None, changing it raises."""
    assert await store.get("nobody") is None
    with pytest.raises(LookupError):
        await store.update("nobody", state=JobState.DONE)


@pytest.mark.parametrize("shared", ["interaction", "once_key"])
async def test_a_second_request_gives_the_first_job(store: JobStore, shared: str) -> None:
    """A redelivered interaction and the same key both lead back to the earlier job."""
    first = new_job(once_key="press:p:U2")
    again = {
        "interaction": new_job(reply=reply_address(interaction_id=first.reply.interaction_id)),
        "once_key": new_job(once_key=first.once_key),
    }[shared]
    record, _ = await store.record(first)
    assert await store.record(again) == (record, False)


async def test_jobs_without_a_key_are_all_different(store: JobStore) -> None:
    """An absent key is no key that two jobs could share."""
    results = [await store.record(new_job()) for _ in range(3)]
    assert [is_new for _, is_new in results] == [True, True, True]


async def test_one_of_many_requests_at_once_is_new(store: JobStore) -> None:
    """Ten presses in the same moment: one job, told to all ten."""
    results = await asyncio.gather(*(store.record(new_job(once_key="press:p:U1")) for _ in range(10)))
    assert sum(is_new for _, is_new in results) == 1
    assert len({record.id for record, _ in results}) == 1


async def test_a_key_given_back_while_it_is_asked_for(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The earlier job fails between the refusal and the look for it: the new one is recorded after all."""
    earlier, _ = await store.record(new_job(once_key="press:p:U3"))
    look = store._earlier

    async def look_too_late(job: NewJob) -> JobRecord | None:
        await store.update(earlier.id, once_key=None, state=JobState.FAILED)
        return await look(job)

    monkeypatch.setattr(store, "_earlier", look_too_late)
    _, is_new = await store.record(new_job(once_key="press:p:U3"))
    assert is_new


async def test_a_job_that_breaks_a_rule_is_refused(store: JobStore) -> None:
    """A conflict that is no earlier job is raised, without the token or the prompt."""
    wish = "a secret wish"
    with pytest.raises(IntegrityError) as caught:
        await store.record(new_job(mode=None, prompt=wish))
    told = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in told
    assert wish not in told


async def test_changes_are_seen_and_the_rest_stays(store: JobStore) -> None:
    """An update returns the whole job, lists included."""
    record, _ = await store.record(new_job())
    changed = await store.update(record.id, state=JobState.DONE, tiles=("a", "b"), buttons=("U1", "🔄"), seed=5)
    assert (changed.state, changed.tiles, changed.buttons, changed.seed) == (
        JobState.DONE,
        ("a", "b"),
        ("U1", "🔄"),
        5,
    )
    assert changed.prompt == record.prompt
    assert await store.get(record.id) == changed


@pytest.mark.parametrize("name", ["remote_id", "once_key"])
async def test_what_another_job_has_cannot_be_claimed(store: JobStore, name: str) -> None:
    """The second claim raises and changes nothing."""
    first, _ = await store.record(new_job())
    second, _ = await store.record(new_job())
    await store.update(first.id, **{name: "taken"})  # type: ignore[arg-type]
    with pytest.raises(AlreadyClaimed):
        await store.update(second.id, state=JobState.RUNNING, **{name: "taken"})  # type: ignore[arg-type]
    assert await store.get(second.id) == second


async def test_a_job_that_was_being_sent_is_claimed_once(store: JobStore) -> None:
    """It runs under the first id, from now on; a second one changes nothing."""
    record, _ = await store.record(new_job())
    sent = await store.update(record.id, state=JobState.SUBMITTING)
    claimed = await store.claim(record.id, "remote-1")
    assert claimed is not None
    assert claimed.submitted_at is not None
    assert claimed == replace(sent, state=JobState.RUNNING, remote_id="remote-1", submitted_at=claimed.submitted_at)
    assert await store.claim(record.id, "remote-2") is None
    assert await store.get(record.id) == claimed


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.SUBMITTING])
async def test_a_job_that_waits_for_no_id_is_not_claimed(store: JobStore, state: JobState) -> None:
    """Not yet sent, answered, or ended in between: it stays as it is."""
    record, _ = await store.record(new_job())
    other = await store.update(record.id, state=state)
    assert await store.claim(record.id, "remote") is None
    assert await store.get(record.id) == other
    assert await store.claim("nobody", "remote") is None


async def test_an_id_is_claimed_for_one_job(store: JobStore) -> None:
    """The second one to try hears so, and still waits."""
    for job in ("first", "second"):
        await store.record(new_job(id=job))
        await store.update(job, state=JobState.SUBMITTING)
    await store.claim("first", "remote")
    with pytest.raises(AlreadyClaimed):
        await store.claim("second", "remote")
    assert (await store.unfinished())[-1].state is JobState.SUBMITTING


async def test_claimed_ids_are_those_of_remembered_jobs(store: JobStore) -> None:
    """Of three ids only the one in use comes back; of none, none."""
    record, _ = await store.record(new_job())
    await store.update(record.id, remote_id="remote-2")
    assert await store.claimed(["remote-1", "remote-2", "remote-3"]) == {"remote-2"}
    assert await store.claimed([]) == set()


async def test_unfinished_jobs_come_oldest_first(store: JobStore) -> None:
    """Every job whose ending nobody was shown."""
    for age, state in enumerate(JobState):
        record, _ = await store.record(new_job(id=state.value, created_at=NOW - timedelta(seconds=age)))
        shown = state in (JobState.FAILED, JobState.CANCELLED)
        await store.update(record.id, state=state, delivered_at=NOW if shown else None)
    assert [job.id for job in await store.unfinished()] == [
        *("unclear", "done", "running", "submitting", "called", "waiting", "recorded")
    ]


async def test_children_and_presses_of_a_job(store: JobStore) -> None:
    """Follow-ups of one parent; the newest press of one button by one member since a moment."""
    old, _ = await store.record(new_follow_up("V1", created_at=NOW - timedelta(seconds=9)))
    new, _ = await store.record(new_follow_up("V1", created_at=NOW))
    theirs, _ = await store.record(new_follow_up("V1", created_at=NOW, reply=reply_address(user_id=5)))
    await store.record(new_follow_up("V1", parent_id="another"))
    assert {job.id for job in await store.children("parent")} == {old.id, new.id, theirs.id}
    assert await store.latest_press("parent", "V1", 100, NOW - timedelta(seconds=30)) == new
    assert await store.latest_press("parent", "V1", 5, NOW - timedelta(seconds=30)) == theirs
    assert await store.latest_press("parent", "V1", 100, NOW + timedelta(seconds=1)) is None
    assert await store.latest_press("parent", "V2", 100, NOW - timedelta(seconds=30)) is None


async def test_tokens_are_never_shown_and_forgotten_once_expired(store: JobStore) -> None:
    """No repr holds a token; one that Discord has let expire is wiped, a living one stays."""
    stale, _ = await store.record(new_job(reply=reply_address(opened_at=NOW - timedelta(minutes=16))))
    fresh, _ = await store.record(new_job(reply=reply_address(opened_at=NOW - timedelta(minutes=14))))
    assert TOKEN not in f"{stale!r} {new_job()!r} {stale.reply!r}"
    assert await store.forget_tokens(NOW) == 1
    assert await store.forget_tokens(NOW) == 0
    kept = [job.reply.token for job in await store.unfinished()]
    assert kept == ["" if job.id == stale.id else TOKEN for job in await store.unfinished()]
    assert fresh.reply.token in kept


async def test_a_job_moves_only_from_where_it_is_expected(store: JobStore) -> None:
    """From one of the states, and of one process; otherwise nothing changes."""
    record, _ = await store.record(new_job(owner="0"))
    assert await store.move(record.id, JobState.WAITING, JobState.DISPATCHED, state=JobState.RUNNING) is None
    assert await store.move(record.id, JobState.RECORDED, of="1", state=JobState.WAITING) is None
    assert await store.get(record.id) == record
    moved = await store.move(record.id, JobState.RECORDED, of="0", state=JobState.WAITING, message_id=5)
    assert moved == replace(record, state=JobState.WAITING, reply=replace(record.reply, message_id=5))


async def test_one_of_many_makes_the_step_that_must_be_made_once(store: JobStore) -> None:
    """Ten at once, each with a moment of its own: one of them may send."""
    record, _ = await store.record(new_job(owner="0"))
    await store.update(record.id, state=JobState.DISPATCHED)
    moments = [NOW + timedelta(microseconds=number) for number in range(10)]
    moved = await asyncio.gather(
        *(
            store.move(record.id, JobState.DISPATCHED, of="0", state=JobState.SUBMITTING, submitting_at=moment)
            for moment in moments
        )
    )
    assert sum(job is not None for job in moved) == 1


async def test_what_was_done_lately_is_known(store: JobStore) -> None:
    """Done and called jobs alone, the last called first, no more than wanted."""
    for number, state in enumerate([JobState.DONE, JobState.FAILED, JobState.DONE, JobState.DONE]):
        await store.record(new_job(id=f"job-{number}"))
        await called_at(store, f"job-{number}", NOW + timedelta(seconds=number))
        await store.update(f"job-{number}", state=state)
    await store.update((await store.record(new_job(id="earlier release")))[0].id, state=JobState.DONE)
    assert [job.id for job in await store.lately_done(2)] == ["job-3", "job-2"]
    assert [job.id for job in await store.lately_done(9)] == ["job-3", "job-2", "job-0"]


async def called_at(store: JobStore, job_id: str, moment: datetime) -> None:
    """Let the job have been called then."""
    change = sa.update(jobs).where(jobs.c.id == job_id).values(called_at=moment)
    await store._database.run(lambda connection: connection.execute(change))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), hours=st.integers(-23, 23))  # noqa: DTZ001
def test_moments_survive_in_any_zone(tmp_path_factory: pytest.TempPathFactory, moment: datetime, hours: int) -> None:
    """What is read is the same moment, in UTC, to the microsecond."""
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    engine = sa.create_engine("sqlite://")
    table = sa.Table("moments", sa.MetaData(), sa.Column("moment", jobs.c.created_at.type))
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table).values(moment=aware))
        read = connection.execute(sa.select(table.c.moment)).scalar_one()
    engine.dispose()
    assert read == aware
    assert read.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(store: JobStore) -> None:
    """It could mean anything, so it is a mistake of ours."""
    with pytest.raises(StatementError, match="without a time zone"):
        await store.record(new_job(created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


async def test_another_opening_of_the_file_sees_the_same(store: JobStore, database_url: str) -> None:
    """What was written is on disk, not in the process."""
    record, _ = await store.record(new_job())
    async with Database(database_url) as other:
        assert await JobStore(other).get(record.id) == record


async def test_a_write_that_is_cancelled_blocks_nobody(store: JobStore) -> None:
    """However far it had come: it is written or not, and the next one goes through at once."""
    cancelled, _ = await store.record(new_job())
    other, _ = await store.record(new_job())
    for pause in range(40):
        writing = asyncio.create_task(store.update(cancelled.id, seed=pause))
        for _ in range(pause):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with asyncio.timeout(60):
            assert (await store.update(other.id, seed=pause)).seed == pause


async def test_closing_waits_for_what_is_being_written(database_url: str) -> None:
    """A write whose caller has gone is on disk when the database is closed."""
    async with Database(database_url) as database:
        store = JobStore(database)
        record, _ = await store.record(new_job())
        writing = asyncio.create_task(store.update(record.id, seed=7))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        writing.cancel()
    async with Database(database_url) as database:
        reopened = await JobStore(database).get(record.id)
    assert reopened is not None
    assert reopened.seed == 7
