"""Films made by buttons: Animate under a picture, U1 to U4 and Extend under a film."""

import aiohttp
import pytest

from bot.store import JobRecord
from playground.discord_server import media, texts, unsigned
from tests.cogs.all_kinds import download, frames, newest_job
from tests.support.stage import Message, Stage, labels, labels_in_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANIMATE = ["Animate (High motion)", "Animate (Low motion)"]
EXTEND = ["Extend (High motion)", "Extend (Low motion)"]


async def single(stage: Stage, prompt: str) -> Message:
    """A single picture of this prompt."""
    stage.api.account.refill()
    return await stage.pressed(await stage.finished(prompt), "U1")


async def newest_record(stage: Stage) -> JobRecord:
    """The bot's record of the newest job, once its result is visible."""
    return await stage.delivered_record(newest_job(stage).ref or "")


@pytest.mark.parametrize("scenario", ["", " scenario:video-url-only"], ids=["in uri", "in videoUrl"])
async def test_films_are_shown_as_films(stage: Stage, scenario: str) -> None:
    """Animate, U2 under its film, and Extend under that each show an MP4 with its text, link and buttons."""
    picture = await single(stage, f"a fox in motion{scenario}")
    four = await stage.pressed(picture, ANIMATE[0])
    [film] = media(four)
    assert unsigned(film["url"]).endswith("/video.mp4")
    assert film["content_type"] == "video/mp4"
    assert film["description"].startswith("Animate (High motion): Video made from the prompt: a fox in motion")
    assert "Animate (High motion) of [this picture]" in texts(four)
    assert labels_in_rows(four) == [["U1", "U2", "U3", "U4", "🔄"]]
    product = newest_job(stage).product
    assert product is not None
    assert await download(film["url"]) == product.files[0]
    [address] = (await newest_record(stage)).videos
    assert f"[original](<{address}>)" in texts(four)

    one = await stage.pressed(four, "U2")
    assert "U2 of [this video]" in texts(one)
    assert labels_in_rows(one) == [EXTEND]
    longer = await stage.pressed(one, EXTEND[1])
    assert "Extend (Low motion) of [this video]" in texts(longer)
    assert len(await frames(media(longer)[0])) > len(await frames(media(one)[0]))
    assert [job.button for job in stage.submissions("a fox in motion")][-4:] == ["U1", ANIMATE[0], "U2", EXTEND[1]]


async def test_a_films_buttons_work_after_a_restart(stage: Stage) -> None:
    """A film that only its bytes have shown to be one is still known as one after a restart, and shown by /job."""
    four = await stage.pressed(await single(stage, "a lasting fox"), ANIMATE[1])
    record = await newest_record(stage)
    await stage.restart()
    one = await stage.pressed(four, "U4")
    assert "U4 of [this video]" in texts(one)
    outcome = await stage.mia.slash(stage.channel, "job", id=record.id)
    again = await outcome.wait_for(lambda message: bool(media(message)))
    assert unsigned(media(again)[0]["url"]).endswith("/video.mp4")


async def test_a_film_that_is_too_large_is_linked(stage: Stage) -> None:
    """A button's film above the upload limit is linked, called a video, and keeps its buttons."""
    picture = await single(stage, "a fox in a large film")
    stage.api.faults.choose("picture-too-big")
    four = await stage.pressed(picture, ANIMATE[0])
    assert media(four) == []
    assert "The video can't be shown here; open the original." in texts(four)
    assert f"[original](<{newest_job(stage).outcome['uri']}>)" in texts(four)
    assert "U1" in labels(four)


async def test_a_film_that_fails(stage: Stage) -> None:
    """A failed Animate says that the video could not be made, and Retry makes it."""
    picture = await single(stage, "a fox that stumbles")
    stage.api.faults.choose("fails-at-60")
    failed = await stage.pressed(picture, ANIMATE[0])
    assert "ImaginePro could not make this video" in texts(failed)
    again = await stage.pressed(failed, "Retry")
    assert unsigned(media(again)[0]["url"]).endswith("/video.mp4")


async def test_the_file_is_served_as_a_video(stage: Stage) -> None:
    """Who opens a film's address gets a video, so that the page plays it."""
    four = await stage.pressed(await single(stage, "a fox on a screen"), ANIMATE[1])
    async with aiohttp.ClientSession() as session, session.get(media(four)[0]["url"]) as response:
        assert response.content_type == "video/mp4"
