"""The whole bot with its store and its workflow engine on PostgreSQL."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from playground.discord_server import media, texts
from tests.support.postgres import PostgresServer
from tests.support.stage import Stage, ended, labels_in_rows, percent_of


@pytest.fixture
async def stage(tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[Stage]:
    """A bot on an empty PostgreSQL database."""
    async with Stage(tmp_path, database_url=postgres.new_database()) as stage:
        yield stage


async def test_from_the_command_to_a_follow_up(stage: Stage) -> None:
    """Picture, buttons, repeated presses and /history work."""
    grid = await stage.finished("a fox on a server")
    assert media(grid)
    assert labels_in_rows(grid)[0][:4] == ["U1", "U2", "U3", "U4"]
    single = await stage.pressed(grid, "U2")
    assert single["id"] in await stage.private_reply(await stage.max.press(grid, label="U2"))
    outcome = await stage.mia.slash(stage.channel, "history", search="FOX on a server")
    assert "a fox on a server" in texts(await outcome.wait_for(lambda message: bool(texts(message))))


async def test_characters_that_no_database_takes(stage: Stage) -> None:
    """Typed anywhere, they are no internal error: PostgreSQL refuses texts with NUL."""
    unknown = await stage.private_reply(await stage.mia.slash(stage.channel, "job", id="a\0b"))
    assert unknown.startswith("You have no job with this id.")
    await stage.mia.autocomplete(stage.channel, "job", "id", "a\0b")
    found = await stage.mia.slash(stage.channel, "history", search="fox\0crow")
    assert "fox crow" in texts(await found.wait_for(lambda message: bool(texts(message))))
    assert media(await stage.finished("a fox\0and a crow"))
    assert stage.errors == []


async def test_restart_during_a_job(stage: Stage) -> None:
    """The next process resumes the workflow on the same message and submits nothing twice."""
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
    """The bot's log lines, with those of the workflow engine."""
    engine = logging.getLogger("dbos")
    engine.addHandler(stage.log)
    yield stage.log.lines
    engine.removeHandler(stage.log)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_the_server_restarts(stage: Stage, postgres: PostgresServer, all_lines: list[str], mode: str) -> None:
    """After a server restart running, queued and new jobs all finish, sent once each, with two log lines."""
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
    await stage.wait_until(lambda: any("answers again" in line for line in all_lines))
    answer = [line for line in all_lines if "WARNING" in line or "bot.store" in line]
    assert [line.partition(" (")[0] for line in answer] == [
        "WARNING bot.store.db.outage: The database does not answer",
        "INFO bot.store.db.outage: The database answers again.",
    ]


async def test_the_server_is_away_for_longer_than_a_transaction_waits(
    stage: Stage, postgres: PostgresServer, all_lines: list[str]
) -> None:
    """Running and queued jobs that end at the API meanwhile are shown, paid for once; the log has two lines."""
    stage.store._database.retry_seconds = 0.2
    stage.hold()
    outcomes = [await stage.imagine(f"a fox in a long storm, number {number}") for number in range(3)]
    for outcome in outcomes:
        await outcome.wait_for(percent_of)
    all_lines.clear()
    async with postgres.away("immediate"):
        stage.release()
        await stage.wait_until(lambda: all(job.status.terminal for job in stage.api.jobs.values()))
        for _ in range(5):
            with pytest.raises(SQLAlchemyError):
                await stage.store.unfinished()
    for outcome in outcomes:
        assert media(await outcome.wait_for(ended))
    await stage.all_delivered()
    assert len(stage.submissions("a fox in a long storm")) == 3
    assert await stage.store.unfinished() == []
    await stage.wait_until(lambda: any("answers again" in line for line in all_lines))
    lines = [line.partition(" (")[0] for line in all_lines if "WARNING" in line or "bot.store" in line]
    assert lines == [
        "WARNING bot.store.db.outage: The database does not answer",
        "INFO bot.store.db.outage: The database answers again.",
    ]


async def test_stopped_while_the_server_is_down(stage: Stage, postgres: PostgresServer, all_lines: list[str]) -> None:
    """The bot can be stopped while the server is down, and the next process finishes the job."""
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
