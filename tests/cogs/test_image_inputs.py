"""Pictures given to commands: whatever is wrong with one is told to the member alone, before anything is paid."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.discord_server import Refused, Upload
from tests.bot.services.sample_images import png_header
from tests.cogs.all_kinds import FOX, finished, ordered, refused, shared, submitted
from tests.support.stage import Stage, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPTIONS = pytest.mark.parametrize(
    ("command", "option", "address_option"),
    [
        ("upscale", "image", "image_url"),
        ("removebg", "image", "image_url"),
        ("edit", "image1", "image_url"),
        ("video", "start", "start_url"),
        ("video", "end", "end_url"),
    ],
)
BAD: dict[str, tuple[Upload, str]] = {
    "words": (Upload("fox.png", b"just words"), "`fox.png` is not a picture"),
    "text file": (Upload("fox.txt", b"just words"), "`fox.txt` is not a picture"),
    "empty": (Upload("fox.png", b""), "`fox.png` is empty"),
    "corrupt": (Upload("fox.png", picture()[:60]), "`fox.png` is damaged"),
    "bomb": (Upload("fox.png", png_header(60_000, 60_000)), "too many pixels"),
    "tiny": (Upload("fox.png", picture(size=(8, 8))), "has only 8 × 8 pixels"),
}


@OPTIONS
@pytest.mark.parametrize(("upload", "sentence"), BAD.values(), ids=BAD)
async def test_bad_attachment_is_explained(
    stage: Stage, *, command: str, option: str, address_option: str, upload: Upload, sentence: str
) -> None:
    """Wrong type, nothing in it, damaged, far too large: each with its own sentence."""
    assert sentence in await refused(stage, command, **{option: upload})


@OPTIONS
async def test_large_attachment_is_not_even_read(
    stage: Stage, command: str, option: str, address_option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Discord says of the file is enough."""
    monkeypatch.setattr(stage.discord.world.guild, "attachment_limit", 50 * 1024 * 1024)
    kept = stage.discord.core.files.keep("uploads", Upload("huge.png", picture()))
    stage.discord.core.files.by_id[kept["id"]]["size"] = 30 * 1024 * 1024
    assert "has 30 MB; 10 MB is the most" in await refused(stage, command, **{option: kept["id"]})


@pytest_asyncio.fixture(loop_scope="module")
async def stranger() -> AsyncIterator[str]:
    """A server that nobody trusts, on this machine."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/fox.png", answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}/fox.png"


@OPTIONS
async def test_bad_address_is_explained(
    stage: Stage, *, command: str, option: str, address_option: str, stranger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address at all, a private machine, a page, nothing there, nobody there."""
    async with TestServer(web.Application()) as closing:
        nobody = closing.make_url("/")
    monkeypatch.setattr(stage.bot.services.fetch, "_trusted", (*stage.bot.services.fetch._trusted, nobody))
    for address, sentence in {
        "fox.png": "is not the address of a picture",
        "file:///etc/passwd": "is not the address of a picture",
        stranger: "not a public web address",
        "http://169.254.169.254/latest/meta-data/fox.png": "not a public web address",
        shared(stage, Upload("page.html", b"<html>", "text/html")): "address of a page, not of a picture",
        f"{stage.discord.url}/attachments/shared/1/gone.png": "There is no picture at this address",
        f"{nobody}fox.png": "Nothing answers at the picture's address",
    }.items():
        assert sentence in await refused(stage, command, **{option: None, address_option: address})


@OPTIONS
async def test_picture_by_address_is_sent_as_typed(
    stage: Stage, command: str, option: str, address_option: str
) -> None:
    """What the API can open itself is not copied."""
    address = shared(stage, FOX)
    await finished(stage, command, **{option: None, address_option: f"<{address}>"})
    assert f"'{address}'" in str(submitted(stage))


@pytest.mark.parametrize(
    ("command", "option", "address_option"), [("upscale", "image", "image_url"), ("video", "end", "end_url")]
)
async def test_one_picture_is_asked_for(stage: Stage, command: str, option: str, address_option: str) -> None:
    """Not two, and not none."""
    address = shared(stage, FOX)
    both = await refused(stage, command, **{address_option: address})
    assert both == f"Give either `{option}` or `{address_option}`, not both."
    neither = await refused(stage, command, **{option: None})
    assert neither == f"Attach a picture to `{option}`, or give its web address to `{address_option}`."


@pytest.mark.parametrize("scale", [1.9, 4.1, 0, -2])
async def test_scale_out_of_range_is_refused_by_discord(stage: Stage, scale: float) -> None:
    """The range is part of the command."""
    with pytest.raises(Refused, match="scale"):
        await ordered(stage, "upscale", scale=scale)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"prompt": " "}, "Say in a few words what happens"),
        ({"prompt": "a jump --motion high"}, "`--motion` is a flag of Midjourney, which this command does not know"),
        ({"prompt": "x" * 2049}, "Shorten it by 1."),
    ],
)
async def test_words_of_a_video_are_checked(stage: Stage, options: dict[str, Any], sentence: str) -> None:
    """Before its pictures are looked at."""
    assert sentence in await refused(stage, "video", **options)
