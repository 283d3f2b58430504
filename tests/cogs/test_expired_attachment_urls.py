"""Retries of yesterday's jobs: the expired addresses of their pictures are refreshed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playground.discord_server import Upload, media, texts, unsigned
from playground.discord_server.state.files import COMMANDS_SECONDS
from playground.discord_server.state.permission_bits import ATTACH_FILES
from playground.discord_server.state.seed import APPLICATION_ID
from playground.discord_server.state.signed_urls import DAY
from playground.imaginepro.jobs.job import Job
from tests.cogs.all_kinds import download, newest_job
from tests.cogs.described import job_id
from tests.support.forms import filled, prefilled
from tests.support.stage import Message, Stage, ended, labels, picture

REFRESH = "/attachments/refresh-urls"
RED, BLUE = Upload("red.png", picture()), Upload("blue.png", picture("blue"))


def refresh_requests(stage: Stage) -> list[list[str]]:
    """The addresses in each request to Discord's refresh endpoint."""
    return [entry.body["attachment_urls"] for entry in stage.discord.request_log if entry.route == REFRESH]


async def failed_reply(stage: Stage, command: str, **options: Any) -> Message:
    """The reply to a command of Mia's whose job failed."""
    stage.api.faults.choose("fails-at-60")
    outcome = await stage.mia.slash(stage.channel, command, **options)
    message = await outcome.wait_for(ended)
    stage.api.faults.clear()
    return message


def urls_in_prompt(job: Job) -> list[str]:
    """The image addresses in the job's prompt."""
    return [word.partition("::")[0] for word in job.submitted["prompt"].split() if word.startswith("http")]


async def test_image_prompts_are_refreshed(own_stage: Stage) -> None:
    """Addresses before the words and after a flag are refreshed, and the stored prompt is the sent one."""
    style = own_stage.discord.core.files.keep("shared", BLUE)["url"]
    before = await failed_reply(own_stage, "imagine", prompt=f"a fox --sref {style}::2", image=RED)
    old = urls_in_prompt(newest_job(own_stage))
    own_stage.discord.clock.advance(DAY)
    after = await own_stage.pressed(before, "Retry")
    assert media(after), texts(after)
    new = urls_in_prompt(newest_job(own_stage))
    assert refresh_requests(own_stage) == [old]
    assert [unsigned(each) for each in new] == [unsigned(each) for each in old]
    assert [await download(each) for each in new] == [RED.data, BLUE.data]
    job = await own_stage.delivered_record(job_id(after))
    assert (job.prompt, job.words) == (newest_job(own_stage).submitted["prompt"], "a fox")


PICTURE_OPTIONS: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], list[str]]]] = {
    "edit": (
        {"prompt": "mix them", "image1": RED, "image2": BLUE},
        lambda sent: [b["url"] for b in sent["contents"][:2]],
    ),
    "describe": ({"image": RED}, lambda sent: [sent["url"]]),
    "blend": ({"image1": RED, "image2": BLUE}, lambda sent: sent["urls"]),
    "video": (
        {"prompt": "a jump", "start": RED, "end": BLUE},
        lambda sent: [sent["startFrameUrl"], sent["endFrameUrl"]],
    ),
}


@pytest.mark.parametrize("command", PICTURE_OPTIONS)
async def test_picture_options_are_refreshed(own_stage: Stage, command: str) -> None:
    """Every other command with pictures refreshes their addresses for a retry."""
    options, addresses = PICTURE_OPTIONS[command]
    before = await failed_reply(own_stage, command, **options)
    own_stage.discord.clock.advance(DAY)
    after = await own_stage.pressed(before, "Retry")
    assert "Retry" not in labels(after), texts(after)
    sent = addresses(newest_job(own_stage).submitted)
    assert [await download(each) for each in sent] == [each.data for each in (RED, BLUE)][: len(sent)]


@pytest.mark.parametrize("command", PICTURE_OPTIONS)
async def test_attachments_that_have_ended_are_in_the_reply(own_stage: Stage, command: str) -> None:
    """A failed reply holds its pictures as files of its own; Retry sends these once the attachments have expired."""
    options, addresses = PICTURE_OPTIONS[command]
    before = await failed_reply(own_stage, command, **options)
    own_stage.discord.clock.advance(COMMANDS_SECONDS)
    after = await own_stage.pressed(before, "Retry")
    assert "Retry" not in labels(after), texts(after)
    sent = addresses(newest_job(own_stage).submitted)
    assert [await download(each) for each in sent] == [each.data for each in (RED, BLUE)][: len(sent)]
    assert refresh_requests(own_stage) == []


