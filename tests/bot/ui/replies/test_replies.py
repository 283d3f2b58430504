"""Replies: the newest state at a readable pace, the ending for certain."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from bot.services.presenter import JobEnding, JobPhase, JobProgress, ReplyGone
from bot.store import JobRecord, JobState, ReplyTarget
from bot.timings import Timings
from bot.ui.base.message import Message
from bot.ui.replies.discord_calls import TokenExpired, Unreachable
from bot.ui.replies.edit_window import bucket_key_of
from bot.ui.replies.replies import Replies
from playground.discord_server.base.message_readers import media, texts
from tests.bot.ui.records import JOB, MESSAGE, PICTURE, job

FAST = Timings(edit_interval=0.01, outage_edit_interval=0.02, token_edit_spacing=0.0, channel_edit_spacing=0.0)


class Store:
    """Knows the job of the tests, as its own parent's reply."""

    async def get(self, job_id: str) -> Any:
        """The job."""
        return JOB if job_id == JOB.id else None


class Routes:
    """Stands in for Discord: keeps what is edited, raises what it is told to, and may take its time."""

    def __init__(self) -> None:
        self.edits: list[dict[str, Any]] = []
        self.ways: list[str] = []
        self.troubles: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.at_work = 0
        self.changed = asyncio.Condition()

    async def edit_by_token(self, reply: ReplyTarget, message: Message) -> None:
        """Take the message."""
        await self._edit("token", message)

    async def edit_by_channel(self, reply: ReplyTarget, message: Message) -> None:
        """Take the message."""
        await self._edit("channel", message)

    async def _edit(self, way: str, message: Message) -> None:
        self.begun.set()
        self.at_work += 1
        assert self.at_work == 1, "two edits of one reply at the same time"
        await self.gate.wait()
        self.at_work -= 1
        self.ways.append(way)
        self.edits.append({"components": message.view.to_components()})
        async with self.changed:
            self.changed.notify_all()
        if self.troubles:
            raise self.troubles.pop(0)

    async def count(self, number: int) -> None:
        """Return once there were so many edits."""
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: len(self.edits) >= number)


class Elsewhere:
    """Stands in for direct messages: keeps what is sent there, or takes none."""

    def __init__(self) -> None:
        self.is_closed = False
        self.sent: list[str] = []

    def heading(self, reply: ReplyTarget) -> str:
        """A line."""
        return "-# You asked for this in a place"

    async def post_in_channel(self, job: JobRecord, message: Message) -> JobRecord:
        """The job; the bot may not write here."""
        raise Unreachable

    async def send_dm(self, job: JobRecord, message: Message) -> JobRecord:
        """The job."""
        if self.is_closed:
            raise Unreachable
        self.sent.append(texts({"components": message.view.to_components()}))
        return job


class Refusal:
    """An HTTP answer, as discord.py's errors want it."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.reason = "Refused"


def refused(status: int, code: int = 0) -> discord.HTTPException:
    """Discord's refusal with this status."""
    return discord.HTTPException(Refusal(status), {"code": code, "message": "refused"})  # pyright: ignore[reportArgumentType]


def percent(number: int) -> JobProgress:
    """A running job at this percentage."""
    return JobProgress(job=JOB, phase=JobPhase.RUNNING, percent=number)


DONE = JobEnding(job=job(state=JobState.DONE, image_url="https://cdn.imaginepro.ai/a.png"), uploads=(PICTURE,))


async def tried(replies: Replies, frame: JobProgress) -> None:
    """Return once it was decided whether the frame is sent."""
    async with asyncio.timeout(60):
        while replies._live_edits._replies[JOB.id].attempted != frame:  # noqa: ASYNC110  # nobody tells of what is not sent
            await asyncio.sleep(0.001)


async def had_a_turn(replies: Replies) -> None:
    """Return once everything that waits for the job's budget had its turn."""
    last = asyncio.Event()

    async def turn() -> None:
        last.set()

    replies._scheduler.enqueue(bucket_key_of(JOB.reply), turn)
    await last.wait()


@pytest.fixture
def routes() -> Routes:
    """Where edits go."""
    return Routes()


@pytest.fixture
def elsewhere() -> Elsewhere:
    """Where endings go that have no reply."""
    return Elsewhere()


@pytest.fixture
async def replies(
    routes: Routes, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Replies]:
    """Replies in front of the stand-ins, in a hurry, to messages of just now."""
    caplog.set_level(logging.INFO, "bot.ui")
    monkeypatch.setattr("bot.ui.replies.replies.ReplyCalls", lambda _, **__: routes)
    monkeypatch.setattr("bot.ui.replies.replies.FallbackMessages", lambda *_: elsewhere)
    monkeypatch.setattr("bot.ui.base.clock.now", lambda: discord.utils.snowflake_time(MESSAGE))
    # Only the stand-ins would use the bot.
    replies = Replies(None, Store(), FAST)  # pyright: ignore[reportArgumentType]
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
    """99 and 100 % of a running job look alike, and so does the same frame twice."""
    for number in (99, 99, 100):
        replies.show(percent(number))
        await routes.count(1)
    await tried(replies, percent(100))
    replies.show(percent(5))
    await routes.count(2)
    assert ["**5 %**" in texts(edit) for edit in routes.edits] == [False, True]


async def test_failed_edit_is_made_up_for(replies: Replies, routes: Routes, caplog: pytest.LogCaptureFixture) -> None:
    """What Discord did not take for the moment is sent again, without any news of the job."""
    routes.troubles += [refused(500), aiohttp.ServerDisconnectedError()]
    replies.show(percent(10))
    await routes.count(3)
    assert ["**10 %**" in texts(edit) for edit in routes.edits] == [True, True, True]
    replies.show(percent(20))
    await routes.count(4)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "Discord takes no edits at the moment, replies wait",
        "Discord takes edits again",
    ]


