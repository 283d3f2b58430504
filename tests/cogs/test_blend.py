"""/blend: two to five pictures in, a grid that all of them are part of out."""

import io
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageColor

from playground.discord_server import Outcome, Refused, Upload, media, texts, unsigned
from playground.imaginepro.jobs import Job
from tests.bot.services.sample_images import picture as noise
from tests.support.stage import Message, Stage, ended, is_private, labels, labels_in_rows, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

COLOURS = ("red", "lime", "blue", "yellow", "white")
GRID = [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]


def images(*colors: str) -> dict[str, Upload]:
    """Pictures of these colours for image1, image2 and so on."""
    return {f"image{place}": Upload(f"{color}.png", picture(color)) for place, color in enumerate(colors, 1)}


async def blending(stage: Stage, *colors: str, **options: Any) -> Outcome:
    """What came of Mia's /blend of pictures of these colours, answered in time."""
    outcome = await stage.mia.slash(stage.channel, "blend", **(images(*colors) | options))
    assert outcome.error is None
    return outcome


async def refused(stage: Stage, **options: Any) -> str:
    """What only the member reads; nothing was sent."""
    before = stage.posts()
    outcome = await stage.mia.slash(stage.channel, "blend", **options)
    told = await outcome.wait_for(is_private)
    assert outcome.messages == [told]
    assert stage.posts() == before
    return texts(told)


def newest(stage: Stage) -> Job:
    """The newest job at the API."""
    return list(stage.api.jobs.values())[-1]


async def seen(stage: Stage, message: Message, *colors: str) -> tuple[int, int]:
    """The size of the picture that the reply shows, in which all these colours are seen as they were given."""
    async with aiohttp.ClientSession() as session, session.get(media(message)[0]["url"]) as response:
        image = Image.open(io.BytesIO(await response.read())).convert("RGB")
    pixels = image.tobytes()
    found = set(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))
    assert [color for color in colors if ImageColor.getrgb(color) not in found] == []
    return image.size


@pytest.mark.parametrize("colors", [("red", "lime"), COLOURS], ids=["two", "five"])
async def test_square_blend(stage: Stage, colors: tuple[str, ...]) -> None:
    """Without a shape the API's own call is used; the reply shows what goes in, then what came out."""
    outcome = await blending(stage, *colors)
    assert outcome.message is not None
    assert f"**Blend of {len(colors)} pictures**" in texts(outcome.message)
    assert "may cost credits" in texts(outcome.message)
    given = [each["url"] for each in media(outcome.message)]
    done = await outcome.wait_for(ended)
    assert newest(stage).kind == "blend"
    assert newest(stage).submitted["urls"] == given
    assert len(given) == len(colors)
    width, height = await seen(stage, done, *colors)
    assert width == height
    assert f"**Blend of {len(colors)} pictures**" in texts(done)
    assert labels_in_rows(done)[:2] == GRID


@pytest.mark.parametrize(("dimension", "aspect"), [("Portrait", "2:3"), ("Landscape", "3:2")])
async def test_other_shapes(stage: Stage, dimension: str, aspect: str) -> None:
    """Portrait and landscape are prompts of pictures alone, look the same to members, and have a price."""
    outcome = await blending(stage, "red", "lime", "blue", dimension=aspect)
    assert outcome.message is not None
    assert f"**Blend of 3 pictures** \\--ar {aspect}" in texts(outcome.message)
    assert "fast · 10 credits" in texts(outcome.message)
    given = [each["url"] for each in media(outcome.message)]
    done = await outcome.wait_for(ended)
    assert newest(stage).submitted["prompt"] == " ".join([*given, f"--ar {aspect}"])
    width, height = await seen(stage, done, "red", "lime", "blue")
    assert (width > height) is (dimension == "Landscape")
    assert f"**Blend of 3 pictures** \\--ar {aspect}" in texts(done)
    assert media(done)[0]["description"] == "Result of Blend of 3 pictures"
    assert labels_in_rows(done)[:2] == GRID


