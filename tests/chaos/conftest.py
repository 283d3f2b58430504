"""Options of a chaos run: its length and its seed."""

import os
from random import SystemRandom

import pytest

from tests.support.sampling import Sample

SEED, JOBS = "CHAOS_SEED", "CHAOS_JOBS"
_ALL = 500


@pytest.fixture
def seed(sample: Sample) -> str:
    """The seed of all random choices: CHAOS_SEED, else at random in a long run and the sample's in a short one.

    A failing test shows it. The same seed gives the same troubles in the same order, but not the same timing.
    """
    found = os.environ.get(SEED) or (sample.seed if sample.points else str(SystemRandom().randrange(10**6)))
    print(f'{SEED}="{found}"')  # noqa: T201
    return found


@pytest.fixture
def job_count(sample: Sample) -> int:
    """How many jobs members must have recorded amid troubles: CHAOS_JOBS, else hundreds with `-m exhaustive` or
    `-m chaos`, else a few."""
    return int(os.environ.get(JOBS) or sample.points or _ALL)
