"""The job store: records, idempotency keys and state changes."""

import asyncio
import inspect
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, StatementError

from bot.store import (
    AlreadyClaimed,
    ApiKeyStore,
    Database,
    JobFilter,
    JobQueueStore,
    JobRecord,
    JobState,
    JobStore,
    NewJob,
    ProcessStore,
    RunningLimits,
)
from bot.store.db.schema import jobs
from bot.store.jobs import JobFacts
from tests.bot.records import TOKEN, new_follow_up, new_job, reply_address, rewritten

NOW = datetime.now(UTC)


async def test_a_job_is_read_as_recorded(store: JobStore) -> None:
    """A recorded job is read back with every field, and the other fields are empty."""
    job = new_follow_up(once_key="press:parent:U2", seed=2**40, reply=reply_address(guild_id=None, user_id=2**63 - 1))
    record, is_new = await store.record(job)
    assert is_new
    assert (record.state, record.remote_id, record.tiles, record.buttons) == (JobState.RECORDED, None, (), ())
    assert all(getattr(record, name) == getattr(job, name) for name in job.__dataclass_fields__)
    assert await store.get(job.id) == record


async def test_a_job_without_a_members_name(store: JobStore, database: Database) -> None:
    """The display name is kept apart from what the request needs; jobs of versions that kept none are read as well."""
    job = new_job(details={"url": "https://a.example/b.png"}, reply=reply_address(user_name="Mia"))
    record, _ = await store.record(job)
    assert (record.reply.user_name, record.details) == ("Mia", {"url": "https://a.example/b.png"})
    await database.run(lambda connection: connection.execute(sa.update(jobs).values(details={"url": "x"})))
    earlier = await store.get(job.id)
    assert earlier is not None
    assert (earlier.reply.user_name, earlier.details) == ("", {"url": "x"})


async def test_an_unknown_job(store: JobStore) -> None:
    """Reading an unknown job gives None, updating it raises."""
    assert await store.get("nobody") is None
    with pytest.raises(LookupError):
        await store.update("nobody", once_key=None)


@pytest.mark.parametrize("shared", ["interaction", "once_key"])
async def test_a_repeated_request_returns_the_first_job(store: JobStore, shared: str) -> None:
    """The same interaction or idempotency key returns the earlier job."""
    first = new_job(once_key="press:p:U2")
    again = {
        "interaction": new_job(reply=reply_address(interaction_id=first.reply.interaction_id)),
        "once_key": new_job(once_key=first.once_key),
    }[shared]
    record, _ = await store.record(first)
    assert await store.record(again) == (record, False)


async def test_jobs_without_a_key_are_new(store: JobStore) -> None:
    """Jobs without an idempotency key are never equal."""
    results = [await store.record(new_job()) for _ in range(3)]
    assert [is_new for _, is_new in results] == [True, True, True]


async def test_one_of_many_requests_at_once_is_new(store: JobStore) -> None:
    """Ten simultaneous requests with one key record one job and return it to all."""
    results = await asyncio.gather(*(store.record(new_job(once_key="press:p:U1")) for _ in range(10)))
    assert sum(is_new for _, is_new in results) == 1
    assert len({record.id for record, _ in results}) == 1


