"""Replies: throttled progress, and a final message that always arrives."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from bot.services.cluster.lease import Lease
from bot.services.images.formats import Upload
from bot.services.presenter import JobEnding, JobPhase, JobProgress, OutdatedEnding, ReplyGone
from bot.store import JobRecord, JobState, ReplyTarget
from bot.timings import Timings
from bot.ui.base.message import Message
from bot.ui.replies.direct_messages import OpenedTooMany
from bot.ui.replies.discord_calls import Archived, NotPermitted, ReplyDeleted, RouteRefused, TokenExpired, Unreachable
from bot.ui.replies.edits.window import bucket_key_of
from bot.ui.replies.replies import Replies
from playground.discord_server.base.message_readers import media, texts
from tests.bot.ui.records import JOB, MESSAGE, PICTURE, job

FAST = Timings(edit_interval=0.01, outage_edit_interval=0.02, token_edit_spacing=0.0, channel_edit_spacing=0.0)


class Store:
    """A store that only has the job of the tests."""

    async def get(self, job_id: str) -> Any:
        """Return the job."""
        return JOB if job_id == JOB.id else None


class FakeEdits:
    """Fake reply edits: recorded, with errors to raise and a gate to delay them."""

    def __init__(self) -> None:
        self.edits: list[dict[str, Any]] = []
        self.ways: list[str] = []
        self.errors: list[Exception] = []
        self.limit = 10 * 1024 * 1024
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.active = 0
        self.changed = asyncio.Condition()

    def upload_limit(self, reply: ReplyTarget) -> int:
        """The limit of the channel's route."""
        return self.limit

    async def edit_by_token(self, reply: ReplyTarget, message: Message) -> None:
        """Record the edit."""
        await self._edit("token", message)

    async def edit_by_channel(self, reply: ReplyTarget, message: Message) -> None:
        """Record the edit."""
        await self._edit("channel", message)

    async def is_deleted(self, reply: ReplyTarget) -> bool:
        """No reply is."""
        return False

    async def _edit(self, way: str, message: Message) -> None:
        self.begun.set()
        self.active += 1
        assert self.active == 1, "two edits of one reply at the same time"
        await self.gate.wait()
        self.active -= 1
        self.ways.append(way)
        self.edits.append({"components": message.view.to_components()})
        async with self.changed:
            self.changed.notify_all()
        if self.errors:
            raise self.errors.pop(0)

    async def count(self, number: int) -> None:
        """Wait until there were this many edits."""
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: len(self.edits) >= number)


class FakeFallback:
    """Fake fallback messages: direct messages are recorded, or refused if closed."""

    def __init__(self) -> None:
        self.is_closed = False
        self.sent: list[str] = []
        self.errors: list[Exception] = []

    def heading(self, reply: ReplyTarget) -> str:
        """A fixed heading."""
        return "-# You asked for this in a place"

    async def post_in_channel(self, job: JobRecord, message: Message) -> JobRecord:
        """Refuse, as without permission to send messages."""
        raise Unreachable

    async def send_dm(self, job: JobRecord, message: Message) -> JobRecord:
        """Return the job."""
        if self.errors:
            raise self.errors.pop(0)
        if self.is_closed:
            raise Unreachable
        self.sent.append(texts({"components": message.view.to_components()}))
        return job


