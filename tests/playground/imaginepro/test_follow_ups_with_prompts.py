"""Buttons that come with a prompt: a remix, a region with words of its own, a zoom by any factor."""

import base64
import io

import pytest
from PIL import Image, ImageChops

from tests.playground.imaginepro.client import ApiClient


def everything(size: tuple[int, int]) -> str:
    """A mask that gives the whole picture away."""
    buffer = io.BytesIO()
    Image.new("L", size, 255).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def differs(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are not the same."""
    return ImageChops.difference(one, other.resize(one.size)).getbbox() is not None


@pytest.mark.parametrize("label", ["V1", "🔄"])
async def test_a_remix_draws_the_new_words(client: ApiClient, label: str) -> None:
    """The record has the new prompt, and a description reads it from the picture."""
    grid = await client.grid("a red fox --seed 4")
    remix = await client.pressed(grid["messageId"], label, prompt="a blue whale --seed 4")
    assert remix["prompt"] == "a blue whale --seed 4"
    described = await client.done(await client.submit("/nova/describe", {"url": remix["uri"]}))
    assert "a blue whale" in described["response"]["content"][0]


async def test_a_region_takes_words_of_its_own(client: ApiClient) -> None:
    """With the same mask other words give another picture."""
    grid = await client.grid("a red fox --seed 4")
    single = await client.pressed(grid["messageId"], "U1")
    mask = everything((await client.picture(single["uri"])).size)
    results = [
        await client.pressed(single["messageId"], "Vary (Region)", mask=mask, prompt=prompt)
        for prompt in ("a castle", "a boat")
    ]
    pictures = [await client.picture(result["uri"]) for result in results]
    assert differs(*pictures)


async def test_custom_zoom_takes_any_factor(client: ApiClient) -> None:
    """Only a single picture has it; the factor is in the prompt."""
    grid = await client.grid("a red fox")
    single = await client.pressed(grid["messageId"], "U1")
    assert "Custom Zoom" not in grid["buttons"]
    assert "Custom Zoom" in single["buttons"]
    zoomed = [
        client.api.jobs[await client.press(single["messageId"], "Custom Zoom", prompt=f"a red fox --zoom {factor}")]
        for factor in (1.2, 1.9)
    ]
    near, far = (job.sheet[0].view.w for job in zoomed)
    assert far / near == pytest.approx(1.9 / 1.2)


async def test_a_prompt_that_is_no_text_is_refused(client: ApiClient) -> None:
    """400, and nothing is paid."""
    grid = await client.grid("a red fox")
    before = client.api.credits
    reply = await client.call("POST", "/nova/button", {"messageId": grid["messageId"], "button": "V1", "prompt": 7})
    assert (reply.status, client.api.credits) == (400, before)