async def test_a_key_released_during_the_lookup(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key released between the conflict and the lookup is used for the new job."""
    earlier, _ = await store.record(new_job(once_key="press:p:U3"))
    find_earlier = store._earlier

    async def find_after_release(job: NewJob) -> JobRecord | None:
        await rewritten(store, earlier.id, once_key=None, state=JobState.FAILED)
        return await find_earlier(job)

    monkeypatch.setattr(store, "_earlier", find_after_release)
    _, is_new = await store.record(new_job(once_key="press:p:U3"))
    assert is_new


async def test_an_invalid_job_is_refused(store: JobStore) -> None:
    """Other conflicts raise an error without token or prompt in it."""
    prompt = "a secret wish"
    with pytest.raises(IntegrityError) as caught:
        await store.record(new_job(mode=None, prompt=prompt))
    text = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in text
    assert prompt not in text


async def test_an_update_returns_the_whole_job(store: JobStore) -> None:
    """An update changes the given fields and returns the whole job."""
    record, _ = await store.record(new_job())
    changed = await rewritten(store, record.id, state=JobState.DONE, tiles=("a", "b"), buttons=("U1", "🔄"), seed=5)
    assert (changed.state, changed.tiles, changed.buttons, changed.seed) == (
        JobState.DONE,
        ("a", "b"),
        ("U1", "🔄"),
        5,
    )
    assert changed.prompt == record.prompt
    assert await store.get(record.id) == changed


@pytest.mark.parametrize("name", ["remote_id", "once_key"])
async def test_a_taken_value_cannot_be_claimed(store: JobStore, name: str) -> None:
    """A value that another job has raises an error and changes nothing."""
    first, _ = await store.record(new_job())
    second, _ = await store.record(new_job())
    await rewritten(store, first.id, **{name: "taken"})  # type: ignore[arg-type]
    with pytest.raises(AlreadyClaimed):
        await rewritten(store, second.id, state=JobState.RUNNING, **{name: "taken"})  # type: ignore[arg-type]
    assert await store.get(second.id) == second


async def test_a_submitting_job_is_claimed_once(store: JobStore) -> None:
    """A submitting job is claimed by the first API id; a second one changes nothing."""
    record, _ = await store.record(new_job())
    sent = await rewritten(store, record.id, state=JobState.SUBMITTING)
    claimed = await store.claim(record.id, "remote-1")
    assert claimed is not None
    assert claimed.submitted_at is not None
    assert claimed == replace(sent, state=JobState.RUNNING, remote_id="remote-1", submitted_at=claimed.submitted_at)
    assert await store.claim(record.id, "remote-2") is None
    assert await store.get(record.id) == claimed


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.SUBMITTING])
async def test_other_states_are_not_claimed(store: JobStore, state: JobState) -> None:
    """A job that is not submitting can't be claimed."""
    record, _ = await store.record(new_job())
    other = await rewritten(store, record.id, state=state)
    assert await store.claim(record.id, "remote") is None
    assert await store.get(record.id) == other
    assert await store.claim("nobody", "remote") is None


async def test_an_id_is_claimed_for_one_job(store: JobStore) -> None:
    """An API id can be claimed for one job only."""
    for job in ("first", "second"):
        await store.record(new_job(id=job))
        await rewritten(store, job, state=JobState.SUBMITTING)
    await store.claim("first", "remote")
    with pytest.raises(AlreadyClaimed):
        await store.claim("second", "remote")
    assert (await store.unfinished())[-1].state is JobState.SUBMITTING


async def test_claimed_ids_are_those_in_use(store: JobStore) -> None:
    """Only API ids that are in use are returned as claimed."""
    record, _ = await store.record(new_job())
    await rewritten(store, record.id, remote_id="remote-2")
    assert await store.claimed(["remote-1", "remote-2", "remote-3"]) == {"remote-2"}
    assert await store.claimed([]) == set()


async def test_unfinished_jobs_come_oldest_first(store: JobStore) -> None:
    """Unfinished jobs are those not yet delivered, oldest first."""
    for age, state in enumerate(JobState):
        record, _ = await store.record(new_job(id=state.value, created_at=NOW - timedelta(seconds=age)))
        delivered = state in (JobState.FAILED, JobState.CANCELLED)
        await rewritten(store, record.id, state=state, delivered_at=NOW if delivered else None)
    assert [job.id for job in await store.unfinished()] == [
        *("unclear", "done", "running", "submitting", "called", "waiting", "recorded")
    ]


async def test_children_and_presses_of_a_job(store: JobStore) -> None:
    """A parent's follow-ups, and a member's latest press of a button since a given time."""
    old, _ = await store.record(new_follow_up("V1", created_at=NOW - timedelta(seconds=9)))
    new, _ = await store.record(new_follow_up("V1", created_at=NOW))
    theirs, _ = await store.record(new_follow_up("V1", created_at=NOW, reply=reply_address(user_id=5)))
    await store.record(new_follow_up("V1", parent_id="another"))
    assert {job.id for job in await store.children("parent")} == {old.id, new.id, theirs.id}
    assert await store.latest_press("parent", "V1", 100, NOW - timedelta(seconds=30)) == new
    assert await store.latest_press("parent", "V1", 5, NOW - timedelta(seconds=30)) == theirs
    assert await store.latest_press("parent", "V1", 100, NOW + timedelta(seconds=1)) is None
    assert await store.latest_press("parent", "V2", 100, NOW - timedelta(seconds=30)) is None


async def test_tokens_are_hidden_and_deleted_when_expired(store: JobStore) -> None:
    """No repr shows a token; expired tokens are deleted, valid ones kept."""
    stale, _ = await store.record(new_job(reply=reply_address(opened_at=NOW - timedelta(minutes=16))))
    fresh, _ = await store.record(new_job(reply=reply_address(opened_at=NOW - timedelta(minutes=14))))
    assert TOKEN not in f"{stale!r} {new_job()!r} {stale.reply!r}"
    assert await store.forget_tokens(NOW) == 1
    assert await store.forget_tokens(NOW) == 0
    kept = [job.reply.token for job in await store.unfinished()]
    assert kept == ["" if job.id == stale.id else TOKEN for job in await store.unfinished()]
    assert fresh.reply.token in kept


async def test_a_job_moves_only_from_where_it_is_expected(store: JobStore) -> None:
    """A job moves only from an expected state and owner."""
    record, _ = await store.record(new_job(owner="0"))
    assert await store.move(record.id, JobState.WAITING, JobState.DISPATCHED, state=JobState.RUNNING) is None
    assert await store.move(record.id, JobState.RECORDED, of="1", state=JobState.WAITING) is None
    assert await store.get(record.id) == record
    moved = await store.move(record.id, JobState.RECORDED, of="0", state=JobState.WAITING, message_id=5)
    assert moved == replace(record, state=JobState.WAITING, reply=replace(record.reply, message_id=5))


async def test_one_of_many_moves_to_submitting(store: JobStore) -> None:
    """Of ten simultaneous moves to submitting one succeeds."""
    record, _ = await store.record(new_job(owner="0"))
    await rewritten(store, record.id, state=JobState.DISPATCHED)
    times = [NOW + timedelta(microseconds=number) for number in range(10)]
    moved = await asyncio.gather(
        *(
            store.move(record.id, JobState.DISPATCHED, of="0", state=JobState.SUBMITTING, submitting_at=time)
            for time in times
        )
    )
    assert sum(job is not None for job in moved) == 1


async def test_recently_finished_jobs(store: JobStore) -> None:
    """Recently finished jobs are listed by last dispatch, up to a limit."""
    for number, state in enumerate([JobState.DONE, JobState.FAILED, JobState.DONE, JobState.DONE]):
        await store.record(new_job(id=f"job-{number}"))
        await set_called_at(store, f"job-{number}", NOW + timedelta(seconds=number))
        await rewritten(store, f"job-{number}", state=state)
    await rewritten(store, (await store.record(new_job(id="earlier release")))[0].id, state=JobState.DONE)
    assert [job.id for job in await store.lately_done(2)] == ["job-3", "job-2"]
    assert [job.id for job in await store.lately_done(9)] == ["job-3", "job-2", "job-0"]


async def set_called_at(store: JobStore, job_id: str, time: datetime) -> None:
    """Set the time of the job's dispatch."""
    change = sa.update(jobs).where(jobs.c.id == job_id).values(called_at=time)
    await store._database.run(lambda connection: connection.execute(change))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(time=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), hours=st.integers(-23, 23))  # noqa: DTZ001
