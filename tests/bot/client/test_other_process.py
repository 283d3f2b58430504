"""Two bots with one token and two databases: the log says why members' buttons don't work."""

from pathlib import Path

import pytest

from bot.client.other_process import OtherProcess
from tests.support.stage import Stage

CALLBACK = "POST /interactions/{interaction_id}/{token}/callback"
HINT = "Another bot process with the same token may use another database"


def hints(stage: Stage) -> int:
    """How often the log says it."""
    return sum(HINT in line for line in stage.log.lines)


async def test_a_button_of_another_database(own_stage: Stage, tmp_path: Path) -> None:
    """A job of a recent message that the database does not know; however many buttons are pressed, one line."""
    grid = await own_stage.finished("a fox of the other bot")
    await own_stage.all_delivered()
    (tmp_path / "other").mkdir()
    own_stage.change(database_url=f"sqlite:///{tmp_path / 'other' / 'bot.db'}")
    await own_stage.restart()
    for _ in range(2):
        pressed = await own_stage.mia.press(grid, label="U2")
        assert "no longer knows this picture" in await own_stage.private_reply(pressed)
    assert hints(own_stage) == 1


async def test_an_old_message_is_no_sign(own_stage: Stage, tmp_path: Path) -> None:
    """Its job may have been in a database that was replaced long ago."""
    grid = await own_stage.finished("a fox of last week")
    await own_stage.all_delivered()
    (tmp_path / "other").mkdir()
    own_stage.change(database_url=f"sqlite:///{tmp_path / 'other' / 'bot.db'}")
    await own_stage.restart()
    own_stage.discord.clock.advance(2 * 86_400)
    pressed = await own_stage.mia.press(grid, label="U2")
    assert "no longer knows this picture" in await own_stage.private_reply(pressed)
    assert hints(own_stage) == 0


async def test_an_interaction_that_was_answered_by_another(own_stage: Stage) -> None:
    """Both processes get each command, and Discord takes the first answer."""
    own_stage.discord.faults.refuse_next(CALLBACK, 400, code=40060)
    outcome = await own_stage.mia.slash(own_stage.channel, "imagine", prompt="a fox for two")
    assert "nothing was started" in await own_stage.private_reply(outcome)
    assert hints(own_stage) == 1
    assert own_stage.submissions("a fox for two") == []


def test_at_most_once_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    """And again in the next hour, as long as it goes on."""
    now = [100.0]
    other = OtherProcess(lambda: now[0])
    other.suspect("First.")
    now[0] += 3599
    other.suspect("Second.")
    now[0] += 1
    other.suspect("Third.")
    assert [line.split(". ")[0] for line in caplog.messages] == ["First", "Third"]
