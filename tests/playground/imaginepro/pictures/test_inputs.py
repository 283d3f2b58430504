"""Prompts that begin with a picture's address."""

import io
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from PIL import Image, ImageStat

from tests.playground.imaginepro.client import ApiClient


@pytest.fixture
async def shelf() -> AsyncIterator[str]:
    """An address with a green picture, a text and a picture that is too large to read."""

    async def serve(request: web.Request) -> web.Response:
        if request.match_info["name"] == "fox.png":
            buffer = io.BytesIO()
            Image.new("RGB", (64, 64), (20, 160, 40)).save(buffer, "PNG")
            return web.Response(body=buffer.getvalue(), content_type="image/png")
        if request.match_info["name"] == "notes.txt":
            return web.Response(text="no picture at all")
        if request.match_info["name"] == "huge.png":
            return web.Response(body=bytes(13 * 1024 * 1024))
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{name}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_picture_lends_its_colours(client: ApiClient, shelf: str):
    """A green picture makes a green result, and its follow-ups stay green."""
    grid = await client.grid(f"{shelf}/fox.png a mountain")
    variation = await client.pressed(grid["messageId"], "🔄")
    for record in (grid, variation):
        red, green, blue = ImageStat.Stat(await client.picture(record["uri"])).mean
        assert green > red
        assert green > blue
    assert grid["prompt"] == f"{shelf}/fox.png a mountain"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("notes.txt", "is not an image"),
        ("huge.png", "is too large"),
        ("gone.png", "answered 404"),
    ],
)
async def test_what_is_no_picture_fails_the_job(client: ApiClient, shelf: str, name: str, sentence: str):
    """FAIL with a sentence about the address."""
    record = await client.ended(await client.imagine(f"{shelf}/{name} a mountain"))
    assert record["status"] == "FAIL"
    assert sentence in record["error"]


async def test_an_unreachable_address_fails_the_job(client: ApiClient):
    """No server listens there."""
    record = await client.ended(await client.imagine("http://127.0.0.1:9/fox.png a mountain"))
    assert (record["status"], "could not be reached" in record["error"]) == ("FAIL", True)
