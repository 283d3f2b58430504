"""The whole bot with everything it remembers, the engine's workflows included, on a PostgreSQL server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.discord_server import media, texts
from playground.postgres import PostgresServer
from tests.stage import Stage, ended, labels_in_rows, percent_of


@pytest.fixture
async def stage(tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[Stage]:
    """A bot on a database that nobody has used yet."""
    async with Stage(tmp_path, database_url=postgres.new_database()) as stage:
        yield stage


async def test_from_the_command_to_a_follow_up(stage: Stage) -> None:
    """The picture and its buttons come, a pressed one is remembered, and the member's jobs are found."""
    grid = await stage.finished("a fox on a server")
    assert media(grid)
    assert labels_in_rows(grid)[0][:4] == ["U1", "U2", "U3", "U4"]
    single = await stage.pressed(grid, "U2")
    assert single["id"] in await stage.told(await stage.max.press(grid, label="U2"))
    outcome = await stage.mia.slash(stage.channel, "history", search="FOX on a server")
    assert "a fox on a server" in texts(await outcome.wait_for(lambda message: bool(texts(message))))


async def test_restart_in_mid_job(stage: Stage) -> None:
    """The new process takes the workflow up: the same message goes on, and nothing is submitted twice."""
    stage.hold()
    outcome = await stage.imagine("a fox across a restart")
    running = await outcome.wait_for(percent_of)
    await stage.restart()
    stage.go_on()
    done = await outcome.wait_for(ended)
    assert done["id"] == running["id"]
    assert media(done)
    assert len(stage.api.jobs) == 1
    await stage.all_settled()
    assert await stage.store.unfinished() == []
