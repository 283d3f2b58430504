"""/video and Extend: made from two pictures, shown, linked where too large, and continued as often as wanted."""

import asyncio
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from playground.discord_server import Outcome, Upload, media, texts, unsigned
from playground.imaginepro.jobs.job import Job
from tests.bot.services.sample_images import picture as noise
from tests.cogs.all_kinds import FOX, HARE, finished, newest, ordered, served, shown, submitted
from tests.support.stage import Message, Stage, ended, is_private, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def extensions(stage: Stage) -> list[Job]:
    """The videos that go on from another one, oldest first."""
    return [job for job in stage.api.jobs.values() if job.kind == "video-extend"]


async def frames(item: dict[str, Any]) -> int:
    """How many frames the video that a message shows has."""
    return getattr(await shown(item), "n_frames", 1)


async def unfinished(stage: Stage) -> tuple[Outcome, Message]:
    """A video that has begun and stays there until `go_on`, and its reply."""
    stage.hold()
    outcome = await ordered(stage, "video")
    return outcome, await outcome.wait_for(lambda message: percent_of(message) is not None)


async def test_video_is_shown(stage: Stage) -> None:
    """It moves from the first picture to the last, has a description and a link, and can be extended."""
    done = await finished(stage, "video")
    assert set(submitted(stage)) == {"prompt", "startFrameUrl", "endFrameUrl"}
    assert await served(submitted(stage)["startFrameUrl"]) == FOX.data
    assert await served(submitted(stage)["endFrameUrl"]) == HARE.data
    [film] = media(done)
    assert unsigned(film["url"]).endswith("/video.webp")
    assert film["description"] == "Video made from the prompt: a jump"
    assert await frames(film) > 1
    assert f"[original](<{newest(stage).outcome['uri']}>)" in texts(done)
    assert labels(done) == ["Extend"]


async def test_running_video_shows_its_pictures(stage: Stage) -> None:
    """There is no preview of a video, so the member sees what it is made from."""
    outcome, running = await unfinished(stage)
    assert [item["description"] for item in media(running)] == ["Picture 1 to work on", "Picture 2 to work on"]
    stage.go_on()
    await outcome.wait_for(ended)


async def test_too_large_video_is_linked(stage: Stage) -> None:
    """A video can't be made smaller here: the reply says so and links it."""
    stage.api.faults.choose("picture-too-big")
    done = await finished(stage, "video")
    assert media(done) == []
    assert "The video can't be shown here; open the original." in texts(done)
    assert f"[original](<{newest(stage).outcome['uri']}>)" in texts(done)
    assert labels(done) == ["Extend"]


async def test_extension_is_a_reply_of_its_own(stage: Stage) -> None:
    """It begins where the video ended, names its parent, tells its price as far as known, and can go on again."""
    # Of one colour, the frames that follow would look like the last one and be merged with it.
    first = await finished(stage, "video", end=Upload("hare.png", noise()))
    parent = newest(stage)
    outcome = await stage.mia.press(first, label="Extend")
    running = await outcome.wait_for(lambda message: not is_private(message))
    assert "**a jump**" in texts(running)
    assert "may cost credits" in texts(running)
    longer = await outcome.wait_for(ended)
    assert submitted(stage) == {"messageId": parent.id, "index": 0}
    link = f"https://discord.com/channels/{stage.discord.world.guild.id}/{first['channel_id']}/{first['id']}"
    assert f"Extended video of [this video]({link})" in texts(longer)
    assert longer["id"] != first["id"]
    assert await frames(media(longer)[0]) > await frames(media(first)[0])
    assert media(longer)[0]["description"] == "Extended video made from the prompt: a jump"
    middle = newest(stage)
    longest = await stage.pressed(longer, "Extend", stage.max)
    assert submitted(stage) == {"messageId": middle.id, "index": 0}
    assert await frames(media(longest)[0]) > await frames(media(longer)[0])


async def test_double_click_on_extend_is_paid_once(stage: Stage) -> None:
    """Two presses at once are one job; the second one is told where it is."""
    video = await finished(stage, "video")
    before = len(extensions(stage))
    outcomes = await asyncio.gather(*(stage.mia.press(video, label="Extend") for _ in range(2)))
    new, told = sorted(outcomes, key=lambda outcome: (outcome.message or {})["flags"] & 64)
    assert "was started already" in await stage.told(told)
    await new.wait_for(ended)
    assert len(extensions(stage)) == before + 1


async def test_extend_can_be_pressed_again_later(stage: Stage) -> None:
    """By somebody else at once, by the same member after a while: each gets a video of their own."""
    video = await finished(stage, "video")
    before = len(extensions(stage))
    await stage.pressed(video, "Extend")
    await stage.pressed(video, "Extend", stage.max)
    async with stage.waiting(double_click=timedelta(seconds=-3)):
        await stage.pressed(video, "Extend")
    assert len(extensions(stage)) == before + 3


async def test_failed_extension_can_be_tried_again(stage: Stage) -> None:
    """By Retry, and by Extend itself."""
    video = await finished(stage, "video")
    parent = newest(stage)
    stage.api.faults.choose("fails-at-60")
    failed = await stage.pressed(video, "Extend")
    assert "ImaginePro could not make this video" in texts(failed)
    assert media(await stage.pressed(failed, "Retry"))
    assert submitted(stage) == {"messageId": parent.id, "index": 0}
    async with stage.waiting(double_click=timedelta(seconds=-3)):
        stage.api.faults.choose("bad-request")
        assert "Request is malformed" in texts(await stage.pressed(video, "Extend"))
        assert media(await stage.pressed(video, "Extend"))


async def test_video_the_api_has_forgotten(stage: Stage) -> None:
    """The reply says that it is too old, and how to make it anew."""
    video = await finished(stage, "video")
    del stage.api.jobs[newest(stage).id]
    refused = await stage.pressed(video, "Extend")
    assert "ImaginePro no longer extends this video; it is probably too old." in texts(refused)
    assert "Use /video to make it anew." in texts(refused)


async def test_button_of_a_video_nobody_knows(stage: Stage) -> None:
    """A button that leads nowhere, or to a video that was never there, says so."""
    video = await finished(stage, "video")
    [button] = [each for row in video["components"][0]["components"] for each in row.get("components", [])]
    known = button["custom_id"]
    for other, sentence in {
        known.replace("ip1:extend:", "ip1:extend:x"): "The bot no longer knows this picture.",
        known[:-1] + "7": "This video can't be extended.",
    }.items():
        button["custom_id"] = other
        assert sentence in await stage.told(await stage.mia.press(video, custom_id=other))
    button["custom_id"] = known


async def test_animation_keeps_its_frames(stage: Stage) -> None:
    """What is uploaded is the API's file, byte for byte."""
    done = await finished(stage, "video")
    product = newest(stage).product
    assert product is not None
    assert await served(media(done)[0]["url"]) == product.files[0]
    assert Image.open(BytesIO(product.files[0])).format == "WEBP"
