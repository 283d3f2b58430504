"""Options of a chaos run: its length and its seed."""

import os
from random import Random, SystemRandom

import pytest

from tests.support.sampling import Sample

SEED, JOBS = "CHAOS_SEED", "CHAOS_JOBS"
_ALL = 300


@pytest.fixture
def rng(sample: Sample) -> Random:
    """The generator of all random choices, seeded by CHAOS_SEED, else at random in a long run and by the sample in a
    short one.

    A failing test shows the seed. The same seed gives the same faults and actions, but not the same timing.
    """
    seed = os.environ.get(SEED) or (sample.seed if sample.points else str(SystemRandom().randrange(10**6)))
    print(f"{SEED}={seed}")  # noqa: T201
    return Random(seed)  # noqa: S311  # not used for secrets


@pytest.fixture
def action_count(sample: Sample) -> int:
    """How many member actions must be acknowledged: CHAOS_JOBS, else hundreds with `-m chaos`, else a few."""
    return int(os.environ.get(JOBS) or sample.points or _ALL)
