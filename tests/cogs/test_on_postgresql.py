"""The whole bot with everything it remembers, the engine's workflows included, on a PostgreSQL server."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from playground.discord_server import media, texts
from playground.postgres import PostgresServer
from tests.support.stage import Stage, ended, labels_in_rows, percent_of


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
    assert single["id"] in await stage.private_reply(await stage.max.press(grid, label="U2"))
    outcome = await stage.mia.slash(stage.channel, "history", search="FOX on a server")
    assert "a fox on a server" in texts(await outcome.wait_for(lambda message: bool(texts(message))))


async def test_restart_in_mid_job(stage: Stage) -> None:
    """The new process takes the workflow up: the same message goes on, and nothing is submitted twice."""
    stage.hold()
    outcome = await stage.imagine("a fox across a restart")
    running = await outcome.wait_for(percent_of)
    await stage.restart()
    stage.release()
    done = await outcome.wait_for(ended)
    assert done["id"] == running["id"]
    assert media(done)
    assert len(stage.api.jobs) == 1
    await stage.all_delivered()
    assert await stage.store.unfinished() == []


@pytest.fixture
def all_lines(stage: Stage) -> Iterator[list[str]]:
    """The bot's log with the engine's own lines in it."""
    engine = logging.getLogger("dbos")
    engine.addHandler(stage.log)
    yield stage.log.lines
    engine.removeHandler(stage.log)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_the_server_restarts(stage: Stage, postgres: PostgresServer, all_lines: list[str], mode: str) -> None:
    """Jobs that run, wait or are new all end with a picture, each is sent once, and the log says it in two lines."""
    stage.hold()
    outcomes = [await stage.imagine(f"a fox in a storm, number {number}") for number in range(6)]
    await outcomes[0].wait_for(percent_of)
    all_lines.clear()
    async with postgres.away(mode):
        late = asyncio.create_task(stage.imagine("a fox in a storm, late"))
        stage.release()
        await stage.wait_until(lambda: any("does not answer" in line for line in all_lines))
    done = [await outcome.wait_for(ended) for outcome in [*outcomes, await late]]
    assert all(media(message) for message in done)
    await stage.all_delivered()
    assert len(stage.submissions("a fox in a storm")) == 7
    assert await stage.store.unfinished() == []
    told = [line for line in all_lines if "WARNING" in line or "bot.store" in line]
    assert [line.partition(" (")[0] for line in told] == [
        "WARNING bot.store.outage: The database does not answer",
        "INFO bot.store.outage: The database answers again.",
    ]


async def test_stopped_while_the_server_is_away(stage: Stage, postgres: PostgresServer, all_lines: list[str]) -> None:
    """The bot ends without the server; the next one goes on with the job, which is sent once."""
    stage.hold()
    outcome = await stage.imagine("a fox in the dark")
    await outcome.wait_for(percent_of)
    async with postgres.away():
        stage.release()
        await stage.wait_until(lambda: any("does not answer" in line for line in all_lines))
        await stage.stop()
    await stage.start()
    assert media(await outcome.wait_for(ended))
    assert len(stage.api.jobs) == 1
    await stage.all_delivered()
