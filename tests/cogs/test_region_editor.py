"""Vary (Region) where the bot has a web side: a link to the editor, and what is painted there."""

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
    """A bot with a web side."""
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("bot")
    async with Stage(folder, public_url=f"http://127.0.0.1:{port}", web_port=port) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Whatever asks the bot's pages."""
    async with aiohttp.ClientSession() as session:
        yield session


async def offer(stage: Stage, prompt: str) -> tuple[Message, URL]:
    """The private message with the link, and the link."""
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


def painted(size: tuple[int, int], box: tuple[int, int, int, int] | None = (2, 3, 20, 30)) -> str:
    """A mask as the page sends it."""
    image = Image.new("L", size)
    if box is not None:
        image.paste(255, box)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


async def sent(browser: aiohttp.ClientSession, link: URL, mask: str, prompt: str = "a fox") -> tuple[int, str]:
    """Status and text of what the page gets for its mask."""
    async with browser.post(link, json={"mask": mask, "prompt": prompt}) as reply:
        return reply.status, (await reply.json())["message"]


async def kept(stage: Stage) -> str:
    """Everything that the database holds of links, of this test and those before it."""
    return str(
        await stage.store._database.run(lambda connection: connection.execute(sa.select(drafts.c.content)).all())
    )


async def result(stage: Stage, words: str) -> Message:
    """The ended reply of the change with these words, in the channel."""
    return await stage.channel.wait_for(lambda each: words in texts(each) and LABEL in texts(each) and ended(each), 10)


async def test_what_is_painted_is_changed(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """The reply appears in the channel for everybody; the mask is white exactly where it was painted."""
    _, link = await offer(stage, "a fox to paint on")
    size = await size_of(browser, link)
    status, text = await sent(browser, link, painted(size), "a castle to paint on")
    assert (status, "on its way" in text) == (200, True)
    done = await result(stage, "a castle to paint on")
    assert media(done)
    assert not done["flags"] & 64
    [job] = [job for job in stage.api.jobs.values() if job.button == LABEL and "castle" in job.prompt]
    mask = Image.open(BytesIO(base64.b64decode(job.submitted["mask"])))
    assert (mask.size, mask.getbbox(), set(mask.tobytes())) == (size, (2, 3, 20, 30), {0, 255})


async def test_a_link_works_once(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """Of several masks at once one is sent; later ones are told that it was used."""
    _, link = await offer(stage, "a fox painted twice")
    mask = painted(await size_of(browser, link))
    answers = await asyncio.gather(*(sent(browser, link, mask, "a fox painted once") for _ in range(3)))
    assert sorted(status for status, _ in answers)[0] == 200
    assert [status for status, _ in answers].count(200) == 1
    await result(stage, "a fox painted once")
    status, text = await sent(browser, link, mask, "a fox painted again")
    assert status >= 400
    assert "used already" in text
    assert stage.submissions("a fox painted again") == []


async def test_a_wrong_mask_leaves_the_link_as_it_was(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """Another size, or nothing white: a sentence, and the next mask is taken."""
    _, link = await offer(stage, "a fox with wrong masks")
    size = await size_of(browser, link)
    for mask, sentence in ((painted((9, 9)), "9 × 9"), (painted(size, None), "Paint the part")):
        status, text = await sent(browser, link, mask)
        assert status >= 400
        assert sentence in text
    assert (await sent(browser, link, painted(size), "a fox with a right mask"))[0] == 200
    await result(stage, "a fox with a right mask")


@pytest.mark.parametrize("spoil", ["forged", "cut", "nothing"])
async def test_nobody_else_can_make_a_link(stage: Stage, browser: aiohttp.ClientSession, spoil: str) -> None:
    """A ticket that the bot has not signed shows a sentence and no picture."""
    _, link = await offer(stage, "a fox behind a link")
    ticket = link.path.rpartition("/")[2]
    wrong = {"forged": f"{ticket[:-3]}AAA", "cut": ticket[: len(ticket) // 2], "nothing": "x"}[spoil]
    async with browser.get(link.parent / wrong / "picture") as reply:
        assert reply.status >= 400
        assert "not valid" in await reply.text()


async def test_a_link_ends(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """After its time it shows a sentence."""
    _, link = await offer(stage, "a fox that came too late")
    async with stage.waiting(draft_life=timedelta(seconds=-1)), browser.get(f"{link}/picture") as reply:
        assert reply.status >= 400
        assert "too old" in await reply.text()


async def test_a_reply_that_discord_refuses_costs_nothing(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """The page says so, and what to do: the link is used up, a new one works."""
    _, link = await offer(stage, "a fox that Discord refuses")
    stage.discord.faults.refuse_next("POST /webhooks/{webhook_id}/{token}", 403)
    before, mask = stage.posts(), painted(await size_of(browser, link))
    status, told = await sent(browser, link, mask, "a fox nobody can see")
    assert status == 422
    assert "nothing was started and nothing paid. Press Vary (Region) in Discord once more" in told
    assert stage.posts() == before
    assert await sent(browser, link, mask) == (422, "This was used already.")


async def test_a_used_link_leaves_no_token_behind(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """What would let anybody write into the channel is wiped with the use of the link."""
    _, link = await offer(stage, "a fox whose link is used up")
    before = (await kept(stage)).count("'token'")
    status, _ = await sent(browser, link, painted(await size_of(browser, link)), "a fox painted over for good")
    assert status == 200
    await result(stage, "a fox painted over for good")
    assert (await kept(stage)).count("'token'") == before - 1


async def test_links_that_are_over_are_forgotten_at_the_start(stage: Stage) -> None:
    """Nobody has to ask for another one before the last one's token goes."""
    await offer(stage, "a fox whose link is never used")
    assert "token" in await kept(stage)
    async with stage.waiting(draft_life=timedelta()):
        assert await kept(stage) == "[]"


async def test_the_form_is_there_as_well(stage: Stage) -> None:
    """Whoever can't paint chooses parts instead."""
    message, _ = await offer(stage, "a fox without a brush")
    opened = await stage.mia.press(message, label="Choose parts instead")
    assert opened.modal is not None
    done = await (await stage.mia.submit(opened.modal, filled(opened.modal, parts_to_change=["3"]))).wait_for(ended)
    assert media(done)