@pytest.mark.parametrize("aspect", [None, "2:3"])
async def test_blend_goes_on_like_any_grid(stage: Stage, aspect: str | None) -> None:
    """One of the four is taken out, and its reply says of what."""
    done = await (await blending(stage, "red", "blue", dimension=aspect)).wait_for(ended)
    single = await stage.pressed(done, "U2")
    assert media(single)
    assert "U2 of [this picture](" in texts(single)
    assert "https" not in texts(single).splitlines()[0]


async def test_pictures_alone_are_a_prompt_of_imagine_too(stage: Stage) -> None:
    """Two addresses and no word in /imagine are the same blend."""
    urls = [stage.discord.core.files.keep("shared", upload)["url"] for upload in images("red", "blue").values()]
    done = await stage.finished(" ".join(urls))
    assert texts(done).startswith("**Blend of 2 pictures**\n")
    await seen(stage, done, "red", "blue")


@pytest.mark.parametrize(
    ("colors", "sentence"),
    [
        (("red", "red"), "`image2` is the same picture as `image1`. Give each picture once."),
        (("red", "blue", "lime", "blue"), "`image4` is the same picture as `image2`. Give each picture once."),
    ],
)
@pytest.mark.parametrize("aspect", [None, "3:2"])
async def test_same_picture_twice_is_refused(
    stage: Stage, colors: tuple[str, ...], sentence: str, aspect: str | None
) -> None:
    """Known by content: Discord gives every upload an address of its own."""
    assert await refused(stage, **images(*colors), dimension=aspect) == sentence


async def test_same_picture_to_be_converted_is_refused_before_that(stage: Stage) -> None:
    """No private copies of what is not going to be used."""
    data = noise("BMP")
    told = await refused(stage, image1=Upload("a.bmp", data), image2=Upload("b.bmp", data))
    assert told == "`image2` is the same picture as `image1`. Give each picture once."


async def test_converted_pictures_are_blended(stage: Stage) -> None:
    """What the API can't read goes in as a copy, in its place among the others."""
    outcome = await blending(stage, "red", image2=Upload("b.bmp", noise("BMP")), image3=images("blue")["image1"])
    done = await outcome.wait_for(lambda message: media(message) and ended(message))
    first, second, third = map(unsigned, newest(stage).submitted["urls"])
    assert [first[-8:], second[-12:], third[-9:]] == ["/red.png", "/picture.jpg", "/blue.png"]
    assert "**Blend of 3 pictures**" in texts(done)


@pytest.mark.parametrize("count", [0, 1, 6])
async def test_discord_itself_takes_two_to_five(stage: Stage, count: int) -> None:
    """A member's client neither sends fewer than the required pictures nor offers a sixth."""
    given = images(*COLOURS, "black") if count == 6 else images(*COLOURS[:count])
    with pytest.raises(Refused, match="image"):
        await stage.mia.slash(stage.channel, "blend", **given)


async def test_long_names_that_make_no_prompt(stage: Stage) -> None:
    """Addresses hold the files' names; too much of them is told in the member's words, and the square still works."""
    long = {option: Upload(f"{option}-{'x' * 500}.png", upload.data) for option, upload in images(*COLOURS).items()}
    told = await refused(stage, **long, dimension="2:3")
    assert told == "The names of these files are too long for this shape. Give them shorter names, or choose Square."
    outcome = await stage.mia.slash(stage.channel, "blend", **long)
    assert media(await outcome.wait_for(ended))


FAILURES = {
    "key-refused": "ImaginePro refused the bot's API key.",
    "fails-at-60": "Sorry! Something went wrong while making this picture",
}


@pytest.mark.parametrize("aspect", [None, "2:3"])
@pytest.mark.parametrize("scenario", FAILURES)
async def test_failure_ends_in_a_sentence(stage: Stage, scenario: str, aspect: str | None) -> None:
    """One sentence, the title kept, and Retry, which blends the same pictures."""
    stage.set_speed(2000)
    stage.api.control.choose(scenario)
    failed = await (await blending(stage, "red", "blue", dimension=aspect)).wait_for(ended)
    assert FAILURES[scenario] in texts(failed)
    assert "**Blend of 2 pictures**" in texts(failed)
    assert labels(failed) == ["Retry"]
    stage.settle_down()
    again = await stage.pressed(failed, "Retry")
    assert "**Blend of 2 pictures**" in texts(again)
    assert labels_in_rows(again)[:2] == GRID
