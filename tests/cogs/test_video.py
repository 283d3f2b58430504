"""/video makes a video from two pictures, and Extend continues it."""

import asyncio
from datetime import timedelta

import pytest

from playground.discord_server import Outcome, Upload, media, texts, unsigned
from playground.imaginepro.jobs.job import Job
from tests.bot.services.sample_images import picture as sample_picture
from tests.cogs.all_kinds import FOX, HARE, download, finished, frames, newest_job, submitted_body, use_command
from tests.support.stage import Message, Stage, ended, is_private, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def extensions(stage: Stage) -> list[Job]:
    """The jobs of Extend, oldest first."""
    return [job for job in stage.api.jobs.values() if job.kind == "video-extend"]


async def running_video(stage: Stage) -> tuple[Outcome, Message]:
    """A video that runs until `release`, and its reply."""
    stage.hold()
    outcome = await use_command(stage, "video")
    return outcome, await outcome.wait_for(lambda message: percent_of(message) is not None)


async def test_video_is_shown(stage: Stage) -> None:
    """A video is shown with alt text, a link and Extend, made from both pictures."""
    done = await finished(stage, "video")
    assert set(submitted_body(stage)) == {"prompt", "startFrameUrl", "endFrameUrl"}
    assert await download(submitted_body(stage)["startFrameUrl"]) == FOX.data
    assert await download(submitted_body(stage)["endFrameUrl"]) == HARE.data
    [film] = media(done)
    assert unsigned(film["url"]).endswith("/video.mp4")
    assert film["description"] == "Video made from the prompt: a jump"
    assert film["content_type"] == "video/mp4"
    assert len(await frames(film)) > 1
    assert f"[original](<{newest_job(stage).outcome['uri']}>)" in texts(done)
    assert labels(done) == ["Extend"]


async def test_running_video_shows_its_input_pictures(stage: Stage) -> None:
    """A running video shows its two pictures, as there is no preview."""
    outcome, running = await running_video(stage)
    assert [item["description"] for item in media(running)] == ["Picture 1 to work on", "Picture 2 to work on"]
    stage.release()
    await outcome.wait_for(ended)


async def test_too_large_video_is_linked(stage: Stage) -> None:
    """A video above the upload limit is linked instead of shown."""
    stage.api.faults.choose("picture-too-big")
    done = await finished(stage, "video")
    assert media(done) == []
    assert "The video can't be shown here; open the original." in texts(done)
    assert f"[original](<{newest_job(stage).outcome['uri']}>)" in texts(done)
    assert labels(done) == ["Extend"]


async def test_extension_has_its_own_reply(stage: Stage) -> None:
    """An extension has its own reply with parent and price, is longer, and can be extended again."""
    # Frames of one colour would be equal to the last one and merged with it.
    first = await finished(stage, "video", end=Upload("hare.png", sample_picture()))
    parent = newest_job(stage)
    outcome = await stage.mia.press(first, label="Extend")
    running = await outcome.wait_for(lambda message: not is_private(message))
    assert "**a jump**" in texts(running)
    assert "may cost credits" in texts(running)
    longer = await outcome.wait_for(ended)
    assert submitted_body(stage) == {"messageId": parent.id, "index": 0}
    link = f"https://discord.com/channels/{stage.discord.world.guild.id}/{first['channel_id']}/{first['id']}"
    assert f"Extended video of [this video]({link})" in texts(longer)
    assert longer["id"] != first["id"]
    assert len(await frames(media(longer)[0])) > len(await frames(media(first)[0]))
    assert media(longer)[0]["description"] == "Extended video made from the prompt: a jump"
    middle = newest_job(stage)
    longest = await stage.pressed(longer, "Extend", stage.max)
    assert submitted_body(stage) == {"messageId": middle.id, "index": 0}
    assert len(await frames(media(longest)[0])) > len(await frames(media(longer)[0]))


async def test_double_click_on_extend_is_paid_once(stage: Stage) -> None:
    """Two simultaneous presses of Extend start one job, and the second gets a private answer."""
    video = await finished(stage, "video")
    before = len(extensions(stage))
    outcomes = await asyncio.gather(*(stage.mia.press(video, label="Extend") for _ in range(2)))
    new, answer = sorted(outcomes, key=lambda outcome: (outcome.message or {})["flags"] & 64)
    assert "was started already" in await stage.private_reply(answer)
    await new.wait_for(ended)
    assert len(extensions(stage)) == before + 1


async def test_extend_can_be_pressed_again_later(stage: Stage) -> None:
    """Another member's press, and a later one by the same member, each start a job."""
    video = await finished(stage, "video")
    before = len(extensions(stage))
    await stage.pressed(video, "Extend")
    await stage.pressed(video, "Extend", stage.max)
    async with stage.waiting(double_click=timedelta(seconds=-3)):
        await stage.pressed(video, "Extend")
    assert len(extensions(stage)) == before + 3


async def test_failed_extension_can_be_tried_again(stage: Stage) -> None:
    """A failed extension can be repeated by Retry and by Extend."""
    video = await finished(stage, "video")
    parent = newest_job(stage)
    stage.api.faults.choose("fails-at-60")
    failed = await stage.pressed(video, "Extend")
    assert "ImaginePro could not make this video" in texts(failed)
    assert media(await stage.pressed(failed, "Retry"))
    assert submitted_body(stage) == {"messageId": parent.id, "index": 0}
    async with stage.waiting(double_click=timedelta(seconds=-3)):
        stage.api.faults.choose("bad-request")
        assert "Request is malformed" in texts(await stage.pressed(video, "Extend"))
        assert media(await stage.pressed(video, "Extend"))


async def test_video_the_api_no_longer_has(stage: Stage) -> None:
    """Extending a video that the API no longer has says that it is too old."""
    video = await finished(stage, "video")
    del stage.api.jobs[newest_job(stage).id]
    refused = await stage.pressed(video, "Extend")
    assert "ImaginePro no longer extends this video; it is probably too old." in texts(refused)
    assert "Use /video to make it anew." in texts(refused)


async def test_forged_extend_buttons_are_answered(stage: Stage) -> None:
    """Forged Extend buttons are answered with a sentence."""
    video = await finished(stage, "video")
    [button] = [each for row in video["components"][0]["components"] for each in row.get("components", [])]
    known = button["custom_id"]
    for other, sentence in {
        known.replace("ip1:extend:", "ip1:extend:x"): "The bot no longer knows this picture.",
        known[:-1] + "7": "This video can't be extended.",
    }.items():
        button["custom_id"] = other
        assert sentence in await stage.private_reply(await stage.mia.press(video, custom_id=other))
    button["custom_id"] = known


async def test_video_is_uploaded_unchanged(stage: Stage) -> None:
    """The uploaded video is the API's file, byte for byte."""
    done = await finished(stage, "video")
    product = newest_job(stage).product
    assert product is not None
    assert await download(media(done)[0]["url"]) == product.files[0]
