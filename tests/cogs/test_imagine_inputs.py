"""Pictures to start from: whatever a member gives is made ready or explained before anything is paid."""

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
from tests.bot.services.sample_images import picture as noise
from tests.support.stage import PATIENCE, Message, Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shared(stage: Stage, name: str, data: bytes, kind: str | None = None) -> str:
    """The address of a file that the local Discord serves to everybody."""
    return stage.discord.core.files.keep("shared", Upload(name, data, kind))["url"]


async def used(stage: Stage, word: str) -> tuple[str, bytes]:
    """The address that led the prompt with this word, and what is served there."""
    [job] = stage.submissions(word)
    address = job.submitted["prompt"].partition(" ")[0]
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert response.status == 200
        return address, await response.read()


async def done(outcome: Outcome) -> tuple[Message, Message]:
    """The ended job's public reply and the private message with the converted picture."""
    job = await outcome.wait_for(lambda message: media(message) and ended(message))
    [note] = [each for each in outcome.messages if is_private(each)]
    assert outcome.messages == [job, note]
    assert not job["flags"] & EPHEMERAL
    return job, note


CONVERTED: dict[str, tuple[bytes, str, ImageKind]] = {
    "bmp": (noise("BMP"), "`fox.bmp` was converted from BMP for ImaginePro.", ImageKind.JPEG),
    "tiff": (noise("TIFF"), "`fox.tiff` was converted from TIFF for ImaginePro.", ImageKind.JPEG),
    "gif": (moving("GIF"), "Only the first picture of `fox.gif` is used.", ImageKind.JPEG),
    "png": (noise(size=(800, 800)), "`fox.png` was made smaller for ImaginePro.", ImageKind.JPEG),
}
CONVERSIONS = pytest.mark.parametrize("ending", CONVERTED)


@CONVERSIONS
@pytest.mark.parametrize("defer_after", [PATIENCE, 0], ids=["at once", "slowly"])
async def test_attachment_is_converted(stage: Stage, ending: str, defer_after: float) -> None:
    """The API gets a picture it can read, the member alone the converted file, everybody the job."""
    data, sentence, kind = CONVERTED[ending]
    word = f"a {ending} fox, {defer_after:g}"
    async with stage.waiting(defer_after=defer_after):
        _, note = await done(await stage.imagine(word, image=Upload(f"fox.{ending}", data)))
    address, served = await used(stage, word)
    assert note["content"] == sentence
    assert [each["url"] for each in note["attachments"]] == [address]
    assert sniff(served) is kind
    assert unsigned(address).endswith(f"/picture.{kind}")
    assert len(served) <= 1_000_000
    assert not stage.max.sees(note)


@CONVERSIONS
async def test_picture_by_address_is_converted(stage: Stage, ending: str) -> None:
    """An address is looked at in the same way, and its converted copy takes its place."""
    data, sentence, kind = CONVERTED[ending]
    word = f"a {ending} fox by address"
    _, note = await done(await stage.imagine(word, image_url=shared(stage, f"fox.{ending}", data)))
    assert note["content"] == sentence
    assert sniff((await used(stage, word))[1]) is kind


async def test_address_without_an_ending_is_copied(stage: Stage) -> None:
    """The API opens only addresses that end like a picture: anything else is copied to one that does."""
    data = picture("blue")
    _, note = await done(await stage.imagine("an endless fox", image_url=shared(stage, "fox", data, "image/png")))
    address, served = await used(stage, "an endless fox")
    assert served == data
    assert unsigned(address).endswith("/picture.png")
    assert note["content"] == "ImaginePro gets this copy of the picture."


@pytest.mark.parametrize("query", ["", "?ex=1&is=2"])
async def test_good_address_is_sent_as_typed(stage: Stage, query: str) -> None:
    """Nothing is copied that the API can open itself."""
    address = shared(stage, "fox.png", picture("blue")) + query
    word = f"a plain fox {len(query)}"
    outcome = await stage.imagine(word, image_url=f"<{address}>")
    reply = await outcome.wait_for(ended)
    assert outcome.messages == [reply]
    assert (await used(stage, word))[0] == address


async def test_see_through_picture_stays_so(stage: Stage) -> None:
    """What shines through still does after the conversion."""
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 32, 64))
    target = BytesIO()
    clear.save(target, "TIFF")
    await done(await stage.imagine("a clear fox", image=Upload("fox.tiff", target.getvalue())))
    _, served = await used(stage, "a clear fox")
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
    """A file that can't be used is named to the member alone, however it was given."""
    upload, sentence = REFUSED[name]
    given: Any = upload
    if by_address:
        given = shared(stage, upload.filename, upload.data, upload.content_type)
    assert sentence in await stage.refused(prompt="a fox", **{"image_url" if by_address else "image": given})


@pytest_asyncio.fixture(loop_scope="module")
async def stranger() -> AsyncIterator[str]:
    """A server that nobody trusts, on this machine."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/fox.png", answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


async def test_private_addresses_are_not_fetched(stage: Stage, stranger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by number nor by a name that means a private machine, nor by a redirect to one."""

    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{stranger}/fox.png"})

    for address in (
        f"{stranger}/fox.png",
        f"{stranger}/fox.png".replace("127.0.0.1", "localhost"),
        f"{stranger}/fox.png".replace("127.0.0.1", "2130706433"),
        "http://169.254.169.254/latest/meta-data/fox.png",
        f"{stage.discord.url}/client/fox.png",
    ):
        assert "not a public web address" in await stage.refused(prompt="a fox", image_url=address)
    app = web.Application()
    app.router.add_get("/fox.png", elsewhere)
    async with TestServer(app) as trusted:
        place = trusted.make_url("/")
        monkeypatch.setattr(stage.bot.services.fetch, "_trusted", (place,))
        assert "not a public web address" in await stage.refused(prompt="a fox", image_url=f"{place}fox.png")


async def test_addresses_without_a_picture_are_explained(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing there, a page instead, nobody there, too much of it."""
    page = shared(stage, "page.html", b"<html>", "text/html")
    gone = f"{stage.discord.url}/attachments/shared/1/gone.png"
    huge = shared(stage, "huge.png", bytes(11 * 1024 * 1024))
    assert "address of a page, not of a picture" in await stage.refused(prompt="a fox", image_url=page)
    assert "There is no picture at this address" in await stage.refused(prompt="a fox", image_url=gone)
    assert "more than 10 MB" in await stage.refused(prompt="a fox", image_url=huge)
    async with TestServer(web.Application()) as closing:
        place = closing.make_url("/")
    monkeypatch.setattr(stage.bot.services.fetch, "_trusted", (place,))
    assert "Nothing answers at the picture's address" in await stage.refused(
        prompt="a fox", image_url=f"{place}fox.png"
    )


async def test_copy_that_discord_refuses_ends_in_a_sentence(stage: Stage) -> None:
    """When the converted picture can't be handed over, nothing is started and the reply says so."""
    stage.discord.faults.refuse_next("POST /webhooks/{webhook_id}/{token}", 403, code=50013)
    before = stage.posts()
    outcome = await stage.imagine("a lost fox", image=Upload("fox.bmp", noise("BMP")))
    reply = await outcome.wait_for(lambda message: "did not take the converted picture" in texts(message))
    assert outcome.messages == [reply]
    assert stage.posts() == before