async def test_refused_edit_waits_for_news(replies: Replies, routes: Routes, caplog: pytest.LogCaptureFixture) -> None:
    """What Discord will never take is not sent again; the next state is, and that it works again is said once."""
    routes.troubles += [refused(403), refused(403)]
    for count, number in enumerate((10, 20, 30, 40), start=1):
        replies.show(percent(number))
        await routes.count(count)
    assert ["**40 %**" in texts(edit) for edit in routes.edits] == [False, False, False, True]
    assert [record.getMessage() for record in caplog.records] == [
        "a reply can't be edited: 403 Refused (error code: 0): refused",
        "a reply can be edited again",
    ]


async def test_old_message_is_edited_rarely(replies: Replies, routes: Routes, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour Discord takes a few edits of it, which are kept for what matters."""
    pauses: list[float] = []
    loop = asyncio.get_running_loop()
    later = loop.call_later
    monkeypatch.setattr(loop, "call_later", lambda delay, *rest: pauses.append(delay) or later(delay, *rest))
    monkeypatch.setattr("bot.ui.base.clock.now", lambda: discord.utils.snowflake_time(MESSAGE) + timedelta(minutes=56))
    replies.show(percent(10))
    await routes.count(1)
    await replies.deliver(DONE)
    assert FAST.old_message_edit_interval in pauses


async def test_follow_up_names_its_parent(replies: Replies, routes: Routes) -> None:
    """Also while it runs."""
    replies.show(JobProgress(job=job(parent_id=JOB.id, button="U1"), phase=JobPhase.RUNNING, percent=3))
    await routes.count(1)
    assert f"/{MESSAGE})" in texts(routes.edits[0])


async def test_token_that_is_over_gives_way_to_the_channel(replies: Replies, routes: Routes) -> None:
    """At once and for good: the token is not tried a second time."""
    routes.troubles.append(TokenExpired())
    replies.show(percent(10))
    await routes.count(2)
    replies.show(percent(20))
    await routes.count(3)
    assert routes.ways == ["token", "channel", "channel"]
    assert "**20 %**" in texts(routes.edits[-1])


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


async def test_outage_is_said_once_for_all_replies(
    replies: Replies, routes: Routes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many endings wait, the log has a line for its beginning and one for its end."""
    waits = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", lambda seconds, *args: waits(0, *args))
    routes.troubles += [refused(503)] * 12
    await asyncio.gather(*(replies.deliver(JobEnding(job=job(id=f"job-{n}", state=JobState.FAILED))) for n in range(4)))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_refused_ending_is_given_up(replies: Replies, routes: Routes, caplog: pytest.LogCaptureFixture) -> None:
    """Asking again would change nothing: the operator is told, and the job may be settled."""
    routes.troubles += [refused(400), refused(400)]
    with pytest.raises(ReplyGone):
        await replies.deliver(DONE)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


async def test_lost_reply_is_edited_no_more(replies: Replies, routes: Routes, elsewhere: Elsewhere) -> None:
    """What was deleted is not asked for with every frame; the ending asks once more and goes to the member."""
    routes.troubles += [Unreachable(), Unreachable()]
    replies.show(percent(1))
    await routes.count(1)
    for number in range(2, 20):
        replies.show(percent(number))
        await asyncio.sleep(0)
    await replies.deliver(DONE)
    assert len(routes.edits) == 2
    [told] = elsewhere.sent
    assert told.startswith("-# You asked for this in a place\n**a red fox**")


async def test_member_who_can_not_be_told(replies: Replies, routes: Routes, elsewhere: Elsewhere) -> None:
    """Neither reply nor direct message: the job may be settled all the same."""
    elsewhere.is_closed = True
    routes.troubles.append(Unreachable())
    with pytest.raises(ReplyGone):
        await replies.deliver(DONE)


async def test_frames_that_come_too_late_are_not_shown(replies: Replies, routes: Routes) -> None:
    """A percentage that is told while the result is on its way does not cover it."""
    routes.gate.clear()
    delivery = asyncio.create_task(replies.deliver(DONE))
    await routes.begun.wait()
    replies.show(percent(99))
    routes.gate.set()
    await delivery
    await had_a_turn(replies)
    assert len(routes.edits) == 1


async def test_shown_again_what_was_last_shown(replies: Replies) -> None:
    """Whoever asks for a job reads its newest frame, or what its record says where it was never shown."""
    assert replies.progress_of(job(state=JobState.RECORDED)).phase is JobPhase.WAITING
    replies.show(percent(7))
    assert replies.progress_of(JOB).percent == 7


async def test_closing_lets_the_edit_under_way_arrive(replies: Replies, routes: Routes) -> None:
    """After the end nothing is sent any more, and no task is left."""
    routes.gate.clear()
    replies.show(percent(1))
    await routes.begun.wait()
    replies.show(percent(2))
    asyncio.get_running_loop().call_later(0.05, routes.gate.set)
    await replies.close()
    replies.show(percent(3))
    assert ["**1 %**" in texts(edit) for edit in routes.edits] == [True]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_ending_after_the_close_is_left_to_the_next_process(replies: Replies, routes: Routes) -> None:
    """It neither arrives nor fails, so the job stays unsettled until it is cancelled."""
    await replies.close()
    delivery = asyncio.create_task(replies.deliver(DONE))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not delivery.done()
    delivery.cancel()
    assert routes.edits == []
