"""Picture options: each problem is explained privately, before a job starts."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.discord_server import Refused, Upload
from tests.bot.services.sample_images import png_header
from tests.cogs.all_kinds import FOX, finished, public_url, refusal, submitted_body, use_command
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
    """Each kind of unusable attachment is refused with its own sentence."""
    assert sentence in await refusal(stage, command, **{option: upload})


@OPTIONS
async def test_large_attachment_is_not_downloaded(
    stage: Stage, command: str, option: str, address_option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file above the size limit is refused by the size that Discord reports."""
    monkeypatch.setattr(stage.discord.world.guild, "attachment_limit", 50 * 1024 * 1024)
    kept = stage.discord.core.files.keep("uploads", Upload("huge.png", picture()))
    stage.discord.core.files.by_id[kept["id"]]["size"] = 30 * 1024 * 1024
    assert "has 30 MB; 10 MB is the most" in await refusal(stage, command, **{option: kept["id"]})


@pytest_asyncio.fixture(loop_scope="module")
async def untrusted_url() -> AsyncIterator[str]:
    """The address of a server on this machine that is not trusted."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/fox.png", answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}/fox.png"


@OPTIONS
async def test_bad_address_is_explained(
    stage: Stage, *, command: str, option: str, address_option: str, untrusted_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of unusable address is refused with its own sentence."""
    async with TestServer(web.Application()) as closing:
        closed_url = closing.make_url("/")
    monkeypatch.setattr(stage.bot.services.fetch, "_trusted", (*stage.bot.services.fetch._trusted, closed_url))
    for address, sentence in {
        "fox.png": "is not the address of a picture",
        "file:///etc/passwd": "is not the address of a picture",
        untrusted_url: "not a public web address",
        "http://169.254.169.254/latest/meta-data/fox.png": "not a public web address",
        public_url(stage, Upload("page.html", b"<html>", "text/html")): "address of a page, not of a picture",
        f"{stage.discord.url}/attachments/shared/1/gone.png": "There is no picture at this address",
        f"{closed_url}fox.png": "Nothing answers at the picture's address",
    }.items():
        assert sentence in await refusal(stage, command, **{option: None, address_option: address})


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1]x/a.png",
        "http://[fe80::1%25eth0]/a.png",
        "http://[::1/a.png",
        "http://fox.example:99999/a.png",
        "http://fox.example:x/a.png",
        "http://fox.example:0/a.png",
        "http://xn--0.example/a.png",
        f"http://{'é' * 70}.example/a.png",
        "http://a..b/a.png",
        "http://%00.example/a.png",
        "http://fox.example/a\0.png",
        "https://",
    ],
)
@OPTIONS
async def test_malformed_address_is_explained(
    stage: Stage, *, command: str, option: str, address_option: str, address: str
) -> None:
    """An address that can't be parsed is no internal error."""
    refused = await refusal(stage, command, **{option: None, address_option: address})
    assert any(
        sentence in refused
        for sentence in (
            "is not the address of a picture",
            "not a public web address",
            "Nothing answers at the picture",
        )
    )
    assert stage.errors == []


@OPTIONS
async def test_results_are_read_where_the_api_is(stage: Stage, command: str, option: str, address_option: str) -> None:
    """A result's own address may be private, as the API that named it; other paths of the API are not read."""
    words = f"a fox to be used again by {command} as {option}"
    await stage.finished(words)
    [job] = stage.submissions(words)
    record = await stage.delivered_record(job.ref or "")
    assert record.image_url is not None
    before = len(stage.api.request_log)
    for path in ("/api/v1/subscription/account-info", "/cdn/", "/"):
        refused = await refusal(stage, command, **{option: None, address_option: f"{stage.api.url}{path}"})
        assert "not a public web address" in refused
    assert [entry.path for entry in stage.api.request_log[before:]] == []
    await finished(stage, command, **{option: None, address_option: record.image_url})
    assert record.image_url in str(submitted_body(stage))


@OPTIONS
async def test_picture_by_address_is_sent_as_typed(
    stage: Stage, command: str, option: str, address_option: str
) -> None:
    """A usable address is sent as typed, without a copy."""
    address = public_url(stage, FOX)
    await finished(stage, command, **{option: None, address_option: f"<{address}>"})
    assert f"'{address}'" in str(submitted_body(stage))


@pytest.mark.parametrize(
    ("command", "option", "address_option"), [("upscale", "image", "image_url"), ("video", "end", "end_url")]
)
async def test_exactly_one_picture_is_needed(stage: Stage, command: str, option: str, address_option: str) -> None:
    """Two pictures for one option are refused, and so is none."""
    address = public_url(stage, FOX)
    both = await refusal(stage, command, **{address_option: address})
    assert both == f"Give either `{option}` or `{address_option}`, not both."
    neither = await refusal(stage, command, **{option: None})
    assert neither == f"Attach a picture to `{option}`, or give its web address to `{address_option}`."


@pytest.mark.parametrize("scale", [1.9, 4.1, 0, -2])
async def test_scale_out_of_range_is_refused_by_discord(stage: Stage, scale: float) -> None:
    """Discord refuses a scale outside the command's range."""
    with pytest.raises(Refused, match="scale"):
        await use_command(stage, "upscale", scale=scale)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"prompt": " "}, "Say in a few words what happens"),
        ({"prompt": "a jump --motion high"}, "`--motion` is a flag of Midjourney, which this command does not know"),
        ({"prompt": "x" * 2049}, "Shorten it by 1."),
    ],
)
async def test_video_prompt_is_checked(stage: Stage, options: dict[str, Any], sentence: str) -> None:
    """The prompt of a video is checked before its pictures."""
    assert sentence in await refusal(stage, "video", **options)
