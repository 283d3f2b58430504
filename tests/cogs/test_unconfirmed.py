"""Unconfirmed jobs are searched for and never sent twice by the bot itself."""

from pathlib import Path

import pytest

from playground.discord_server import media, texts
from tests.support.stage import Stage, ended, labels


@pytest.mark.parametrize("scenario", ["submit-drops", "slow-answer"])
async def test_unconfirmed_job_is_found_in_the_history(tmp_path: Path, scenario: str) -> None:
    """A job whose answer was lost is found in the API's history and not sent again."""
    async with Stage(tmp_path, read_timeout=1.0) as stage:
        stage.api.faults.choose(scenario, seconds=600, on="submit")
        outcome = await stage.imagine("a lost fox")
        assert await outcome.wait_for(lambda message: "so that nothing is paid twice" in texts(message))
        assert media(await outcome.wait_for(ended))
        assert len(stage.submissions("a lost fox")) == 1


@pytest.mark.parametrize("scenario", ["submit-lost", "html-500", "empty-500"])
async def test_job_that_is_not_found_is_left_to_the_member(tmp_path: Path, scenario: str) -> None:
    """A job that can't be found is shown as unclear and sent again only when the member asks."""
    async with Stage(tmp_path, searches=2) as stage:
        stage.api.faults.choose(scenario, on="submit")
        unclear = await stage.finished("a fox nobody finds")
        assert "It may still have cost credits" in texts(unclear)
        assert labels(unclear) == ["Submit again"]
        assert stage.submissions("a fox nobody finds") == []
        assert media(await stage.pressed(unclear, "Submit again"))
        assert len(stage.submissions("a fox nobody finds")) == 1
