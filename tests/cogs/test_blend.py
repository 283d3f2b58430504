"""/blend makes one grid from two to five pictures."""

import io
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageColor

from playground.discord_server import Outcome, Upload, media, texts, unsigned
from playground.discord_server.base.errors import DiscordError
from playground.discord_server.state.permission_bits import ATTACH_FILES
from playground.imaginepro.jobs.job import Job
from tests.bot.services.sample_images import picture as sample_picture
from tests.support.stage import Message, Stage, ended, is_private, labels, labels_in_rows, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

COLOURS = ("red", "lime", "blue", "yellow", "white")
GRID = [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]


def public_urls(stage: Stage, *colors: str) -> list[str]:
    """The addresses of pictures of these colours that the local Discord serves to everyone."""
    return [stage.discord.core.files.keep("shared", upload)["url"] for upload in images(*colors).values()]


def images(*colors: str) -> dict[str, Upload]:
    """Pictures of these colours for the options image1, image2 and so on."""
    return {f"image{position}": Upload(f"{color}.png", picture(color)) for position, color in enumerate(colors, 1)}


async def use_blend(stage: Stage, *colors: str, **options: Any) -> Outcome:
    """The outcome of Mia's /blend of pictures in these colours, answered in time."""
    outcome = await stage.mia.slash(stage.channel, "blend", **(images(*colors) | options))
    assert outcome.error is None
    return outcome


async def refusal(stage: Stage, **options: Any) -> str:
    """The private refusal of these options, without an API request."""
    before = stage.posts()
    outcome = await stage.mia.slash(stage.channel, "blend", **options)
    answer = await outcome.wait_for(is_private)
    # On a slow machine a deferral for everyone came before it, and is deleted.
    await stage.wait_until(lambda: outcome.messages == [answer])
    assert stage.posts() == before
    return texts(answer)


def newest_job(stage: Stage) -> Job:
    """The newest job at the API."""
    return list(stage.api.jobs.values())[-1]


async def checked_size(stage: Stage, message: Message, *colors: str) -> tuple[int, int]:
    """The size of the reply's picture, after checking that it contains all these colours."""
    async with aiohttp.ClientSession() as session, session.get(media(message)[0]["url"]) as response:
        image = Image.open(io.BytesIO(await response.read())).convert("RGB")
    pixels = image.tobytes()
    found = set(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))
    assert [color for color in colors if ImageColor.getrgb(color) not in found] == []
    return image.size


@pytest.mark.parametrize("colors", [("red", "lime"), COLOURS], ids=["two", "five"])
async def test_square_blend(stage: Stage, colors: tuple[str, ...]) -> None:
    """A blend without a dimension uses the API's blend call; the reply shows the inputs, then the result."""
    outcome = await use_blend(stage, *colors)
    assert outcome.message is not None
    assert f"**Blend of {len(colors)} pictures**" in texts(outcome.message)
    assert "may cost credits" in texts(outcome.message)
    given = [each["url"] for each in media(outcome.message)]
    done = await outcome.wait_for(ended)
    assert newest_job(stage).kind == "blend"
    assert newest_job(stage).submitted["urls"] == given
    assert len(given) == len(colors)
    width, height = await checked_size(stage, done, *colors)
    assert width == height
    assert f"**Blend of {len(colors)} pictures**" in texts(done)
    assert labels_in_rows(done)[:2] == GRID


@pytest.mark.parametrize(("dimension", "aspect"), [("Portrait", "2:3"), ("Landscape", "3:2")])
async def test_other_shapes(stage: Stage, dimension: str, aspect: str) -> None:
    """Portrait and landscape blends are sent as prompts of image addresses, look the same and show a price."""
    outcome = await use_blend(stage, "red", "lime", "blue", dimension=aspect)
    assert outcome.message is not None
    assert f"**Blend of 3 pictures** \\--ar {aspect}" in texts(outcome.message)
    assert "fast · 10 credits" in texts(outcome.message)
    given = [each["url"] for each in media(outcome.message)]
    done = await outcome.wait_for(ended)
    assert newest_job(stage).submitted["prompt"] == " ".join([*given, f"--ar {aspect}"])
    width, height = await checked_size(stage, done, "red", "lime", "blue")
    assert (width > height) is (dimension == "Landscape")
    assert f"**Blend of 3 pictures** \\--ar {aspect}" in texts(done)
    assert media(done)[0]["description"] == "Result of Blend of 3 pictures"
    assert labels_in_rows(done)[:2] == GRID


@pytest.mark.parametrize("aspect", [None, "2:3"])
async def test_buttons_work_on_a_blend(stage: Stage, aspect: str | None) -> None:
    """U2 on a blend works, and its reply links the blend."""
    done = await (await use_blend(stage, "red", "blue", dimension=aspect)).wait_for(ended)
    single = await stage.pressed(done, "U2")
    assert media(single)
    assert "U2 of [this picture](" in texts(single)
    assert "https" not in texts(single).splitlines()[0]


