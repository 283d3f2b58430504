"""Replies: the newest state at a readable pace, the ending for certain."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from bot.services.frames import Ending, Frame, Phase, ReplyGone
from bot.store import JobState, ReplyAddress
from bot.ui.job_view import Message
from bot.ui.replies import Replies
from playground.discord_server.readers import media, texts
from tests.bot.ui.records import JOB, PICTURE, job


class Store:
    """Knows the job of the tests, as its own parent's reply."""

    async def get(self, job_id: str) -> Any:
        """The job."""
        return JOB if job_id == JOB.id else None


class Routes:
    """Stands in for Discord: keeps what is edited, raises what it is told to, and may take its time."""

    def __init__(self) -> None:
        self.edits: list[dict[str, Any]] = []
        self.troubles: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.at_work = 0
        self.changed = asyncio.Condition()

    async def edit(self, reply: ReplyAddress, message: Message) -> None:
        """Take the message."""
        self.begun.set()
        self.at_work += 1
        assert self.at_work == 1, "two edits of one reply at the same time"
        await self.gate.wait()
        self.at_work -= 1
        self.edits.append({"components": message.view.to_components()})
        async with self.changed:
            self.changed.notify_all()
        if self.troubles:
            raise self.troubles.pop(0)

    async def count(self, number: int) -> None:
        """Return once there were so many edits."""
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: len(self.edits) >= number)


class Refusal:
    """An HTTP answer, as discord.py's errors want it."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.reason = "Refused"


def refused(status: int) -> discord.HTTPException:
    """Discord's refusal with this status."""
    return discord.HTTPException(Refusal(status), {"code": 0, "message": "refused"})  # pyright: ignore[reportArgumentType]


def percent(number: int) -> Frame:
    """A running job at this percentage."""
    return Frame(job=JOB, phase=Phase.RUNNING, percent=number)


DONE = Ending(job=job(state=JobState.DONE, image_url="https://cdn.imaginepro.ai/a.png"), uploads=(PICTURE,))


@pytest.fixture
def routes() -> Routes:
    """Where edits go."""
    return Routes()


@pytest.fixture
async def replies(routes: Routes, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replies]:
    """Replies in front of the stand-in, in a hurry."""
    monkeypatch.setattr("bot.ui.replies.Routes", lambda _: routes)
    monkeypatch.setattr("bot.ui.replies.EDIT_PAUSE", 0.01)
    replies = Replies(None, Store())  # pyright: ignore[reportArgumentType]  # only the routes use the bot
    yield replies
    await replies.close()


async def test_only_the_newest_frame_is_shown(replies: Replies, routes: Routes) -> None:
    """While an edit is under way, later frames replace each other."""
    routes.gate.clear()
    replies.show(percent(1))
    await routes.begun.wait()
    for number in range(2, 60):
        replies.show(percent(number))
    routes.gate.set()
    await routes.count(2)
    assert ["**1 %**" in texts(routes.edits[0]), "**59 %**" in texts(routes.edits[1])] == [True, True]


async def test_what_looks_the_same_is_not_sent(replies: Replies, routes: Routes) -> None:
    """99.2 and 100 % of a running job look alike, and so does the same frame twice."""
    for number in (99, 99, 100):
        replies.show(percent(number))
        await routes.count(1)
    replies.show(percent(5))
    await routes.count(2)
    assert len(routes.edits) == 2


async def test_failed_edit_is_made_up_for_by_the_next(replies: Replies, routes: Routes) -> None:
    """A state that Discord did not take may be shown again."""
    routes.troubles.append(refused(500))
    replies.show(percent(10))
    await routes.count(1)
    replies.show(percent(20))
    await routes.count(2)
    replies.show(percent(10))
    await routes.count(3)
    assert "**10 %**" in texts(routes.edits[2])


async def test_ending_waits_for_the_edit_under_way(replies: Replies, routes: Routes) -> None:
    """A late percentage must not cover the result."""
    routes.gate.clear()
    replies.show(percent(50))
    await routes.begun.wait()
    delivery = asyncio.create_task(replies.deliver(DONE))
    routes.gate.set()
    await delivery
    assert "**50 %**" in texts(routes.edits[0])
    assert media(routes.edits[-1])


@pytest.mark.parametrize("trouble", [refused(503), refused(429), aiohttp.ServerDisconnectedError(), TimeoutError()])
async def test_ending_is_repeated_while_discord_is_away(
    replies: Replies, routes: Routes, trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is temporary is waited out."""
    waits = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", lambda seconds, *args: waits(0, *args))
    routes.troubles += [trouble, trouble, trouble]
    await replies.deliver(DONE)
    assert len(routes.edits) == 4


async def test_refused_picture_is_linked_instead(replies: Replies, routes: Routes) -> None:
    """The ending is shown without the file."""
    routes.troubles.append(refused(413))
    await replies.deliver(DONE)
    assert media(routes.edits[-1]) == []
    assert "could not be uploaded here; open the original" in texts(routes.edits[-1])


async def test_refused_ending_is_given_up(replies: Replies, routes: Routes, caplog: pytest.LogCaptureFixture) -> None:
    """Asking again would change nothing: the operator is told, and the job may be settled."""
    routes.troubles += [refused(400), refused(400)]
    with pytest.raises(ReplyGone):
        await replies.deliver(DONE)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


async def test_lost_reply_is_edited_no_more(replies: Replies, routes: Routes) -> None:
    """What was deleted is not asked for with every frame; the ending asks once more."""
    routes.troubles.append(ReplyGone())
    replies.show(percent(1))
    await routes.count(1)
    for number in range(2, 20):
        replies.show(percent(number))
        await asyncio.sleep(0)
    routes.troubles.append(ReplyGone())
    with pytest.raises(ReplyGone):
        await replies.deliver(DONE)
    assert len(routes.edits) == 2


async def test_closing_stops_editing(replies: Replies, routes: Routes) -> None:
    """After the end nothing is sent any more."""
    replies.show(percent(1))
    await routes.count(1)
    replies.show(percent(2))
    await replies.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