class Refusal:
    """A fake HTTP response for discord.py's errors."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.reason = "Refused"


def http_error(status: int, code: int = 0) -> discord.HTTPException:
    """An HTTP error of Discord with this status."""
    return discord.HTTPException(Refusal(status), {"code": code, "message": "refused"})  # pyright: ignore[reportArgumentType]


def percent(number: int) -> JobProgress:
    """A running job at this percentage."""
    return JobProgress(job=JOB, phase=JobPhase.RUNNING, percent=number)


DONE = JobEnding(job=job(state=JobState.DONE, image_url="https://cdn.imaginepro.ai/a.png"), uploads=(PICTURE,))


async def handled(replies: Replies, frame: JobProgress) -> None:
    """Wait until the progress was handled, sent or skipped."""
    async with asyncio.timeout(60):
        while replies._live_edits._replies[JOB.id].attempted != frame:  # noqa: ASYNC110  # there is no event for a skipped edit
            await asyncio.sleep(0.001)


async def queue_drained(replies: Replies) -> None:
    """Wait until all queued work of the job's bucket has run."""
    last = asyncio.Event()

    async def turn() -> None:
        last.set()

    replies._scheduler.enqueue(bucket_key_of(JOB.reply), turn)
    await last.wait()


@pytest.fixture
def calls() -> FakeEdits:
    """Fake reply edits."""
    return FakeEdits()


@pytest.fixture
def fallback() -> FakeFallback:
    """Fake fallback messages."""
    return FakeFallback()


@pytest.fixture
def lease() -> Lease:
    """A lease without an end."""
    return Lease.forever()


@pytest.fixture
async def replies(
    calls: FakeEdits,
    fallback: FakeFallback,
    lease: Lease,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[Replies]:
    """Replies with fake edits and fallbacks, without spacing, to new messages."""
    caplog.set_level(logging.INFO, "bot.ui")
    monkeypatch.setattr("bot.ui.replies.replies.ReplyCalls", lambda _, **__: calls)
    monkeypatch.setattr("bot.ui.replies.replies.FallbackMessages", lambda *_: fallback)
    monkeypatch.setattr("bot.ui.base.clock.now", lambda: discord.utils.snowflake_time(MESSAGE))
    # Only the stand-ins would use the bot.
    replies = Replies(None, Store(), None, FAST, lease)  # pyright: ignore[reportArgumentType]
    yield replies
    await replies.close()


async def test_only_the_newest_progress_is_shown(replies: Replies, calls: FakeEdits) -> None:
    """During an edit only the newest progress is kept."""
    calls.gate.clear()
    replies.show(percent(1))
    await calls.begun.wait()
    for number in range(2, 60):
        replies.show(percent(number))
    calls.gate.set()
    await calls.count(2)
    assert ["**1 %**" in texts(calls.edits[0]), "**59 %**" in texts(calls.edits[1])] == [True, True]


async def test_equal_progress_is_not_sent(replies: Replies, calls: FakeEdits) -> None:
    """Progress that looks the same is not sent again."""
    for number in (99, 99, 100):
        replies.show(percent(number))
        await calls.count(1)
    await handled(replies, percent(100))
    replies.show(percent(5))
    await calls.count(2)
    assert ["**5 %**" in texts(edit) for edit in calls.edits] == [False, True]


async def test_failed_edit_is_repeated(replies: Replies, calls: FakeEdits, caplog: pytest.LogCaptureFixture) -> None:
    """An edit that fails temporarily is repeated without new progress."""
    calls.errors += [http_error(500), aiohttp.ServerDisconnectedError()]
    replies.show(percent(10))
    await calls.count(3)
    assert ["**10 %**" in texts(edit) for edit in calls.edits] == [True, True, True]
    replies.show(percent(20))
    await calls.count(4)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "Discord takes no edits at the moment, replies wait",
        "Discord takes edits again",
    ]


