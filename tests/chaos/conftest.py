"""Options of a chaos run: its length and its seed."""

import os
from random import Random, SystemRandom

import pytest

SEED, JOBS = "CHAOS_SEED", "CHAOS_JOBS"
_SHORT, _LONG = 25, 300


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether this is a long run, asked for with `-m chaos`."""
    return "chaos" in str(request.config.option.markexpr)


@pytest.fixture
def rng(is_long: bool) -> Random:
    """The generator of all random choices, seeded by CHAOS_SEED, else at random in a long run and fixed in a short one.

    A failing test shows the seed. The same seed gives the same faults and actions, but not the same timing.
    """
    seed = os.environ.get(SEED) or str(SystemRandom().randrange(10**6) if is_long else 1)
    print(f"{SEED}={seed}")  # noqa: T201
    return Random(seed)  # noqa: S311  # not used for secrets


@pytest.fixture
def action_count(is_long: bool) -> int:
    """How many member actions must be acknowledged: CHAOS_JOBS, else hundreds with `-m chaos`, else a few."""
    return int(os.environ.get(JOBS) or (_LONG if is_long else _SHORT))
