"""/edit changes pictures by an instruction."""

from typing import Any

import pytest

from bot.imaginepro import GEMINI_MODELS
from playground.discord_server import Refused, Upload, media, texts
from tests.cogs.all_kinds import (
    FOX,
    HARE,
    download,
    finished,
    last_call,
    newest_job,
    public_url,
    refusal,
    submitted_body,
    use_command,
)
from tests.support.stage import Stage, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

COLOURS = ("red", "green", "blue", "white", "black")


async def test_pictures_are_sent_in_their_order(stage: Stage) -> None:
    """Five pictures are sent in order before the instruction, and the running reply shows them."""
    pictures = {f"image{n}": Upload(f"{n}.png", picture(colour)) for n, colour in enumerate(COLOURS, 1)}
    stage.hold()
    outcome = await use_command(stage, "edit", prompt="put them together", **pictures)
    running = await outcome.wait_for(lambda message: len(media(message)) == 5)
    assert media(running)[1]["description"] == "Picture 2 to work on"
    stage.release()
    await outcome.wait_for(lambda message: len(media(message)) == 1)
    *images, text = submitted_body(stage)["contents"]
    assert text == {"type": "text", "text": "put them together"}
    assert [await download(image["url"]) for image in images] == [picture(colour) for colour in COLOURS]


async def test_picture_by_address_joins_the_others(stage: Stage) -> None:
    """A picture by address follows the attached ones."""
    address = public_url(stage, HARE)
    done = await finished(stage, "edit", image_url=address)
    assert [block.get("url") for block in submitted_body(stage)["contents"]][1:] == [address, None]
    assert media(done)[0]["description"] == "Edit: Picture made from the prompt: make it green"


async def test_several_pictures_by_address(stage: Stage) -> None:
    """Several addresses stand in one option, behind what is attached."""
    urls = [public_url(stage, each) for each in (HARE, Upload("red.png", picture("red")))]
    await finished(stage, "edit", image_url="\n".join(urls))
    assert [block.get("url") for block in submitted_body(stage)["contents"]][1:] == [*urls, None]


async def test_picture_by_address_alone(stage: Stage) -> None:
    """A picture by address alone is enough."""
    address = public_url(stage, HARE)
    assert media(await finished(stage, "edit", image1=None, image_url=address))
    assert [block["type"] for block in submitted_body(stage)["contents"]] == ["image", "text"]


@pytest.mark.parametrize("model", GEMINI_MODELS)
async def test_every_model_is_offered(stage: Stage, model: str) -> None:
    """Each model uses its own API call, and its price is shown where one is published."""
    done = await finished(stage, "edit", model=model)
    assert media(done)
    assert submitted_body(stage)["model"] == model
    universal = model != "flux-1.1-pro"
    assert last_call(stage) == ("/universal/imagine" if universal else "/gemini/imagine")
    first = stage.channel.versions(done["id"])[0]
    assert ("6 credits" if universal else "may cost credits") in texts(first)


async def test_retry_uses_the_same_call(stage: Stage) -> None:
    """Retry uses the same API call as the failed job."""
    stage.api.faults.choose("fails-at-60")
    failed = await finished(stage, "edit", model="flux-1.1-pro")
    assert media(await stage.pressed(failed, "Retry"))
    assert (last_call(stage), newest_job(stage).kind) == ("/gemini/imagine", "gemini")


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "blank prompt": ({"prompt": " "}, "Say what to change, such as `make the fox blue`."),
    "flag": ({"prompt": "make it wide --ar 3:2"}, "`--ar` is a flag of Midjourney, which this command does not know"),
    "long prompt": ({"prompt": "x" * 2050}, "Shorten it by 2."),
    "no picture": ({"image1": None}, "Attach a picture to `image1`, or give its web address to `image_url`."),
    "six pictures": (
        {"image2": FOX, "image3": FOX, "image4": FOX, "image5": FOX, "image_url": "https://example.com/fox.png"},
        "These are 6 pictures; 5 are the most.",
    ),
    "bad one among them": ({"image2": Upload("fox.txt", b"words")}, "`image2`: `fox.txt` is not a picture"),
}


@pytest.mark.parametrize(("options", "sentence"), MISTAKES.values(), ids=MISTAKES)
async def test_mistake_is_explained_to_the_member_alone(stage: Stage, options: dict[str, Any], sentence: str) -> None:
    """The private sentence names the mistake and its option."""
    assert sentence in await refusal(stage, "edit", **options)


async def test_unknown_model_is_refused_by_discord(stage: Stage) -> None:
    """Discord refuses a model that is not in the list of choices."""
    with pytest.raises(Refused):
        await use_command(stage, "edit", model="gpt-image")
