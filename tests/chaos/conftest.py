"""How long chaos goes on, and by which dice."""

import os
from random import Random, SystemRandom

import pytest

SEED, JOBS = "CHAOS_SEED", "CHAOS_JOBS"
_SHORT, _LONG = 50, 300


@pytest.fixture
def dice() -> Random:
    """The dice that everything is decided with, from the seed in CHAOS_SEED, or from any.

    A test that fails shows the seed. How fast processes are is no matter of dice: the same seed makes for the same
    troubles and wishes, and for other moments.
    """
    seed = os.environ.get(SEED) or str(SystemRandom().randrange(10**6))
    print(f"{SEED}={seed}")  # noqa: T201
    return Random(seed)  # noqa: S311  # no secret is made of it


@pytest.fixture
def wanted(request: pytest.FixtureRequest) -> int:
    """How many wishes of members are to be acknowledged: those in CHAOS_JOBS, hundreds with `-m chaos`, else a few."""
    chosen = "chaos" in str(request.config.option.markexpr)
    return int(os.environ.get(JOBS) or (_LONG if chosen else _SHORT))
