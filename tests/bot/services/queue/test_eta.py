"""Estimating when a job finishes, from earlier durations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.imaginepro import RateLimiter
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import KeyPool
from bot.services.tracker import Durations
from bot.store import ApiKeyStore, Database, JobRecord, JobState
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.one_process import api_key
from tests.bot.services.scripted import ScriptedApi

NOW = datetime.now(UTC)


def estimator(database: Database, *at_once: int, turn_seconds: float = 2.9) -> EtaEstimator:
    """An estimator with one key for each concurrency; a key's turn takes 3 s."""
    keys = [api_key(ScriptedApi(), f"key-{number}", each) for number, each in enumerate(at_once)]
    for key in keys:
        key.rate_limiter = RateLimiter(general_seconds=turn_seconds)
    return EtaEstimator(Durations(), KeyPool(keys, ApiKeyStore(database)))


def job_taking(seconds: float, **changes: object) -> JobRecord:
    """A job that took this many seconds."""
    made = new_follow_up(**changes) if "button" in changes else new_job(**changes)  # type: ignore[arg-type]
    values = {name: getattr(made, name) for name in made.__dataclass_fields__}
    record = JobRecord(**values, state=JobState.DONE)
    return replace(record, submitted_at=NOW, finished_at=NOW + timedelta(seconds=seconds))


def test_default_estimate(database: Database) -> None:
    """The estimate is a minute until three jobs of a kind are known."""
    found = estimator(database, 6)
    found.learn([job_taking(20), job_taking(30)])
    assert found.usual(job_taking(0)) == 60
    found.learn([job_taking(40)])
    assert found.usual(job_taking(0)) == 30


def test_estimates_by_kind(database: Database) -> None:
    """Durations are separate by mode and by button; U1 to U4 count as one."""
    found = estimator(database, 6)
    found.learn([job_taking(seconds, mode="relax") for seconds in (100, 200, 300)])
    found.learn([job_taking(seconds, button=f"U{seconds}") for seconds in (1, 2, 3)])
    assert found.usual(job_taking(0, mode="relax")) == 200
    assert found.usual(job_taking(0, button="U4")) == 2
    assert found.usual(job_taking(0)) == 60


def test_unsent_jobs_are_ignored(database: Database) -> None:
    """Jobs that were not sent or have not ended are ignored."""
    found = estimator(database, 6)
    found.learn([replace(job_taking(10), submitted_at=None), replace(job_taking(10), finished_at=None)] * 3)
    assert found.usual(job_taking(0)) == 60


@pytest.mark.parametrize(
    ("at_once", "seconds"),
    [((1,), 60 * 10 + 60), ((6,), 10 * 10 + 60), ((100,), 3 * 10 + 60), ((100, 100), 1.5 * 10 + 60)],
)
def test_wait_by_concurrency_or_rate_limit(database: Database, at_once: tuple[int, ...], seconds: float) -> None:
    """A job's wait is limited by concurrency or by the rate limit, shared by all keys."""
    assert estimator(database, *at_once).of_waiting(job_taking(0), 10) == pytest.approx(seconds)


def test_unlimited_rate(database: Database) -> None:
    """An unlimited rate limiter works, as in the playground."""
    found = estimator(database, 1000)
    found._keys.all[0].rate_limiter = RateLimiter.unlimited()
    assert found.of_waiting(job_taking(0), 1) > 60
