"""Vary (Region) with the web editor: its link and the painted mask."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from PIL import Image
from yarl import URL

from bot.store.db.schema import drafts
from playground.discord_server import buttons, media, texts
from playground.process.ports import free_port
from tests.support.forms import filled
from tests.support.stage import Message, Stage, ended

pytestmark = pytest.mark.asyncio(loop_scope="module")

LABEL = "Vary (Region)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with web pages."""
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("bot")
    async with Stage(folder, public_url=f"http://127.0.0.1:{port}", web_port=port) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client for the bot's pages."""
    async with aiohttp.ClientSession() as session:
        yield session


async def open_editor(stage: Stage, prompt: str) -> tuple[Message, URL]:
    """The private message with the editor's link, and the link."""
    single = await stage.pressed(await stage.finished(prompt), "U1")
    outcome = await stage.mia.press(single, label=LABEL)
    message = await outcome.wait_for(lambda each: "Paint what should change" in texts(each))
    [link] = [button["url"] for button in buttons(message) if "url" in button]
    return message, URL(link)


async def size_of(browser: aiohttp.ClientSession, link: URL) -> tuple[int, int]:
    """The size of the picture behind a link."""
    async with browser.get(f"{link}/picture") as reply:
        assert reply.status == 200
        return Image.open(BytesIO(await reply.read())).size


def mask_base64(size: tuple[int, int], box: tuple[int, int, int, int] | None = (2, 3, 20, 30)) -> str:
    """A mask as the editor sends it, in Base64."""
    image = Image.new("L", size)
    if box is not None:
        image.paste(255, box)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


async def send_mask(browser: aiohttp.ClientSession, link: URL, mask: str, prompt: str = "a fox") -> tuple[int, str]:
    """Status and message of the answer to a sent mask."""
    async with browser.post(link, json={"mask": mask, "prompt": prompt}) as reply:
        return reply.status, (await reply.json())["message"]


async def drafts_content(stage: Stage) -> str:
    """The content of all drafts in the database, also of earlier tests."""
    return str(
        await stage.store._database.run(lambda connection: connection.execute(sa.select(drafts.c.content)).all())
    )


async def finished_reply(stage: Stage, words: str) -> Message:
    """The finished reply of the Vary (Region) job with these words."""
    return await stage.channel.wait_for(lambda each: words in texts(each) and LABEL in texts(each) and ended(each), 10)


