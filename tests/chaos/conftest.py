"""How long chaos goes on, and by which dice."""

import os
from random import Random, SystemRandom

import pytest

from tests.support.sampling import Sample

SEED, JOBS = "CHAOS_SEED", "CHAOS_JOBS"
_ALL = 300


@pytest.fixture
def dice(sample: Sample) -> Random:
    """The dice that everything is decided with, from the seed in CHAOS_SEED; else from any in a long run, and from the
    sample's in a short one.

    A test that fails shows the seed. How fast processes are is no matter of dice: the same seed makes for the same
    troubles and wishes, and for other moments.
    """
    seed = os.environ.get(SEED) or (sample.seed if sample.points else str(SystemRandom().randrange(10**6)))
    print(f"{SEED}={seed}")  # noqa: T201
    return Random(seed)  # noqa: S311  # no secret is made of it


@pytest.fixture
def wanted(sample: Sample) -> int:
    """How many wishes of members are to be acknowledged: those in CHAOS_JOBS, hundreds with `-m chaos`, else a few."""
    return int(os.environ.get(JOBS) or sample.points or _ALL)