async def test_refused_edit_is_not_repeated(
    replies: Replies, calls: FakeEdits, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused edit is not repeated, the next one is sent, and the recovery is logged once."""
    calls.errors += [http_error(403), http_error(403)]
    for count, number in enumerate((10, 20, 30, 40), start=1):
        replies.show(percent(number))
        await calls.count(count)
    assert ["**40 %**" in texts(edit) for edit in calls.edits] == [False, False, False, True]
    assert [record.getMessage() for record in caplog.records] == [
        "a reply can't be edited: 403 Refused (error code: 0): refused",
        "a reply can be edited again",
    ]


async def test_old_message_is_edited_rarely(
    replies: Replies, calls: FakeEdits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old message is edited at the longer interval."""
    pauses: list[float] = []
    loop = asyncio.get_running_loop()
    later = loop.call_later
    monkeypatch.setattr(loop, "call_later", lambda delay, *rest: pauses.append(delay) or later(delay, *rest))
    monkeypatch.setattr("bot.ui.base.clock.now", lambda: discord.utils.snowflake_time(MESSAGE) + timedelta(minutes=56))
    replies.show(percent(10))
    await calls.count(1)
    await replies.deliver(DONE)
    assert FAST.old_message_edit_interval in pauses


async def test_follow_up_names_its_parent(replies: Replies, calls: FakeEdits) -> None:
    """A running follow-up links its parent."""
    replies.show(JobProgress(job=job(parent_id=JOB.id, button="U1"), phase=JobPhase.RUNNING, percent=3))
    await calls.count(1)
    assert f"/{MESSAGE})" in texts(calls.edits[0])


async def test_expired_token_falls_back_to_the_channel(replies: Replies, calls: FakeEdits) -> None:
    """After a token has expired, edits use the channel at once and permanently."""
    calls.errors.append(TokenExpired())
    replies.show(percent(10))
    await calls.count(2)
    replies.show(percent(20))
    await calls.count(3)
    assert calls.ways == ["token", "channel", "channel"]
    assert "**20 %**" in texts(calls.edits[-1])


async def test_final_edit_waits_for_the_edit_under_way(replies: Replies, calls: FakeEdits) -> None:
    """The final edit waits for the progress edit under way."""
    calls.gate.clear()
    replies.show(percent(50))
    await calls.begun.wait()
    delivery = asyncio.create_task(replies.deliver(DONE))
    calls.gate.set()
    await delivery
    assert "**50 %**" in texts(calls.edits[0])
    assert media(calls.edits[-1])


@pytest.mark.parametrize("error", [http_error(503), http_error(429), aiohttp.ServerDisconnectedError(), TimeoutError()])
async def test_final_edit_is_repeated_during_an_outage(
    replies: Replies, calls: FakeEdits, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The final edit is repeated during a temporary failure."""
    real_sleep = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", lambda seconds, *args: real_sleep(0, *args))
    calls.errors += [error, error, error]
    await replies.deliver(DONE)
    assert len(calls.edits) == 4


async def test_refused_picture_is_linked_instead(replies: Replies, calls: FakeEdits) -> None:
    """When the file is refused, the final message links it."""
    calls.errors.append(http_error(413))
    await replies.deliver(DONE)
    assert media(calls.edits[-1]) == []
    assert "could not be uploaded here; open the original" in texts(calls.edits[-1])


async def test_outage_is_logged_once(
    replies: Replies, calls: FakeEdits, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage with several final edits gives two log lines."""
    real_sleep = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", lambda seconds, *args: real_sleep(0, *args))
    calls.errors += [http_error(503)] * 12
    await asyncio.gather(*(replies.deliver(JobEnding(job=job(id=f"job-{n}", state=JobState.FAILED))) for n in range(4)))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_refused_final_edit_is_given_up(
    replies: Replies, calls: FakeEdits, caplog: pytest.LogCaptureFixture
) -> None:
    """A permanently refused final edit is logged as an error and raises ReplyGone."""
    calls.errors += [http_error(400), http_error(400)]
    with pytest.raises(ReplyGone):
        await replies.deliver(DONE)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


async def test_lost_reply_is_not_edited(replies: Replies, calls: FakeEdits, fallback: FakeFallback) -> None:
    """A reply in a lost place gets no more progress edits, and the result is sent by direct message."""
    calls.errors += [Unreachable(), Unreachable()]
    replies.show(percent(1))
    await calls.count(1)
    for number in range(2, 20):
        replies.show(percent(number))
        await asyncio.sleep(0)
    await replies.deliver(DONE)
    assert len(calls.edits) == 2
    [text] = fallback.sent
    assert text.startswith("-# You asked for this in a place\n**a red fox**")


async def test_deleted_reply_is_not_sent_again(replies: Replies, calls: FakeEdits, fallback: FakeFallback) -> None:
    """What a moderator has deleted does not come back by direct message."""
    calls.errors.append(ReplyDeleted())
    with pytest.raises(ReplyGone):
        await replies.deliver(DONE)
    assert fallback.sent == []


async def test_no_direct_message_for_a_job_that_was_never_sent(
    replies: Replies, calls: FakeEdits, fallback: FakeFallback
) -> None:
    """It has cost nothing, and direct messages are few."""
    calls.errors.append(Unreachable())
    with pytest.raises(ReplyGone):
        await replies.deliver(JobEnding(job=job(state=JobState.CANCELLED, remote_id=None)))
    assert fallback.sent == []


async def test_direct_message_waits_for_its_turn(replies: Replies, calls: FakeEdits, fallback: FakeFallback) -> None:
    """While the bot may open none, it is sent later, once."""
    calls.errors.append(Unreachable())
    fallback.errors = [OpenedTooMany(0.01), OpenedTooMany(0.01)]
    await replies.deliver(DONE)
    assert (len(fallback.sent), fallback.errors) == (1, [])


async def test_files_wait_for_a_direct_message_as_well(
    replies: Replies, calls: FakeEdits, fallback: FakeFallback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes, they are not left out for it."""
    real_sleep = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", lambda seconds, *args: real_sleep(0, *args))
    calls.errors.append(Unreachable())
    fallback.errors = [OpenedTooMany(600.0), OpenedTooMany(3600.0)]
    await replies.deliver(DONE)
    [text] = fallback.sent
    assert "takes no files" not in text


async def test_files_are_left_out_before_another_way(
    replies: Replies, calls: FakeEdits, fallback: FakeFallback
) -> None:
    """Without the permission the same way is tried again; only one that refuses everything is left."""
    calls.errors += [NotPermitted()]
    await replies.deliver(DONE)
    assert (calls.ways, media(calls.edits[-1]), fallback.sent) == (["token", "token"], [], [])
    calls.ways.clear()
    calls.errors += [NotPermitted(), NotPermitted()]
    await replies.deliver(DONE)
    assert (calls.ways, len(fallback.sent)) == (["token", "token"], 1)


async def test_unknown_refusals_lead_to_the_channel(replies: Replies, calls: FakeEdits, fallback: FakeFallback) -> None:
    """With the files, which are left out where the channel refuses them as well."""
    calls.errors += [RouteRefused(), http_error(403, 50999)]
    await replies.deliver(DONE)
    assert calls.ways == ["token", "channel", "channel"]
    assert (media(calls.edits[-1]), fallback.sent) == ([], [])


async def test_archived_thread_may_be_opened_again(replies: Replies, calls: FakeEdits, fallback: FakeFallback) -> None:
    """Progress is tried again in an archived thread, which takes it once it is open."""
    calls.errors += [Archived(), Archived()]
    replies.show(percent(1))
    await calls.count(3)
    await replies.deliver(DONE)
    assert not fallback.sent


async def test_unreachable_member(replies: Replies, calls: FakeEdits, fallback: FakeFallback) -> None:
    """Without reply and direct messages, delivery raises ReplyGone."""
    fallback.is_closed = True
    calls.errors.append(Unreachable())
    with pytest.raises(ReplyGone):
        await replies.deliver(DONE)


async def test_late_progress_is_not_shown(replies: Replies, calls: FakeEdits) -> None:
    """Progress during the final edit is not shown."""
    calls.gate.clear()
    delivery = asyncio.create_task(replies.deliver(DONE))
    await calls.begun.wait()
    replies.show(percent(99))
    calls.gate.set()
    await delivery
    await queue_drained(replies)
    assert len(calls.edits) == 1


async def test_newest_progress(replies: Replies) -> None:
    """The newest progress is returned, or one built from the record."""
    assert replies.progress_of(job(state=JobState.RECORDED)).phase is JobPhase.WAITING
    replies.show(percent(7))
    assert replies.progress_of(JOB).percent == 7


async def test_closing_waits_for_the_edit_under_way(replies: Replies, calls: FakeEdits) -> None:
    """Closing waits for the edit under way; later ones are not sent, and no task remains."""
    calls.gate.clear()
    replies.show(percent(1))
    await calls.begun.wait()
    replies.show(percent(2))
    asyncio.get_running_loop().call_later(0.05, calls.gate.set)
    await replies.close()
    replies.show(percent(3))
    assert ["**1 %**" in texts(edit) for edit in calls.edits] == [True]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_delivery_after_closing_waits(replies: Replies, calls: FakeEdits) -> None:
    """A delivery after closing waits until it is cancelled, so the job stays undelivered."""
    await replies.close()
    delivery = asyncio.create_task(replies.deliver(DONE))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not delivery.done()
    delivery.cancel()
    assert calls.edits == []


async def test_no_progress_is_shown_without_a_lease(replies: Replies, calls: FakeEdits, lease: Lease) -> None:
    """Another process may have shown the job's end; the newest progress follows once the lease is valid again."""
    lease._until = 0.0
    for number in (10, 20):
        replies.show(percent(number))
        await queue_drained(replies)
    assert calls.edits == []
    lease._until = float("inf")
    await calls.count(1)
    assert "**20 %**" in texts(calls.edits[0])


async def test_progress_of_an_earlier_term_is_dropped(replies: Replies, calls: FakeEdits, lease: Lease) -> None:
    """The job was given up meanwhile; taken up again, its progress is shown again."""
    lease._until = 0.0
    replies.show(percent(10))
    await queue_drained(replies)
    lease.end()
    lease.renew(lease.now())
    async with asyncio.timeout(60):
        while replies._live_edits.newest(JOB.id) is not None:  # noqa: ASYNC110  # nothing is sent
            await asyncio.sleep(0.001)
    assert calls.edits == []
    replies.show(percent(10))
    await calls.count(1)


async def test_outdated_ending_is_not_repeated(replies: Replies, calls: FakeEdits) -> None:
    """While Discord was away the job has ended otherwise: the failure is not shown on top of the result."""
    outdated = False
    calls.errors += [http_error(500)] * 3
    failed = JobEnding(job=job(state=JobState.FAILED), is_outdated=lambda: outdated)
    delivering = asyncio.create_task(replies.deliver(failed))
    await calls.count(1)
    outdated = True
    with pytest.raises(OutdatedEnding):
        await delivering
    assert len(calls.edits) == 1


async def test_files_are_fitted_to_the_route(replies: Replies, calls: FakeEdits) -> None:
    """By the channel's route the server's limit counts, not the interaction's."""
    limits: list[int] = []

    async def refit(limit: int) -> tuple[tuple[Upload, ...], str | None]:
        limits.append(limit)
        return (Upload(b"small", "picture.png"),), None

    calls.limit = 8
    calls.errors.append(TokenExpired())
    await replies.deliver(replace(DONE, uploads=(Upload(b"far too large", "picture.png"),), refit=refit))
    assert (calls.ways, limits) == (["token", "channel"], [8])


async def test_running_job_with_blocked_words_is_edited_no_more(replies: Replies, calls: FakeEdits) -> None:
    """All of its progress would be refused; its ending is still sent."""
    calls.errors.append(http_error(400, 200000))
    replies.show(percent(10))
    await calls.count(1)
    await handled(replies, percent(10))
    replies.show(percent(20))
    await queue_drained(replies)
    assert len(calls.edits) == 1
    await replies.deliver(DONE)
    assert len(calls.edits) == 2
