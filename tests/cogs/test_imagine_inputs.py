"""Image prompts of /imagine: pictures are converted or refused before a job starts."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.services.images.formats import ImageKind, sniff
from playground.discord_server import Outcome, Upload, media, texts, unsigned
from playground.discord_server.state.channels import EPHEMERAL
from tests.bot.services.sample_images import moving
from tests.bot.services.sample_images import picture as sample_picture
from tests.support.stage import ANSWER_TIMEOUT, Message, Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


def public_url(stage: Stage, name: str, data: bytes, kind: str | None = None) -> str:
    """The address of a file that the local Discord serves to everyone."""
    return stage.discord.core.files.keep("shared", Upload(name, data, kind))["url"]


async def sent_picture(stage: Stage, word: str) -> tuple[str, bytes]:
    """The image address at the start of the prompt with this word, and the file behind it."""
    [job] = stage.submissions(word)
    address = job.submitted["prompt"].partition(" ")[0]
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert response.status == 200
        return address, await response.read()


async def finished_replies(outcome: Outcome) -> tuple[Message, Message]:
    """The finished public reply and the private message with the converted picture."""
    job = await outcome.wait_for(lambda message: media(message) and ended(message))
    [note] = [each for each in outcome.messages if is_private(each)]
    assert outcome.messages == [job, note]
    assert not job["flags"] & EPHEMERAL
    return job, note


CONVERTED: dict[str, tuple[bytes, str, ImageKind]] = {
    "bmp": (sample_picture("BMP"), "`fox.bmp` was converted from BMP for ImaginePro.", ImageKind.JPEG),
    "tiff": (sample_picture("TIFF"), "`fox.tiff` was converted from TIFF for ImaginePro.", ImageKind.JPEG),
    "gif": (moving("GIF"), "Only the first picture of `fox.gif` is used.", ImageKind.JPEG),
    "png": (sample_picture(size=(800, 800)), "`fox.png` was made smaller for ImaginePro.", ImageKind.JPEG),
}
CONVERSIONS = pytest.mark.parametrize("ending", CONVERTED)


@CONVERSIONS
@pytest.mark.parametrize("defer_after", [ANSWER_TIMEOUT, 0], ids=["at once", "slowly"])
async def test_attachment_is_converted(stage: Stage, ending: str, defer_after: float) -> None:
    """An attachment is converted for the API; the copy is private, the job's reply public."""
    data, sentence, kind = CONVERTED[ending]
    word = f"a {ending} fox, {defer_after:g}"
    async with stage.waiting(defer_after=defer_after):
        _, note = await finished_replies(await stage.imagine(word, image=Upload(f"fox.{ending}", data)))
    address, served = await sent_picture(stage, word)
    assert note["content"] == sentence
    assert [each["url"] for each in note["attachments"]] == [address]
    assert sniff(served) is kind
    assert unsigned(address).endswith(f"/picture.{kind}")
    assert len(served) <= 1_000_000
    assert not stage.max.sees(note)


@CONVERSIONS
async def test_picture_by_address_is_converted(stage: Stage, ending: str) -> None:
    """A picture by address is converted as well."""
    data, sentence, kind = CONVERTED[ending]
    word = f"a {ending} fox by address"
    _, note = await finished_replies(await stage.imagine(word, image_url=public_url(stage, f"fox.{ending}", data)))
    assert note["content"] == sentence
    assert sniff((await sent_picture(stage, word))[1]) is kind


async def test_address_without_an_ending_is_copied(stage: Stage) -> None:
    """An address without a picture's file extension is replaced by a copy that has one."""
    data = picture("blue")
    _, note = await finished_replies(
        await stage.imagine("an endless fox", image_url=public_url(stage, "fox", data, "image/png"))
    )
    address, served = await sent_picture(stage, "an endless fox")
    assert served == data
    assert unsigned(address).endswith("/picture.png")
    assert note["content"] == "ImaginePro gets this copy of the picture."


@pytest.mark.parametrize("query", ["", "?ex=1&is=2"])
async def test_valid_address_is_sent_as_typed(stage: Stage, query: str) -> None:
    """A usable address is sent as typed, without a copy."""
    address = public_url(stage, "fox.png", picture("blue")) + query
    word = f"a plain fox {len(query)}"
    outcome = await stage.imagine(word, image_url=f"<{address}>")
    reply = await outcome.wait_for(ended)
    assert outcome.messages == [reply]
    assert (await sent_picture(stage, word))[0] == address


