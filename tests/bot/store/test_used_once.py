"""Drafts and idempotency keys are used up in the transaction that records a job, or not at all."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store import (
    Database,
    Draft,
    DraftStore,
    DraftUse,
    DraftUsed,
    JobRecord,
    JobState,
    JobStore,
    TooManyWaiting,
    WaitingLimits,
    press_key,
)
from tests.bot.records import new_follow_up, new_job, rewritten

NOW = datetime.now(UTC)
KEY = press_key("parent", "U2")
FULL = WaitingLimits(of_member=0, of_guild=0)


@pytest.fixture
async def use(database: Database) -> DraftUse:
    """The use of a new draft."""
    draft = Draft(id="draft", purpose="mask", user_id=100, content={"job": "x"}, created_at=NOW)
    await DraftStore(database).keep(draft)
    return DraftUse(draft_id="draft", at=NOW, content={"reply": "y"})


async def unclear(store: JobStore, **fields: Any) -> JobRecord:
    """An unconfirmed press of U2 that has its key."""
    job, _ = await store.record(new_follow_up(**({"once_key": KEY} | fields)))
    return await rewritten(store, job.id, state=JobState.UNCONFIRMED)


async def test_draft_is_used_with_the_job(database: Database, store: JobStore, use: DraftUse) -> None:
    """Its content is replaced; a second job is refused and not recorded."""
    await store.record(new_job(), draft=use)
    kept = await DraftStore(database).get("draft")
    assert kept is not None
    assert (kept.used_at, kept.content) == (NOW, {"reply": "y"})
    refused = new_job()
    with pytest.raises(DraftUsed):
        await store.record(refused, draft=use)
    assert await store.get(refused.id) is None


async def test_refused_job_leaves_the_draft(database: Database, store: JobStore, use: DraftUse) -> None:
    """With the queue full, and for a job that is known already."""
    with pytest.raises(TooManyWaiting):
        await store.record(new_job(), FULL, draft=use)
    job = new_job(once_key="press:p:U1")
    await store.record(job)
    await store.record(new_job(once_key="press:p:U1"), draft=use)
    kept = await DraftStore(database).get("draft")
    assert kept is not None
    assert kept.used_at is None


async def test_one_of_many_jobs_gets_the_draft(store: JobStore, use: DraftUse) -> None:
    """Of ten at the same time; the others are not recorded."""
    results = await asyncio.gather(*(store.record(new_job(), draft=use) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(result, DraftUsed) for result in results) == 9
    assert len(await store.unfinished()) == 1


async def test_key_moves_with_the_job(store: JobStore) -> None:
    """From the unconfirmed job to one of ten retries at the same time, to which the others lead."""
    old = await unclear(store)
    retries = (store.record(new_follow_up(once_key=KEY), takes_key_of=old.id) for _ in range(10))
    results = await asyncio.gather(*retries)
    [new] = [job for job, is_new in results if is_new]
    assert {job.id for job, _ in results} == {new.id}
    assert (await store.with_once_key(KEY), (await _now(store, old)).once_key) == (new, None)


async def test_refused_job_leaves_the_key(store: JobStore) -> None:
    """With the queue full; and a job that is not unconfirmed never gives its key away."""
    old = await unclear(store)
    with pytest.raises(TooManyWaiting):
        await store.record(new_follow_up(once_key=KEY), FULL, takes_key_of=old.id)
    assert await store.with_once_key(KEY) == old
    running = await rewritten(store, old.id, state=JobState.RUNNING)
    assert await store.record(new_follow_up(once_key=KEY), takes_key_of=old.id) == (running, False)


async def test_key_returns_to_the_newest_unconfirmed_press(store: JobStore) -> None:
    """Of the same button of the same parent, when a later press ends without a result."""
    presses = [
        await unclear(store, created_at=NOW - timedelta(minutes=9), once_key=None),
        await unclear(store, created_at=NOW - timedelta(minutes=5), once_key=None),
        await unclear(store, button="U1", once_key=None),
        await unclear(store, parent_id="another", once_key=None),
    ]
    later, _ = await store.record(new_follow_up(once_key=KEY))
    await store.move(later.id, JobState.RECORDED, state=JobState.FAILED, once_key=None)
    assert [(await _now(store, press)).once_key for press in presses] == [None, KEY, None, None]


async def test_other_keys_do_not_return(store: JobStore) -> None:
    """The key of a retry belongs to the job that is retried, which may be pressed again."""
    old = await unclear(store)
    await rewritten(store, old.id, once_key=None)
    again, _ = await store.record(new_follow_up(once_key="retry:x"))
    await store.move(again.id, JobState.RECORDED, state=JobState.FAILED, once_key=None)
    assert (await _now(store, old)).once_key is None


async def test_all_jobs_of_a_key_are_renamed(store: JobStore) -> None:
    """Those of other keys stay."""
    jobs = [(await store.record(new_job(key=key)))[0] for key in ("former", "other", "former")]
    assert await store.rename_key("former", "present") == 2
    assert [(await _now(store, job)).key for job in jobs] == ["present", "other", "present"]


async def test_jobs_without_an_answer(store: JobStore) -> None:
    """Those submitted since then whose id at the API is not known, in any state."""
    recorded = [(await store.record(new_job()))[0] for _ in range(5)]
    _, answered, lost, ended, old = recorded
    for job in (answered, lost, ended, old):
        await rewritten(store, job.id, state=JobState.SUBMITTING, submitting_at=NOW)
    await rewritten(store, answered.id, remote_id="x")
    await rewritten(store, ended.id, state=JobState.UNCONFIRMED)
    await rewritten(store, old.id, submitting_at=NOW - timedelta(days=2))
    found = await store.unanswered(NOW - timedelta(days=1))
    assert {job.id for job in found} == {lost.id, ended.id}


async def _now(store: JobStore, job: JobRecord) -> JobRecord:
    found = await store.get(job.id)
    assert found is not None
    return found