async def test_imagine_with_addresses_alone_is_a_blend(stage: Stage) -> None:
    """/imagine with two addresses and no words is shown as a blend."""
    done = await stage.finished(" ".join(public_urls(stage, "red", "blue")))
    assert texts(done).startswith("**Blend of 2 pictures**\n")
    await checked_size(stage, done, "red", "blue")


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
    """The same picture twice is refused, recognised by content as every upload has its own address."""
    assert await refusal(stage, **images(*colors), dimension=aspect) == sentence


async def test_same_picture_is_refused_before_conversion(stage: Stage) -> None:
    """Duplicates are refused before they are converted."""
    data = sample_picture("BMP")
    answer = await refusal(stage, image1=Upload("a.bmp", data), image2=Upload("b.bmp", data))
    assert answer == "`image2` is the same picture as `image1`. Give each picture once."


async def test_converted_pictures_are_blended(stage: Stage) -> None:
    """A picture in an unsupported format is replaced by a converted copy at the same position."""
    outcome = await use_blend(
        stage, "red", image2=Upload("b.bmp", sample_picture("BMP")), image3=images("blue")["image1"]
    )
    done = await outcome.wait_for(lambda message: media(message) and ended(message))
    first, second, third = map(unsigned, newest_job(stage).submitted["urls"])
    assert [first[-8:], second[-12:], third[-9:]] == ["/red.png", "/picture.jpg", "/blue.png"]
    assert "**Blend of 3 pictures**" in texts(done)


@pytest.mark.parametrize("given", [0, 1, 6])
async def test_two_to_five_pictures(stage: Stage, given: int) -> None:
    """Fewer and more are refused with the way to give them, however they are given."""
    urls = " ".join(public_urls(stage, *(*COLOURS, "black")[: max(given - 1, 0)]))
    answer = await refusal(stage, **images(*COLOURS[: min(given, 1)]), image_url=urls or None)
    assert ("give their web addresses to `image_url`" in answer) is (given < 2)
    assert ("These are 6 pictures; 5 are the most." in answer) is (given == 6)


async def test_blend_by_addresses(stage: Stage) -> None:
    """A member who may attach no files types the addresses of all pictures into one option."""
    stage.channel.forbid(stage.mia.id, ATTACH_FILES, kind=1)
    try:
        with pytest.raises(DiscordError) as refused:
            await use_blend(stage, "red", "lime")
        urls = public_urls(stage, "red", "lime", "blue")
        done = await (await use_blend(stage, image_url="  ".join(urls))).wait_for(ended)
    finally:
        stage.channel.overwrites.clear()
    assert (refused.value.status, refused.value.code) == (403, 50013)
    assert newest_job(stage).submitted["urls"] == urls
    await checked_size(stage, done, "red", "lime", "blue")


async def test_same_address_twice_is_refused(stage: Stage) -> None:
    """The addresses are named by their place."""
    [red] = public_urls(stage, "red")
    answer = await refusal(stage, image_url=f"{red} {red}")
    assert answer == "`image_url 2` is the same picture as `image_url 1`. Give each picture once."


async def test_too_long_file_names_are_refused(stage: Stage) -> None:
    """File names too long for a prompt of addresses are refused in plain words; the square blend still works."""
    long = {option: Upload(f"{option}-{'x' * 500}.png", upload.data) for option, upload in images(*COLOURS).items()}
    answer = await refusal(stage, **long, dimension="2:3")
    assert answer == (
        "The addresses of these pictures are too long for this shape. Give the files shorter names, or choose Square."
    )
    outcome = await stage.mia.slash(stage.channel, "blend", **long)
    assert media(await outcome.wait_for(ended))


FAILURES = {
    "key-refused": "ImaginePro refused the bot's API key.",
    "fails-at-60": "Sorry! Something went wrong while making this picture",
}


@pytest.mark.parametrize("aspect", [None, "2:3"])
@pytest.mark.parametrize("scenario", FAILURES)
async def test_failure_is_explained(stage: Stage, scenario: str, aspect: str | None) -> None:
    """A failure shows one sentence, the title and Retry, which blends the same pictures."""
    stage.set_speed(2000)
    stage.api.faults.choose(scenario)
    failed = await (await use_blend(stage, "red", "blue", dimension=aspect)).wait_for(ended)
    assert FAILURES[scenario] in texts(failed)
    assert "**Blend of 2 pictures**" in texts(failed)
    assert labels(failed) == ["Retry"]
    stage.settle_down()
    again = await stage.pressed(failed, "Retry")
    assert "**Blend of 2 pictures**" in texts(again)
    assert labels_in_rows(again)[:2] == GRID