async def test_transparency_is_kept(stage: Stage) -> None:
    """The conversion keeps transparency."""
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 32, 64))
    target = BytesIO()
    clear.save(target, "TIFF")
    await finished_replies(await stage.imagine("a clear fox", image=Upload("fox.tiff", target.getvalue())))
    _, served = await sent_picture(stage, "a clear fox")
    assert Image.open(BytesIO(served)).mode == "RGBA"


REFUSED: dict[str, tuple[Upload, str]] = {
    "text": (Upload("fox.png", b"just words"), "`fox.png` is not a picture"),
    "nothing": (Upload("fox.png", b""), "`fox.png` is empty"),
    "corrupt": (Upload("fox.png", picture()[:60]), "`fox.png` is damaged"),
    "tiny": (Upload("fox.png", picture(size=(20, 200))), "has only 20 × 200 pixels"),
    "long": (Upload("fox.png", picture(size=(17_000, 40))), "too many pixels"),
    "apple": (Upload("fox.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"), "of the kind HEIC"),
}


@pytest.mark.parametrize("by_address", [False, True], ids=["attached", "by address"])
@pytest.mark.parametrize("name", REFUSED)
async def test_bad_picture_is_explained(stage: Stage, name: str, by_address: bool) -> None:
    """An unusable picture is refused privately, as a file and by address."""
    upload, sentence = REFUSED[name]
    given: Any = upload
    if by_address:
        given = public_url(stage, upload.filename, upload.data, upload.content_type)
    assert sentence in await stage.refusal(prompt="a fox", **{"image_url" if by_address else "image": given})


@pytest_asyncio.fixture(loop_scope="module")
async def untrusted_url() -> AsyncIterator[str]:
    """The address of a server on this machine that is not trusted."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/fox.png", answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


async def test_private_addresses_are_not_fetched(
    stage: Stage, untrusted_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Private addresses are not fetched: by number, by name or by redirect."""

    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{untrusted_url}/fox.png"})

    for address in (
        f"{untrusted_url}/fox.png",
        f"{untrusted_url}/fox.png".replace("127.0.0.1", "localhost"),
        f"{untrusted_url}/fox.png".replace("127.0.0.1", "2130706433"),
        "http://169.254.169.254/latest/meta-data/fox.png",
        f"{stage.discord.url}/client/fox.png",
    ):
        assert "not a public web address" in await stage.refusal(prompt="a fox", image_url=address)
    app = web.Application()
    app.router.add_get("/fox.png", redirect)
    async with TestServer(app) as trusted:
        base_url = trusted.make_url("/")
        monkeypatch.setattr(stage.bot.services.fetch, "_trusted", (base_url,))
        assert "not a public web address" in await stage.refusal(prompt="a fox", image_url=f"{base_url}fox.png")


async def test_addresses_without_a_picture_are_explained(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses of a page, a missing file, a huge file or a closed port are explained."""
    page = public_url(stage, "page.html", b"<html>", "text/html")
    missing = f"{stage.discord.url}/attachments/shared/1/gone.png"
    huge = public_url(stage, "huge.png", bytes(11 * 1024 * 1024))
    assert "address of a page, not of a picture" in await stage.refusal(prompt="a fox", image_url=page)
    assert "There is no picture at this address" in await stage.refusal(prompt="a fox", image_url=missing)
    assert "more than 10 MB" in await stage.refusal(prompt="a fox", image_url=huge)
    async with TestServer(web.Application()) as closing:
        base_url = closing.make_url("/")
    monkeypatch.setattr(stage.bot.services.fetch, "_trusted", (base_url,))
    assert "Nothing answers at the picture's address" in await stage.refusal(
        prompt="a fox", image_url=f"{base_url}fox.png"
    )


async def test_refused_copy_is_explained(stage: Stage) -> None:
    """When Discord refuses the converted copy, no job starts and the reply says so."""
    stage.discord.faults.refuse_next("POST /webhooks/{webhook_id}/{token}", 403, code=50013)
    before = stage.posts()
    outcome = await stage.imagine("a lost fox", image=Upload("fox.bmp", sample_picture("BMP")))
    reply = await outcome.wait_for(lambda message: "did not take the converted picture" in texts(message))
    assert is_private(reply)
    assert stage.answers(outcome) == [reply]
    assert stage.posts() == before
