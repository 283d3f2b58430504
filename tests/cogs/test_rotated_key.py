"""An account gets a new API key, as after the old one leaked: what it has made and still makes is not lost."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.services.queue.key_pool import name_of
from playground.discord_server import media, texts
from tests.support.stage import KEY, Stage, ended, labels, percent_of

NEW = "sk-playground-rotated-0123456789"
OTHER = "sk-playground-another-0123456789"


async def rotate(stage: Stage, *keys: str, **settings: str) -> None:
    """Give the account a new key, and restart the bot with these keys."""
    stage.api.rotate_key(KEY, NEW)
    stage.use_keys(*keys)
    stage.change(**settings)
    await stage.restart()


@pytest.mark.parametrize("keys", [(NEW,), (OTHER, NEW)], ids=["one key", "several keys"])
async def test_nothing_is_lost(tmp_path: Path, keys: tuple[str, ...]) -> None:
    """A running job goes on and is paid once, a lost one is found, and old buttons and Retry work."""
    async with Stage(tmp_path, more_keys=keys[:-1]) as stage:
        stage.use_keys(KEY)
        await stage.restart()
        grid = await stage.finished("a fox from before")
        stage.api.faults.choose("fails-at-60")
        failed = await stage.pressed(grid, "V1")
        stage.hold()
        running = await stage.imagine("a fox under way")
        await running.wait_for(lambda message: percent_of(message) is not None)
        stage.api.faults.choose("submit-drops", on="submit")
        lost = await stage.imagine("a fox without an answer")
        await lost.wait_for(lambda message: "so that nothing is paid twice" in texts(message))
        await rotate(stage, *keys)
        stage.release()
        assert media(await running.wait_for(ended))
        assert media(await lost.wait_for(ended))
        assert media(await stage.pressed(grid, "U1"))
        assert media(await stage.pressed(failed, "Retry"))
        assert [len(stage.submissions(word)) for word in ("under way", "without an answer")] == [1, 1]
        stage.hold()
        pressed = await stage.mia.press(grid, label="U2")
        await stage.mia.press(await pressed.wait_for(percent_of), label="Cancel")
        assert "Cancelled." in texts(await pressed.wait_for(ended))


async def test_running_job_is_cancelled_with_the_new_key(tmp_path: Path) -> None:
    """The member presses Cancel after the restart."""
    async with Stage(tmp_path) as stage:
        stage.hold()
        running = await stage.imagine("a fox under way")
        await running.wait_for(lambda message: percent_of(message) is not None)
        await rotate(stage, NEW)
        await stage.mia.press(running.message or {}, label="Cancel")
        assert "Cancelled." in texts(await running.wait_for(ended))
        assert [job.cancelled for job in stage.api.jobs.values()] == [True]


async def test_job_that_no_key_can_read_is_unclear(tmp_path: Path) -> None:
    """It may be paid: the reply says so and offers Submit again; buttons of the account are refused for free."""
    async with Stage(tmp_path, more_keys=(OTHER,), timings={"unknown_job": timedelta(seconds=0.5)}) as stage:
        stage.use_keys(KEY)
        await stage.restart()
        grid = await stage.finished("a fox from before")
        stage.hold()
        running = await stage.imagine("a fox under way")
        await running.wait_for(lambda message: percent_of(message) is not None)
        await rotate(stage, OTHER)
        unclear = await running.wait_for(ended)
        assert "none of the bot's ImaginePro keys can see this job any more; press Submit again" in texts(unclear)
        assert labels(unclear) == ["Submit again"]
        before = stage.posts()
        refused = await stage.pressed(grid, "U1")
        assert "an ImaginePro account that the bot no longer uses" in texts(refused)
        assert stage.posts() == before


async def test_alias_names_the_new_key(tmp_path: Path) -> None:
    """With several keys the settings can say which one has replaced the former one."""
    async with Stage(tmp_path, more_keys=(OTHER,)) as stage:
        stage.use_keys(KEY)
        await stage.restart()
        grid = await stage.finished("a fox from before")
        # The service no longer knows the image's record, but still its buttons.
        stage.api.faults.choose("unknown-job", times=None, on="progress")
        await rotate(stage, OTHER, NEW, imaginepro_key_aliases=f"{name_of(KEY)}:{name_of(NEW)}")
        pressed = await stage.mia.press(grid, label="U1")
        await stage.wait_until(lambda: len(stage.submissions("a fox from before")) == 2)
        stage.api.faults.clear()
        assert media(await pressed.wait_for(ended))
