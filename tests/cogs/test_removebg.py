"""/removebg and the context menu command Remove background."""

import asyncio
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from playground.discord_server import Outcome, Upload, media, selects, texts, unsigned
from tests.cogs.all_kinds import FOX, HARE, download, finished, open_picture, submitted_body
from tests.support.stage import Message, Stage, ended, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")

MENU = "Remove background"


def disc_picture() -> Upload:
    """A red disc on white."""
    image = Image.new("RGB", (96, 96), "white")
    ImageDraw.Draw(image).ellipse((24, 24, 72, 72), fill="red")
    target = BytesIO()
    image.save(target, "PNG")
    return Upload("disc.png", target.getvalue())


async def remove_background(stage: Stage, message: Message) -> Outcome:
    """The outcome of Remove background on this message, used by Mia."""
    outcome = await stage.mia.context(message, MENU)
    assert outcome.error is None
    return outcome


@pytest.mark.parametrize("scenario", [None, "picture-too-big"])
async def test_result_is_transparent(stage: Stage, scenario: str | None) -> None:
    """The background is transparent, even when the file had to be made smaller."""
    if scenario is not None:
        stage.api.faults.choose(scenario)
    done = await finished(stage, "removebg", image=disc_picture())
    cut = (await open_picture(media(done)[0])).convert("RGBA")
    assert cut.getpixel((2, 2))[3] == 0  # pyright: ignore[reportOptionalSubscript,reportIndexIssue]  # RGBA
    assert cut.getpixel((48, 48))[3] == 255  # pyright: ignore[reportOptionalSubscript,reportIndexIssue]
    assert "**Remove background**" in texts(done)
    assert unsigned(media(done)[0]["url"]).endswith(".png" if scenario is None else ".webp")


async def test_picture_of_a_message(stage: Stage) -> None:
    """A message with one picture starts a job with a public reply."""
    message = stage.max.send(stage.channel, "look at this", disc_picture())
    done = await (await remove_background(stage, message)).wait_for(ended)
    assert not is_private(done)
    assert media(done)
    assert await download(submitted_body(stage)["image"]) == disc_picture().data


async def test_picture_of_a_job(stage: Stage) -> None:
    """A picture of the bot works too."""
    grid = await stage.finished("a fox to cut out")
    done = await (await remove_background(stage, grid)).wait_for(ended)
    assert media(done)
    assert submitted_body(stage)["image"] == media(grid)[0]["url"]


async def test_message_without_a_picture(stage: Stage) -> None:
    """A message without a picture is explained privately, and no job starts."""
    before = stage.posts()
    for message in (
        stage.max.send(stage.channel, "only words"),
        stage.max.send(stage.channel, "a file", Upload("notes.txt", b"words")),
    ):
        assert await stage.private_reply(await remove_background(stage, message)) == "This message shows no picture."
    assert stage.posts() == before


async def test_bad_picture_of_a_message(stage: Stage) -> None:
    """A file that only has a picture's name is refused."""
    message = stage.max.send(stage.channel, "broken", Upload("fox.png", b"just words"))
    assert "`fox.png` is not a picture" in await stage.private_reply(await remove_background(stage, message))


async def test_one_of_several_pictures(stage: Stage) -> None:
    """With several pictures the member chooses one from a private menu, and only that one is paid."""
    message = stage.max.send(stage.channel, "both", FOX, HARE)
    before = stage.posts()
    offer = await (await remove_background(stage, message)).wait_for(is_private)
    assert stage.posts() == before
    assert "Which picture? Removing its background costs 5 credits." in texts(offer)
    assert [item["description"] for item in media(offer)] == ["Picture 1", "Picture 2"]
    assert not stage.max.sees(offer)
    [menu] = selects(offer)
    done = await (await stage.mia.choose(offer, menu["custom_id"], ["1"])).wait_for(ended)
    assert not is_private(done)
    assert await download(submitted_body(stage)["image"]) == HARE.data
    assert stage.posts() == before + 1
    again = await stage.private_reply(await stage.mia.choose(offer, menu["custom_id"], ["0"]))
    assert again == "This was used already."
    assert stage.posts() == before + 1


async def test_a_bad_one_of_several_pictures(stage: Stage) -> None:
    """After an unusable choice another can be made, and choosing twice starts one job."""
    message = stage.max.send(stage.channel, "one is broken", Upload("fox.png", b"just words"), HARE)
    offer = await (await remove_background(stage, message)).wait_for(is_private)
    [menu] = selects(offer)
    before = stage.posts()
    refused = await stage.private_reply(await stage.mia.choose(offer, menu["custom_id"], ["0"]))
    assert "is not a picture" in refused
    outcomes = await asyncio.gather(*(stage.mia.choose(offer, menu["custom_id"], ["1"]) for _ in range(2)))
    answer = [await outcome.wait_for(lambda message: is_private(message) or ended(message)) for outcome in outcomes]
    assert sorted(map(is_private, answer)) == [False, True]
    assert stage.posts() == before + 1


async def test_unconfirmed_job_can_be_submitted_again(stage: Stage) -> None:
    """An unconfirmed job is left to the member, who can submit it again once."""
    stage.api.faults.choose("submit-lost", on="submit")
    end = await finished(stage, "removebg", image=disc_picture())
    assert "It may still have cost credits" in texts(end)
    assert all("/input-" in each["url"] for each in media(end))
    before = len(stage.api.jobs)
    outcomes = await asyncio.gather(*(stage.mia.press(end, label="Submit again") for _ in range(2)))
    answer = [await outcome.wait_for(lambda message: is_private(message) or ended(message)) for outcome in outcomes]
    assert sorted(map(is_private, answer)) == [False, True]
    assert len(stage.api.jobs) == before + 1