async def test_a_painted_mask_starts_a_job(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """A painted mask starts a job with a public reply; it is white exactly where it was painted."""
    _, link = await open_editor(stage, "a fox to paint on")
    size = await size_of(browser, link)
    status, text = await send_mask(browser, link, mask_base64(size), "a castle to paint on")
    assert (status, "on its way" in text) == (200, True)
    done = await finished_reply(stage, "a castle to paint on")
    assert media(done)
    assert not done["flags"] & 64
    [job] = [job for job in stage.api.jobs.values() if job.button == LABEL and "castle" in job.prompt]
    mask = Image.open(BytesIO(base64.b64decode(job.submitted["mask"])))
    assert (mask.size, mask.getbbox(), set(mask.convert("L").tobytes())) == (size, (2, 3, 20, 30), {0, 255})


async def test_a_link_works_once(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """Of several masks sent to one link, one starts a job and the others are refused."""
    _, link = await open_editor(stage, "a fox painted twice")
    mask = mask_base64(await size_of(browser, link))
    answers = await asyncio.gather(*(send_mask(browser, link, mask, "a fox painted once") for _ in range(3)))
    assert sorted(status for status, _ in answers)[0] == 200
    assert [status for status, _ in answers].count(200) == 1
    await finished_reply(stage, "a fox painted once")
    status, text = await send_mask(browser, link, mask, "a fox painted again")
    assert status >= 400
    assert "used already" in text
    assert stage.submissions("a fox painted again") == []


async def test_a_wrong_mask_keeps_the_link(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """A mask of another size or without white is refused, and the link still works."""
    _, link = await open_editor(stage, "a fox with wrong masks")
    size = await size_of(browser, link)
    for mask, sentence in ((mask_base64((9, 9)), "9 × 9"), (mask_base64(size, None), "Paint the part")):
        status, text = await send_mask(browser, link, mask)
        assert status >= 400
        assert sentence in text
    assert (await send_mask(browser, link, mask_base64(size), "a fox with a right mask"))[0] == 200
    await finished_reply(stage, "a fox with a right mask")


@pytest.mark.parametrize("forgery", ["forged", "cut", "nothing"])
async def test_forged_links_are_refused(stage: Stage, browser: aiohttp.ClientSession, forgery: str) -> None:
    """A link without the bot's signature shows a sentence and no picture."""
    _, link = await open_editor(stage, "a fox behind a link")
    ticket = link.path.rpartition("/")[2]
    wrong = {"forged": f"{ticket[:-3]}AAA", "cut": ticket[: len(ticket) // 2], "nothing": "x"}[forgery]
    async with browser.get(link.parent / wrong / "picture") as reply:
        assert reply.status >= 400
        assert "not valid" in await reply.text()


async def test_the_picture_is_downloaded_once(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """However often a page asks for it, and for its size; too many at a time are refused."""
    _, link = await open_editor(stage, "a fox asked for again and again")

    def downloads() -> int:
        return sum(entry.path.startswith("/cdn/") for entry in stage.api.request_log)

    before = downloads()

    async def status(part: str) -> int:
        async with browser.get(f"{link}/{part}") as reply:
            await reply.read()
            return reply.status

    assert [await status(part) for part in ("picture", "task") * 10] == [200] * 20
    assert set(await asyncio.gather(*(status("picture") for _ in range(50)))) == {200, 429}
    assert downloads() - before == 1


async def test_a_link_expires(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """An expired link shows a sentence."""
    _, link = await open_editor(stage, "a fox that came too late")
    async with stage.waiting(draft_life=timedelta(seconds=-1)), browser.get(f"{link}/picture") as reply:
        assert reply.status >= 400
        assert "too old" in await reply.text()


async def test_a_reply_that_discord_refuses_costs_nothing(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """When Discord refuses the reply, the page says that nothing was paid and how to get a new link."""
    _, link = await open_editor(stage, "a fox that Discord refuses")
    stage.discord.faults.refuse_next("POST /webhooks/{webhook_id}/{token}", 403)
    before, mask = stage.posts(), mask_base64(await size_of(browser, link))
    status, answer = await send_mask(browser, link, mask, "a fox nobody can see")
    assert status == 422
    assert "nothing was started and nothing paid. Press Vary (Region) in Discord once more" in answer
    assert stage.posts() == before
    assert await send_mask(browser, link, mask) == (422, "This was used already.")


async def test_a_used_link_deletes_its_token(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """Using a link deletes its interaction token from the database."""
    _, link = await open_editor(stage, "a fox whose link is used up")
    before = (await drafts_content(stage)).count("'token'")
    status, _ = await send_mask(browser, link, mask_base64(await size_of(browser, link)), "a fox painted over for good")
    assert status == 200
    await finished_reply(stage, "a fox painted over for good")
    assert (await drafts_content(stage)).count("'token'") == before - 1


async def test_expired_links_are_deleted_at_the_start(stage: Stage) -> None:
    """Expired links are deleted with their tokens when the bot starts."""
    await open_editor(stage, "a fox whose link is never used")
    assert "token" in await drafts_content(stage)
    async with stage.waiting(draft_life=timedelta()):
        assert await drafts_content(stage) == "[]"


async def test_the_modal_is_offered_too(stage: Stage) -> None:
    """The modal with parts is available beside the editor."""
    message, _ = await open_editor(stage, "a fox without a brush")
    opened = await stage.mia.press(message, label="Choose parts instead")
    assert opened.modal is not None
    done = await (await stage.mia.submit(opened.modal, filled(opened.modal, parts_to_change=["3"]))).wait_for(ended)
    assert media(done)
