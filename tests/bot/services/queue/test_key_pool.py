"""API keys: which one a job uses, quarantine, and their names."""

import logging
from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.services.queue.key_pool import KeyPool, name_of
from bot.store import ApiKeyStore, Database, JobRecord, JobState, QuarantinedKey
from tests.bot.records import new_job
from tests.bot.services.one_process import api_key
from tests.bot.services.scripted import ScriptedApi


@pytest.fixture
async def keys(database: Database) -> KeyPool:
    store = ApiKeyStore(database)
    await store.ensure(["a", "b"])
    return KeyPool([api_key(ScriptedApi(), "a"), api_key(ScriptedApi(), "b")], store)


@pytest.fixture
def job() -> JobRecord:
    made = new_job()
    return JobRecord(**{name: getattr(made, name) for name in made.__dataclass_fields__}, state=JobState.DISPATCHED)


async def usable_names(keys: KeyPool) -> list[str]:
    return [key.name for key in await keys.usable()]


async def test_key_of_a_job(keys: KeyPool, job: JobRecord) -> None:
    """A job uses its own key; one of an earlier release uses the first."""
    assert keys.of(replace(job, key="b")).name == "b"
    assert keys.of(job).name == "a"
    assert len(keys) == 2


async def test_a_removed_key(keys: KeyPool, job: JobRecord) -> None:
    """A removed key raises an error with advice."""
    with pytest.raises(UserError, match="Use /imagine"):
        keys.of(replace(job, key="taken out"))


async def test_the_only_key_serves_every_name(database: Database, job: JobRecord) -> None:
    """An account is not its key: it may have got a new one."""
    pool = KeyPool([api_key(ScriptedApi(), "a")], ApiKeyStore(database))
    former = replace(job, key="taken out")
    assert (pool.of(former).name, pool.is_former(former), pool.is_former(replace(job, key="a"))) == ("a", True, False)


async def test_keys_that_may_have_replaced_a_former_one(database: Database, job: JobRecord) -> None:
    """All of them, unless the settings or an answer of the API name one."""
    keys, former = [api_key(ScriptedApi(), name) for name in "ab"], replace(job, key="taken out")
    pool = KeyPool(keys, ApiKeyStore(database), aliases={"another": "a"})
    assert (pool.candidates(former), pool.successor("taken out")) == (tuple(keys), None)
    assert pool.of(replace(job, key="another")) is keys[0]
    pool.replace("taken out", keys[1])
    assert (pool.candidates(former), pool.of(former)) == ((keys[1],), keys[1])


@pytest.mark.parametrize(("at_once", "in_flight"), [(1, 1), (5, 5), (6, 7), (12, 14)])
async def test_large_accounts_have_jobs_that_wait_at_the_api(database: Database, at_once: int, in_flight: int) -> None:
    """A few, so that no place there stays empty; none any more once the API was too busy for one."""
    key, store = api_key(ScriptedApi(), "a", at_once), ApiKeyStore(database)
    await store.ensure(["a"])
    assert key.in_flight == in_flight
    await KeyPool([key], store).pause(key, 1)
    assert key.in_flight == at_once


async def test_refused_keys_are_quarantined(keys: KeyPool, caplog: pytest.LogCaptureFixture) -> None:
    """Refused keys are quarantined and logged once; when none is left, all are used."""
    a, b = keys.all
    assert await keys.quarantine(a, "Refused.")
    assert await keys.quarantine(a, "Refused again.")
    assert await usable_names(keys) == ["b"]
    assert not await keys.quarantine(b, "No credits.")
    assert await usable_names(keys) == ["a", "b"]
    assert [key.is_quarantined for key in keys.all] == [True, True]
    assert await keys.quarantined() == [QuarantinedKey("a", "Refused."), QuarantinedKey("b", "No credits.")]
    warnings = [line for line in caplog.records if line.levelno == logging.WARNING]
    assert [line.__dict__["key"] for line in warnings] == ["a", "b"]


async def test_a_key_that_works_is_used_again(keys: KeyPool, job: JobRecord) -> None:
    """A key that works again is used again."""
    a, _ = keys.all
    await keys.quarantine(a, "Refused.")
    await keys.mark_working(a, job)
    assert await usable_names(keys) == ["a", "b"]
    assert await keys.quarantined() == []


async def test_quarantine_applies_to_all_processes(database: Database, keys: KeyPool, job: JobRecord) -> None:
    """Quarantine applies to all processes through the database."""
    await keys.quarantine(keys.all[0], "Refused.")
    other_process = KeyPool([api_key(ScriptedApi(), "a"), api_key(ScriptedApi(), "b")], ApiKeyStore(database))
    assert await usable_names(other_process) == ["b"]
    await other_process.mark_working(other_process.all[0], job)
    assert await usable_names(keys) == ["a", "b"]


async def test_a_full_queue_is_open_again_after_a_job(keys: KeyPool, job: JobRecord) -> None:
    """A queue that had no room is known to every process until a job is accepted there."""
    a, b = keys.all
    await keys.mark_full(a, job, 100)
    assert await keys.full_queues() == {("a", job.kind.queue)}
    await keys.mark_working(b, job)
    assert await keys.full_queues() == {("a", job.kind.queue)}
    await keys.mark_working(a, job)
    assert await keys.full_queues() == set()


async def test_a_full_queue_is_opened_by_the_next_job_after_an_outage(
    keys: KeyPool, job: JobRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database fails just then, the next accepted job opens the queue."""
    a, _ = keys.all
    await keys.mark_full(a, job, 100)

    async def fail(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(keys._store, "mark_open", fail)
    with pytest.raises(OSError, match="gone"):
        await keys.mark_working(a, job)
    monkeypatch.undo()
    await keys.mark_working(a, job)
    assert await keys.full_queues() == set()


def test_key_names() -> None:
    """A key's name is unique and stable and contains no part of the key."""
    keys = [f"sk-0123456789-{number}" for number in range(100)]
    found = [name_of(key) for key in keys]
    assert len(set(found)) == 100
    assert found == [name_of(key) for key in keys]
    assert all(name not in key and len(name) == 8 for name, key in zip(found, keys, strict=True))