def test_times_survive_in_any_zone(tmp_path_factory: pytest.TempPathFactory, time: datetime, hours: int) -> None:
    """A stored time is read back in UTC, to the microsecond."""
    aware = time.replace(tzinfo=timezone(timedelta(hours=hours)))
    engine = sa.create_engine("sqlite://")
    table = sa.Table("times", sa.MetaData(), sa.Column("time", jobs.c.created_at.type))
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table).values(time=aware))
        read = connection.execute(sa.select(table.c.time)).scalar_one()
    engine.dispose()
    assert read == aware
    assert read.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(store: JobStore) -> None:
    """A time without a time zone is refused."""
    with pytest.raises(StatementError, match="without a time zone"):
        await store.record(new_job(created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


async def test_another_connection_reads_the_same(store: JobStore, database_url: str) -> None:
    """Another connection reads what was written."""
    record, _ = await store.record(new_job())
    async with Database(database_url) as other:
        assert await JobStore(other).get(record.id) == record


async def test_a_cancelled_write_blocks_no_other(store: JobStore) -> None:
    """A write cancelled at any point does not block the next one."""
    cancelled, _ = await store.record(new_job())
    other, _ = await store.record(new_job())
    for pause in range(40):
        writing = asyncio.create_task(rewritten(store, cancelled.id, seed=pause))
        for _ in range(pause):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with asyncio.timeout(60):
            assert (await rewritten(store, other.id, seed=pause)).seed == pause


async def test_closing_waits_for_writes(database_url: str) -> None:
    """Closing waits for a write whose caller was cancelled."""
    async with Database(database_url) as database:
        store = JobStore(database)
        record, _ = await store.record(new_job())
        writing = asyncio.create_task(rewritten(store, record.id, seed=7))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        writing.cancel()
    async with Database(database_url) as database:
        reopened = await JobStore(database).get(record.id)
    assert reopened is not None
    assert reopened.seed == 7


MASK = {"mask": "iVBORw0KGgo=", "zoom": 1.5}


async def region_job(store: JobStore, **changes: Any) -> JobRecord:
    """A job with a mask."""
    record, _ = await store.record(new_follow_up("Vary (Region)", details=MASK))
    return await rewritten(store, record.id, **changes)


async def kept_details(store: JobStore, job: JobRecord) -> dict[str, object]:
    """All that is stored of its details."""
    found = await store.get_with_mask(job.id)
    assert found is not None
    return dict(found.details)


async def test_masks_are_read_only_where_they_are_asked_for(store: JobStore, database: Database) -> None:
    """They may be megabytes: no list has them, and neither have the records that changes return."""
    recorded, _ = await store.record(new_follow_up("Vary (Region)", details=MASK, owner="0"))
    await ProcessStore(database).enter("0", "run")
    moved = await store.move(recorded.id, JobState.RECORDED, state=JobState.WAITING)
    lists = [
        await store.find(JobFilter(user_id=100, everywhere=True), limit=5),
        await store.unfinished(),
        await store.children("parent"),
        await ProcessStore(database).owned("0"),
        [recorded, moved, await store.get(recorded.id)],
    ]
    assert [dict(job.details) for jobs in lists for job in jobs if job] == [{"zoom": 1.5}] * 7
    assert await kept_details(store, recorded) == MASK


async def test_dispatched_job_has_its_mask(store: JobStore, database: Database) -> None:
    """It is about to be sent."""
    job = await region_job(store, state=JobState.WAITING)
    await ApiKeyStore(database).ensure(["a"])
    limits = RunningLimits(of_key=9, of_guild=9, of_member=9)
    found = await JobQueueStore(database).take_next("a", "0", limits, turn=0, courtesy=0)
    assert found.job is not None
    assert (found.job.id, dict(found.job.details)) == (job.id, MASK)


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
async def test_mask_is_deleted_with_the_result(store: JobStore, state: JobState) -> None:
    """In the same write; other endings keep it for Retry."""
    job = await region_job(store, state=JobState.RUNNING)
    ended = await store.move(job.id, JobState.RUNNING, state=state)
    assert ended is not None
    assert dict(ended.details) == {"zoom": 1.5}
    assert await kept_details(store, job) == ({"zoom": 1.5} if state is JobState.DONE else MASK)


async def test_old_masks_are_deleted(store: JobStore) -> None:
    """Those of jobs that ended before a time, however many; the rest of their details stays."""
    old = [await region_job(store, state=JobState.FAILED, finished_at=NOW - timedelta(days=2)) for _ in range(45)]
    young = await region_job(store, state=JobState.FAILED, finished_at=NOW)
    running = await region_job(store, state=JobState.RUNNING)
    plain, _ = await store.record(new_job(details={"boost": True}))
    await rewritten(store, plain.id, state=JobState.FAILED, finished_at=NOW - timedelta(days=2))
    assert await store.forget_masks(NOW - timedelta(days=1)) == 45
    assert await store.forget_masks(NOW - timedelta(days=1)) == 0
    assert [await kept_details(store, job) for job in old] == [{"zoom": 1.5}] * 45
    assert [await kept_details(store, job) for job in (young, running)] == [MASK, MASK]
    assert await kept_details(store, plain) == {"boost": True}


@pytest.mark.parametrize(
    ("result", "healed"),
    [({"image_url": "https://x/a"}, JobState.DONE), ({"texts": ("a",)}, JobState.DONE), ({}, JobState.FAILED)],
)
async def test_delivered_job_that_seems_to_run_has_ended(
    store: JobStore, result: dict[str, Any], healed: JobState
) -> None:
    """It would take a place in the queue for good, as no process owns it."""
    record, _ = await store.record(new_job())
    ghost = await rewritten(store, record.id, state=JobState.RUNNING, finished_at=NOW, delivered_at=NOW, **result)
    assert await store.heal() == 1
    assert await store.get(record.id) == replace(ghost, state=healed)
    assert await store.heal() == 0


async def test_delivered_job_that_never_ended_is_open_again(store: JobStore) -> None:
    """A process takes it over and finishes it; other jobs are left alone."""
    record, _ = await store.record(new_job())
    ghost = await rewritten(store, record.id, state=JobState.WAITING, delivered_at=NOW)
    others = [await rewritten(store, (await store.record(new_job()))[0].id, state=state) for state in JobState]
    assert await store.heal() == 1
    assert await store.get(record.id) == replace(ghost, delivered_at=None)
    assert [await store.get(job.id) for job in others] == others


async def test_move_depends_on_the_wish_to_cancel(store: JobStore) -> None:
    """With or without one, in the same statement as the state."""
    record, _ = await store.record(new_job())
    assert await store.move(record.id, JobState.RECORDED, cancel_wanted=True, state=JobState.CANCELLED) is None
    await rewritten(store, record.id, cancel_requested_at=NOW)
    assert await store.move(record.id, JobState.RECORDED, cancel_wanted=False, state=JobState.WAITING) is None
    assert await store.move(record.id, JobState.RECORDED, cancel_wanted=True, state=JobState.CANCELLED) is not None


def test_no_state_is_written_without_a_condition() -> None:
    """Neither is anything else that says how far a job is: `update` takes facts only, `move` needs a state."""
    assert JobFacts.__annotations__.keys() == {"once_key", "message_id", "channel_id", "in_dm"}
    assert inspect.signature(JobStore.move).parameters["expected"].default is inspect.Parameter.empty


@pytest.mark.parametrize("text", ["a\0b", "half \ud83e", "x" * 5000], ids=["NUL", "half a character", "long"])
async def test_foreign_texts_can_be_stored(store: JobStore, text: str) -> None:
    """Whatever the API sends ends no transaction with an error."""
    record, _ = await store.record(new_job())
    moved = await store.move(
        record.id, JobState.RECORDED, state=JobState.FAILED, reason=text, image_url=text, buttons=(text,)
    )
    assert moved is not None
    assert moved == await store.get(record.id)
    assert str(moved.reason).startswith(text[:1])
