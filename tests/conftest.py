"""A running bot for tests: shared by the tests of a module, or a test's own."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from stamina.instrumentation import set_on_retry_hooks

from tests.playground.discord_spec import loaded
from tests.playground.specification_judge import Judge, judging
from tests.support import postgres as servers
from tests.support.postgres import PostgresServer
from tests.support.stage import Stage

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.memory_files",
    "tests.support.sampling",
    "tests.support.spread",
]

# How long an example takes says more about the machine than about the code.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

# As in the running bot: a repeated try is no line.
set_on_retry_hooks([])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers a core, as most tests wait for timers and sockets more than they compute."""
    return 3 * (os.cpu_count() or 1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One bot for all tests of a module that are marked with `asyncio(loop_scope="module")`."""
    async with Stage(tmp_path_factory.mktemp("bot")) as stage:
        yield stage


@pytest.fixture
def stage(shared_stage: Stage) -> Iterator[Stage]:
    """The module's bot, every trouble of earlier tests taken back; an error in its log fails the test."""
    shared_stage.settle_down()
    yield shared_stage
    unexpected, shared_stage.log.errors = shared_stage.errors, []
    assert not unexpected, "\n".join(unexpected)


@pytest.fixture
async def own_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot, a database and neighbours for this test alone."""
    async with Stage(tmp_path) as stage:
        yield stage


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that is gone after the tests; what needs it is skipped where none is installed."""
    found = servers.programs()
    if found is None:
        pytest.skip("no PostgreSQL found: install postgresql to run these tests on it")
    with servers.running(found) as server:
        yield server


@pytest.fixture(scope="session")
def specification_judge() -> Iterator[Judge | None]:
    """Judges whatever a local Discord says from now on; None where Discord's specification is not at hand."""
    spec = loaded()
    if spec is None:
        yield None
        return
    judge = Judge(spec)
    with judging(judge):
        yield judge
        assert not (found := judge.verdict()), "\n".join(found)


@pytest.fixture(autouse=True)
def _as_specified(specification_judge: Judge | None) -> Iterator[None]:
    """Fail the test in which the local Discord says what Discord's specification does not know."""
    yield
    found = specification_judge.verdict() if specification_judge else []
    assert not found, "\n".join(found)
