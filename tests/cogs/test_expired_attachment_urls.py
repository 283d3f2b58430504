"""Jobs of yesterday, asked for again: the addresses of their pictures have ceased to work, and are renewed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playground.discord_server import Upload, media, texts, unsigned
from playground.discord_server.state.signed_urls import DAY
from playground.imaginepro.jobs.job import Job
from tests.cogs.all_kinds import newest, served
from tests.cogs.described import job_id
from tests.support.forms import filled, prefilled
from tests.support.stage import Message, Stage, ended, labels, picture

REFRESH = "/attachments/refresh-urls"
RED, BLUE = Upload("red.png", picture()), Upload("blue.png", picture("blue"))


def renewals(stage: Stage) -> list[list[str]]:
    """The addresses that Discord was asked to renew, request by request."""
    return [entry.body["attachment_urls"] for entry in stage.discord.request_log if entry.route == REFRESH]


async def failed(stage: Stage, command: str, **options: Any) -> Message:
    """The reply of Mia's command that came to nothing."""
    stage.api.faults.choose("fails-at-60")
    outcome = await stage.mia.slash(stage.channel, command, **options)
    message = await outcome.wait_for(ended)
    stage.api.faults.clear()
    return message


def in_prompt(job: Job) -> list[str]:
    """The addresses in the job's prompt."""
    return [word.partition("::")[0] for word in job.submitted["prompt"].split() if word.startswith("http")]


async def test_a_prompt_s_pictures(own_stage: Stage) -> None:
    """Before the words and after a flag; what is remembered is what was sent."""
    style = own_stage.discord.core.files.keep("shared", BLUE)["url"]
    before = await failed(own_stage, "imagine", prompt=f"a fox --sref {style}::2", image=RED)
    old = in_prompt(newest(own_stage))
    own_stage.discord.clock.advance(DAY)
    after = await own_stage.pressed(before, "Retry")
    assert media(after), texts(after)
    new = in_prompt(newest(own_stage))
    assert renewals(own_stage) == [old]
    assert [unsigned(each) for each in new] == [unsigned(each) for each in old]
    assert [await served(each) for each in new] == [RED.data, BLUE.data]
    job = await own_stage.settled(job_id(after))
    assert (job.prompt, job.words) == (newest(own_stage).submitted["prompt"], "a fox")


GIVEN: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], list[str]]]] = {
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


@pytest.mark.parametrize("command", GIVEN)
async def test_pictures_that_were_given(own_stage: Stage, command: str) -> None:
    """Whatever is made of them is made."""
    options, addresses = GIVEN[command]
    before = await failed(own_stage, command, **options)
    own_stage.discord.clock.advance(DAY)
    after = await own_stage.pressed(before, "Retry")
    assert "Retry" not in labels(after), texts(after)
    sent = addresses(newest(own_stage).submitted)
    assert [await served(each) for each in sent] == [each.data for each in (RED, BLUE)][: len(sent)]


async def test_words_of_a_form(own_stage: Stage) -> None:
    """The form of Remix holds the prompt with its picture as it was; what is sent works."""
    done = await own_stage.finished("a fox", image=RED)
    own_stage.discord.clock.advance(DAY)
    modal = (await own_stage.mia.context(done, "Remix")).modal
    assert modal is not None
    written = prefilled(modal, "Prompt").replace("a fox", "an owl")
    assert media(await (await own_stage.mia.submit(modal, filled(modal, prompt=written))).wait_for(ended))
    assert [await served(each) for each in in_prompt(newest(own_stage))] == [RED.data]


@pytest.mark.parametrize("label", ["V1", "🔄"])
async def test_a_button_with_words(own_stage: Stage, label: str) -> None:
    """In remix mode a picture of yesterday is varied and made anew with other words, and the picture it began with."""
    own_stage.change(imaginepro_remix=True)
    await own_stage.restart()
    grid = await own_stage.finished("a fox", image=RED)
    own_stage.discord.clock.advance(DAY)
    modal = (await own_stage.mia.press(grid, label=label)).modal
    assert modal is not None
    written = prefilled(modal, "Prompt").replace("a fox", "an owl")
    assert media(await (await own_stage.mia.submit(modal, filled(modal, prompt=written))).wait_for(ended))
    assert newest(own_stage).button == label
    assert [await served(each) for each in in_prompt(newest(own_stage))] == [RED.data]


async def test_nobody_is_asked_when_nothing_is_old(own_stage: Stage) -> None:
    """Today's pictures work as they are, and a button does not send its picture's prompt."""
    before = await failed(own_stage, "imagine", prompt="a fox", image=RED)
    grid = await own_stage.pressed(before, "Retry")
    own_stage.discord.clock.advance(DAY)
    assert media(await own_stage.pressed(grid, "U1"))
    assert renewals(own_stage) == []


def refused(stage: Stage, _: pytest.MonkeyPatch) -> str:
    """Discord says no."""
    stage.discord.faults.refuse_next(REFRESH, 403)
    return "Discord answered 403"


def silent(stage: Stage, _: pytest.MonkeyPatch) -> str:
    """Discord lets the bot wait."""
    stage.discord.faults.rate_limit_next(REFRESH, 60)
    return "Discord does not answer"


def unreadable(stage: Stage, patch: pytest.MonkeyPatch) -> str:
    """Discord answers with something else."""
    patch.setattr(stage.discord.core.files, "refreshed", lambda _: 5)
    return "Discord's answer can't be read"


def gone(stage: Stage, patch: pytest.MonkeyPatch) -> str:
    """The file is not there any more."""
    patch.setattr(stage.discord.core.files, "refreshed", lambda _: None)
    return "it is gone"


@pytest.mark.parametrize(
    ("trouble", "timings"),
    [(refused, {}), (silent, {"attachment_refresh": 0.05}), (unreadable, {}), (gone, {})],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_what_can_not_be_renewed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Stage, pytest.MonkeyPatch], str],
    timings: dict[str, float],
) -> None:
    """The job is made with the address that it has, and says what the API says; a line tells why, without secrets."""
    async with Stage(tmp_path, timings=timings) as stage:
        before = await failed(stage, "imagine", prompt="a fox", image=RED)
        old = in_prompt(newest(stage))
        stage.discord.clock.advance(DAY)
        reason = trouble(stage, monkeypatch)
        after = await stage.pressed(before, "Retry")
        assert "Could not fetch the image" in texts(after)
        assert in_prompt(newest(stage)) == old
        [line] = [line for line in stage.log.lines if "could not be renewed" in line]
        assert line == f"INFO bot.services.jobs.attachment_urls: a picture's address could not be renewed: {reason}"
