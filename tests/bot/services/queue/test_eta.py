"""When a job will be there, from how long others took."""

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


def etas(database: Database, *at_once: int, turn_seconds: float = 2.9) -> EtaEstimator:
    """With a key for each number of jobs at once; a turn of each takes 3 s."""
    keys = [api_key(ScriptedApi(), f"key-{number}", each) for number, each in enumerate(at_once)]
    for key in keys:
        key.rate_limiter = RateLimiter(general_seconds=turn_seconds)
    return EtaEstimator(Durations(), KeyPool(keys, ApiKeyStore(database)))


def took(seconds: float, **changes: object) -> JobRecord:
    """A job that took so long."""
    made = new_follow_up(**changes) if "button" in changes else new_job(**changes)  # type: ignore[arg-type]
    values = {name: getattr(made, name) for name in made.__dataclass_fields__}
    record = JobRecord(**values, state=JobState.DONE)
    return replace(record, submitted_at=NOW, finished_at=NOW + timedelta(seconds=seconds))


def test_nobody_knows_at_first(database: Database) -> None:
    """A minute is as good a guess as any, until three of its kind were seen."""
    found = etas(database, 6)
    found.learn([took(20), took(30)])
    assert found.usual(took(0)) == 60
    found.learn([took(40)])
    assert found.usual(took(0)) == 30


def test_each_kind_has_its_own_time(database: Database) -> None:
    """By mode and by button; the four of a kind are one."""
    found = etas(database, 6)
    found.learn([took(seconds, mode="relax") for seconds in (100, 200, 300)])
    found.learn([took(seconds, button=f"U{seconds}") for seconds in (1, 2, 3)])
    assert found.usual(took(0, mode="relax")) == 200
    assert found.usual(took(0, button="U4")) == 2
    assert found.usual(took(0)) == 60


def test_a_job_that_was_never_sent_teaches_nothing(database: Database) -> None:
    """Nor one that has not ended."""
    found = etas(database, 6)
    found.learn([replace(took(10), submitted_at=None), replace(took(10), finished_at=None)] * 3)
    assert found.usual(took(0)) == 60


@pytest.mark.parametrize(
    ("at_once", "seconds"),
    [((1,), 60 * 10 + 60), ((6,), 10 * 10 + 60), ((100,), 3 * 10 + 60), ((100, 100), 1.5 * 10 + 60)],
)
def test_the_tenth_waits_for_places_or_for_turns(database: Database, at_once: tuple[int, ...], seconds: float) -> None:
    """Whichever comes slower; every key takes its part. Then it takes its own time."""
    assert etas(database, *at_once).of_waiting(took(0), 10) == pytest.approx(seconds)


def test_a_pace_without_limits_is_no_mistake(database: Database) -> None:
    """As in a playground."""
    found = etas(database, 1000)
    found._keys.all[0].rate_limiter = RateLimiter.unlimited()
    assert found.of_waiting(took(0), 1) > 60
