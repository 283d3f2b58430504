"""What works once (a link, Confirm, a menu, a press) is used up by a recorded job, not by one that is refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from playground.discord_server import Outcome, Upload, buttons, media, texts
from playground.process.ports import free_port
from tests.cogs.test_region_editor import mask_base64, send_mask, size_of
from tests.support.stage import Message, Stage, ended, is_private, labels, percent_of, picture

FULL = "You have 1 jobs waiting in line here already"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot with web pages; one job runs, and each member may have one waiting."""
    port = free_port()
    options = {"public_url": f"http://127.0.0.1:{port}", "web_port": port, "jobs_at_once": 1, "member_waiting": 1}
    async with Stage(tmp_path, searches=2, **options) as stage:
        yield stage


async def full(stage: Stage) -> list[Outcome]:
    """Fill the line: one job of Mia's runs, and one waits."""
    stage.hold()
    running = await stage.imagine("a fox that runs")
    await running.wait_for(lambda message: percent_of(message) is not None)
    return [running, await stage.imagine("a fox that waits")]


async def empty(stage: Stage, jobs: list[Outcome]) -> None:
    """Let these jobs end."""
    stage.release()
    await asyncio.gather(*(job.wait_for(ended) for job in jobs))


async def test_mask_link(stage: Stage) -> None:
    """A painted mask that finds the line full can be sent again."""
    single = await stage.pressed(await stage.finished("a fox to paint on"), "U1")
    asked = await stage.mia.press(single, label="Vary (Region)")
    question = await asked.wait_for(lambda each: "Paint what should change" in texts(each))
    [link] = [URL(button["url"]) for button in buttons(question) if "url" in button]
    async with aiohttp.ClientSession() as browser:
        mask = mask_base64(await size_of(browser, link))
        jobs = await full(stage)
        status, answer = await send_mask(browser, link, mask, "a castle")
        assert (status, FULL in answer) == (422, True)
        await empty(stage, jobs)
        assert (await send_mask(browser, link, mask, "a castle"))[0] == 200
        assert await send_mask(browser, link, mask, "a castle") == (422, "This was used already.")
    await stage.wait_until(lambda: len(stage.submissions("a castle")) == 1)
    await stage.all_delivered()


async def test_confirm(stage: Stage) -> None:
    """The question keeps its buttons, and works once there is room."""
    asked = await stage.mia.slash(stage.channel, "imagine", prompt="a {red, blue} owl")
    question = await asked.wait_for(is_private)
    jobs = await full(stage)
    assert FULL in await stage.private_reply(await stage.mia.press(question, label="Confirm"))
    assert labels(stage.channel.messages[question["id"]].message) == ["Confirm", "Cancel"]
    await empty(stage, jobs)
    pressed = await stage.mia.press(question, label="Confirm")
    assert pressed.error is None
    await stage.wait_until(lambda: len(stage.submissions("owl")) >= 1)
    await stage.all_delivered()


async def test_menu(stage: Stage) -> None:
    """The pictures of a message can still be chosen from."""
    uploads = [Upload(f"{name}.png", picture(name)) for name in ("red", "blue")]
    message = stage.mia.send(stage.channel, "both", *uploads)
    offer = await (await stage.mia.context(message, "Remove background")).wait_for(is_private)
    jobs = await full(stage)
    refused = await stage.mia.press(offer, label="Picture 1")
    assert FULL in await stage.private_reply(refused)
    await empty(stage, jobs)
    assert media(await (await stage.mia.press(offer, label="Picture 1")).wait_for(ended))


async def test_submit_again(stage: Stage) -> None:
    """Until a new job is recorded, a press of the button leads to the unclear job and pays nothing."""
    grid = await stage.finished("a fox with four")
    stage.api.faults.choose("submit-lost", on="press")
    unclear = await stage.pressed(grid, "U2")
    assert labels(unclear) == ["Submit again"]
    jobs = await full(stage)
    assert FULL in await stage.private_reply(await stage.mia.press(unclear, label="Submit again"))
    await _leads_to_the_unclear_job(stage, grid)
    await empty(stage, jobs)
    assert media(await stage.pressed(unclear, "Submit again"))
    assert [job.button for job in stage.submissions("a fox with four")] == [None, "U2"]


async def _leads_to_the_unclear_job(stage: Stage, grid: Message) -> None:
    before = stage.posts()
    answer = await stage.private_reply(await stage.max.press(grid, label="U2"))
    assert answer.startswith("U2 was started already")
    assert stage.posts() == before
