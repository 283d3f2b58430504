"""How long chaos goes on, and by which dice."""

import os
from random import Random, SystemRandom

import pytest

SEED, JOBS = "CHAOS_SEED", "CHAOS_JOBS"
_SHORT, _LONG = 25, 300


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether chaos was asked for, with `-m chaos`; else it is one test among many."""
    return "chaos" in str(request.config.option.markexpr)


@pytest.fixture
def dice(is_long: bool) -> Random:
    """The dice that everything is decided with, from the seed in CHAOS_SEED; else from any in a long run, and the same
    in every short one.

    A test that fails shows the seed. How fast processes are is no matter of dice: the same seed makes for the same
    troubles and wishes, and for other moments.
    """
    seed = os.environ.get(SEED) or str(SystemRandom().randrange(10**6) if is_long else 1)
    print(f"{SEED}={seed}")  # noqa: T201
    return Random(seed)  # noqa: S311  # no secret is made of it


@pytest.fixture
def wanted(is_long: bool) -> int:
    """How many wishes of members are to be acknowledged: those in CHAOS_JOBS, hundreds with `-m chaos`, else a few."""
    return int(os.environ.get(JOBS) or (_LONG if is_long else _SHORT))
