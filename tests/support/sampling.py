"""A pytest plugin: of tests marked `exhaustive` a run takes a few points, unless `-m exhaustive` asks for all.

    pytest                                   a few points of each matrix, the same in every run
    pytest --sample 40                       40 points of each, others in every run
    pytest --sample 40 --sample-seed 123     the points of the run that printed this
    pytest -m exhaustive                     all of them

A matrix is a marked test function with all its parameters, or all tests with the same `exhaustive(matrix="...")`. A
point is one test of it, or one turn of a loop inside a test that asks `sample` which turns to take. A test that says
something about several turns in a row gets that number at least: `exhaustive(together=3)`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from random import Random, SystemRandom
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

FIXED_POINTS = 8
"""Points of each matrix in a run without options."""

_EXHAUSTIVE_SECONDS = 900
"""A whole matrix takes minutes on a busy machine."""

_FIXED_SEED = "fixed"
_WANTS_ALL = re.compile(r"(?<!not )\b(?:exhaustive|chaos)\b")


class Sample:
    """The turns that a test takes of its loops: `points` of each loop, drawn by `seed`, or all when that is None."""

    def __init__(self, points: int | None, seed: str) -> None:
        self.points, self.seed = points, seed
        self.taken: list[object] = []
        self._dice = Random(seed)  # noqa: S311  # no secret is made of it

    def of(self, turns: Sequence[T]) -> list[T]:
        """The turns to take of a loop over all of these, in their order."""
        # Whole shuffles: a larger sample by the same seed holds the smaller one.
        drawn = self._dice.sample(range(len(turns)), k=len(turns))[: self.points]
        found = [turns[index] for index in sorted(drawn)]
        self.taken += found
        return found


_sample = pytest.StashKey[Sample]()


def dealt(names: Sequence[str], points: int, dice: Random, *, together: int = 1) -> Counter[str]:
    """How many of the points each name gets: `together` or none, and as evenly as that allows."""
    order = dice.sample(names, k=len(names))[: max(1, points // together)]
    return Counter(order[index % len(order)] for index in range(max(points, together)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose the points."""
    group = parser.getgroup("exhaustive tests")
    group.addoption("--sample", type=int, metavar="N", help="take N points of each matrix, others in every run")
    group.addoption("--sample-seed", metavar="SEED", help="draw the points of --sample by this seed")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the seed; a worker process has that of the process that started it."""
    worker: dict[str, str] = getattr(config, "workerinput", {})
    if config.option.sample is not None and config.option.sample_seed is None:
        config.option.sample_seed = worker.get("sample_seed") or str(SystemRandom().randrange(10**6))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give the seed to a worker process of xdist."""
    node.workerinput["sample_seed"] = node.config.option.sample_seed


def pytest_report_header(config: pytest.Config) -> str:
    """Say what a run takes, and how to repeat it."""
    return f"exhaustive tests: {_how(config)}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what no point falls on."""
    matrices: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        item.stash[_sample] = Sample(None, f"{_seed(config)} {item.nodeid}")
        if marker := item.get_closest_marker("exhaustive"):
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_EXHAUSTIVE_SECONDS))
            matrices[marker.kwargs.get("matrix") or item.nodeid.partition("[")[0]].append(item)
    if _wants_all(config):
        return
    left = {item for matrix, members in matrices.items() for item in _dealt_nothing(config, matrix, members)}
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let a test that fails show which points it took."""
    try:
        return (yield)
    finally:
        if (sample := item.stash[_sample]).points is not None:
            item.add_report_section("call", "sample", f"{_how(item.config)}: {', '.join(map(str, sample.taken))}")


@pytest.fixture
def sample(request: pytest.FixtureRequest) -> Sample:
    """Chooses the turns of the test's loops."""
    return request.node.stash[_sample]


def _dealt_nothing(config: pytest.Config, matrix: str, members: list[pytest.Item]) -> list[pytest.Item]:
    marker = members[0].get_closest_marker("exhaustive")
    together = marker.kwargs.get("together", 1) if marker else 1
    points = FIXED_POINTS if config.option.sample is None else config.option.sample
    dice = Random(f"{_seed(config)} {matrix}")  # noqa: S311
    shares = dealt([item.nodeid for item in members], points, dice, together=together)
    for item in members:
        item.stash[_sample].points = shares[item.nodeid]
    return [item for item in members if not shares[item.nodeid]]


def _wants_all(config: pytest.Config) -> bool:
    return _WANTS_ALL.search(config.option.markexpr) is not None


def _seed(config: pytest.Config) -> str:
    return _FIXED_SEED if config.option.sample is None else config.option.sample_seed


def _how(config: pytest.Config) -> str:
    if _wants_all(config):
        return "all points"
    if config.option.sample is None:
        return f"{FIXED_POINTS} fixed points of each matrix"
    return f"--sample {config.option.sample} --sample-seed {config.option.sample_seed}"