async def test_described_picture_is_in_the_reply(own_stage: Stage) -> None:
    """It is shown, and can be described again, when the attachment of the command has expired."""
    outcome = await own_stage.mia.slash(own_stage.channel, "describe", image=RED)
    done = await outcome.wait_for(ended)
    assert await download(media(done)[0]["url"]) == RED.data
    own_stage.discord.clock.advance(COMMANDS_SECONDS)
    again = await own_stage.pressed(done, "🔄")
    assert "Retry" not in labels(again), texts(again)
    assert await download(newest_job(own_stage).submitted["url"]) == RED.data


async def test_remix_refreshes_its_picture(own_stage: Stage) -> None:
    """A prompt submitted from Remix gets a working address for its expired picture."""
    done = await own_stage.finished("a fox", image=RED)
    own_stage.discord.clock.advance(DAY)
    modal = (await own_stage.mia.context(done, "Remix")).modal
    assert modal is not None
    written = prefilled(modal, "Prompt").replace("a fox", "an owl")
    assert media(await (await own_stage.mia.submit(modal, filled(modal, prompt=written))).wait_for(ended))
    assert [await download(each) for each in urls_in_prompt(newest_job(own_stage))] == [RED.data]


@pytest.mark.parametrize("label", ["V1", "🔄"])
async def test_a_button_with_a_prompt_refreshes_its_picture(own_stage: Stage, label: str) -> None:
    """In remix mode a changed prompt of an old grid gets a working address for its image."""
    own_stage.change(imaginepro_remix=True)
    await own_stage.restart()
    grid = await own_stage.finished("a fox", image=RED)
    own_stage.discord.clock.advance(DAY)
    modal = (await own_stage.mia.press(grid, label=label)).modal
    assert modal is not None
    written = prefilled(modal, "Prompt").replace("a fox", "an owl")
    assert media(await (await own_stage.mia.submit(modal, filled(modal, prompt=written))).wait_for(ended))
    assert newest_job(own_stage).button == label
    assert [await download(each) for each in urls_in_prompt(newest_job(own_stage))] == [RED.data]


async def test_valid_addresses_are_not_refreshed(own_stage: Stage) -> None:
    """Valid addresses are not refreshed, and neither are those of a button, which sends no prompt."""
    before = await failed_reply(own_stage, "imagine", prompt="a fox", image=RED)
    grid = await own_stage.pressed(before, "Retry")
    own_stage.discord.clock.advance(DAY)
    assert media(await own_stage.pressed(grid, "U1"))
    assert refresh_requests(own_stage) == []


def refuses(stage: Stage, _: pytest.MonkeyPatch) -> str:
    """Discord refuses to refresh."""
    stage.discord.faults.refuse_next(REFRESH, 403)
    return "Discord answered 403"


def times_out(stage: Stage, _: pytest.MonkeyPatch) -> str:
    """Discord does not answer in time."""
    stage.discord.faults.rate_limit_next(REFRESH, 60)
    return "Discord does not answer"


def answers_unreadably(stage: Stage, patch: pytest.MonkeyPatch) -> str:
    """Discord's answer has an unknown form."""
    patch.setattr(stage.discord.core.files, "refreshed", lambda _: 5)
    return "Discord's answer can't be read"


async def test_removed_picture_is_not_paid_for(own_stage: Stage) -> None:
    """Discord removes what was given to commands after a while: without a copy, Retry says so and sends nothing."""
    own_stage.channel.forbid(APPLICATION_ID, ATTACH_FILES, 1)
    before = await failed_reply(own_stage, "describe", image=RED)
    own_stage.discord.clock.advance(COMMANDS_SECONDS)
    posts = own_stage.posts()
    said = await own_stage.private_reply(await own_stage.mia.press(before, label="Retry"))
    assert "no longer has a picture" in said
    assert own_stage.posts() == posts


@pytest.mark.parametrize(
    ("fault", "timings"),
    [(refuses, {}), (times_out, {"attachment_refresh": 0.05}), (answers_unreadably, {})],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_refresh_fails(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[Stage, pytest.MonkeyPatch], str],
    timings: dict[str, float],
) -> None:
    """Without a fresh address the old one is sent, the API's reason is shown, and the log names the cause."""
    async with Stage(tmp_path, timings=timings) as stage:
        before = await failed_reply(stage, "imagine", prompt="a fox", image=RED)
        old = urls_in_prompt(newest_job(stage))
        stage.discord.clock.advance(DAY)
        reason = fault(stage, monkeypatch)
        after = await stage.pressed(before, "Retry")
        assert "Could not fetch the image" in texts(after)
        assert urls_in_prompt(newest_job(stage)) == old
        [line] = [line for line in stage.log.lines if "could not be renewed" in line]
        assert line == f"INFO bot.services.jobs.attachment_urls: a picture's address could not be renewed: {reason}"
