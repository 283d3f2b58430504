"""Replies that can no longer be edited: the result goes to a fallback message, to which the job's links point."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.store import DirectMessageStore, JobFilter, JobRecord, JobState
from bot.store.db.schema import direct_messages as opened_rows
from bot.store.db.schema import pauses
from bot.ui.base.location import message_link
from bot.ui.base.message import Message as Sent
from bot.ui.base.message import plain_view
from bot.ui.replies.direct_messages import DirectMessages, OpenedTooMany
from bot.ui.replies.fallback import FallbackMessages
from playground.discord_server import Outcome, media, texts
from playground.discord_server.members.removals import delete_channel, kick_bot, start_thread
from playground.discord_server.state.bulk_seed import add_people
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.permission_bits import SEND_MESSAGES, VIEW_CHANNEL
from tests.support.stage import Message, Stage, ended, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_CHANNEL = "PATCH /channels/{channel_id}/messages/{message_id}"
POST = "POST /channels/{channel_id}/messages"
TOKEN_EXPIRED = 16 * 60
TOO_OLD_TO_EDIT = 57 * 60


@pytest.fixture(autouse=True)
def restore_permissions(stage: Stage) -> Iterator[None]:
    """Undo a test's permission changes."""
    yield
    stage.channel.overwrites.clear()
    stage.mia.dm.closed = False


async def held_job(stage: Stage, prompt: str, channel: Channel | None = None) -> tuple[Outcome, Message]:
    """A held job and its reply."""
    stage.hold()
    outcome = await stage.mia.slash(channel or stage.channel, "imagine", prompt=prompt)
    return outcome, await outcome.wait_for(percent_of)


async def finished_record(stage: Stage, word: str) -> JobRecord:
    """The job's record after release, once its delivery succeeded or was given up."""
    stage.release()
    [remote] = stage.submissions(word)
    return await stage.delivered_record(remote.submitted["ref"])


def fallback_message(channel: Channel, job: JobRecord) -> Message:
    """The message of the channel that the job's record points to."""
    return channel.messages[str(job.reply.message_id)].message


async def lost_job(stage: Stage, prompt: str) -> None:
    """A held job whose reply was deleted with its thread, and whose token has expired."""
    thread = start_thread(stage.discord.world, "gone", stage.channel)
    await held_job(stage, prompt, thread)
    stage.discord.clock.advance(TOKEN_EXPIRED)
    delete_channel(stage.discord.core, thread)


@pytest.mark.parametrize("age", [0, TOKEN_EXPIRED, TOO_OLD_TO_EDIT])
async def test_deleted_reply_is_not_sent_again(stage: Stage, age: float) -> None:
    """What a moderator has deleted comes neither by direct message nor in a new message; /history has it."""
    _, reply = await held_job(stage, f"a fox unwanted for {age}")
    stage.discord.world.remove(stage.channel, stage.channel.messages[reply["id"]])
    stage.discord.clock.advance(age)
    messages = {id(channel): len(channel.messages) for channel in (stage.channel, stage.mia.dm)}
    assert (await finished_record(stage, f"unwanted for {age}")).state == "done"
    assert {id(channel): len(channel.messages) for channel in (stage.channel, stage.mia.dm)} == messages
    listed = await stage.mia.slash(stage.channel, "history", search=f"unwanted for {age}")
    assert f"a fox unwanted for {age}" in texts(await listed.wait_for(lambda message: bool(texts(message))))


async def test_lost_place_leads_to_a_direct_message(stage: Stage) -> None:
    """After its thread is deleted, the result, its buttons and its origin are sent by direct message."""
    await lost_job(stage, "a fox out of sight")
    job = await finished_record(stage, "out of sight")
    answer = fallback_message(stage.mia.dm, job)
    assert media(answer)
    assert texts(answer).startswith("-# You asked for this in **Playground**, [this channel](https://discord.com/")
    assert message_link(job) == f"https://discord.com/channels/@me/{stage.mia.dm.id}/{answer['id']}"
    assert job.reply.guild_id == int(stage.discord.world.guild.id)
    assert media(await stage.pressed(answer, "U2"))


@pytest.mark.parametrize("seconds", [0, TOKEN_EXPIRED, TOO_OLD_TO_EDIT])
async def test_locked_thread_leads_to_a_direct_message(stage: Stage, seconds: float) -> None:
    """In a locked thread the result is sent by direct message, for replies of any age."""
    thread = start_thread(stage.discord.world, "closed", stage.channel)
    _, reply = await held_job(stage, f"a fox locked in for {seconds}", thread)
    stage.discord.clock.advance(seconds)
    thread.archived = thread.locked = True
    assert media(fallback_message(stage.mia.dm, await finished_record(stage, f"locked in for {seconds}")))
    assert percent_of(thread.messages[reply["id"]].message) == percent_of(reply)


@pytest.mark.parametrize("seconds", [0, TOKEN_EXPIRED, TOO_OLD_TO_EDIT])
async def test_archived_thread_is_posted_into_again(stage: Stage, seconds: float) -> None:
    """A new message opens a thread that was archived by hand; the old reply then leads to it."""
    thread = start_thread(stage.discord.world, "put away", stage.channel)
    _, reply = await held_job(stage, f"a fox put away for {seconds}", thread)
    stage.discord.clock.advance(seconds)
    thread.archived = True
    job = await finished_record(stage, f"put away for {seconds}")
    assert media(fallback_message(thread, job))
    assert not thread.archived
    old = await thread.wait_for(lambda message: message["id"] == reply["id"] and "Done" in texts(message))
    assert f"[the newer message]({message_link(job)})" in texts(old)


async def test_failed_job_without_a_reply_leads_to_a_direct_message(stage: Stage) -> None:
    """A failure is sent by direct message as well, with Retry."""
    await lost_job(stage, "a fox without luck scenario:fails-at-60")
    answer = fallback_message(stage.mia.dm, await finished_record(stage, "without luck"))
    assert "could not make this picture" in texts(answer)
    assert labels(answer) == ["Retry"]


async def test_closed_direct_messages_leave_the_history(stage: Stage) -> None:
    """Without a reply or direct messages the job ends and can be found in /history."""
    stage.mia.dm.closed = True
    await lost_job(stage, "a fox out of reach")
    assert (await finished_record(stage, "out of reach")).state == "done"
    listed = await stage.mia.slash(stage.channel, "history", search="out of reach")
    assert "a fox out of reach" in texts(await listed.wait_for(lambda message: bool(texts(message))))


async def test_failing_direct_message_is_retried(stage: Stage) -> None:
    """A failing direct message is retried like an edit."""
    await lost_job(stage, "a fox worth a second try")
    stage.discord.faults.refuse_next(POST, 403, code=40333)
    assert media(fallback_message(stage.mia.dm, await finished_record(stage, "worth a second try")))


async def test_old_reply_ends_in_a_new_message(stage: Stage) -> None:
    """An old reply is replaced by a new message; both link to each other, and the buttons work."""
    _, reply = await held_job(stage, "a fox that took an hour")
    stage.discord.clock.advance(TOO_OLD_TO_EDIT)
    job = await finished_record(stage, "took an hour")
    new = fallback_message(stage.channel, job)
    assert media(new)
    assert new["message_reference"]["message_id"] == reply["id"]
    old = await stage.channel.wait_for(lambda message: message["id"] == reply["id"] and "Done" in texts(message))
    assert f"[the newer message]({message_link(job)})" in texts(old)
    assert labels(old) == []
    assert media(await stage.pressed(new, "U1"))


async def test_old_reply_is_linked_after_a_refusal(stage: Stage) -> None:
    """When Discord can't take the edit of the old reply for a moment, it is made a little later."""
    _, reply = await held_job(stage, "a fox that came later")
    stage.discord.clock.advance(TOO_OLD_TO_EDIT)
    stage.discord.faults.refuse_next(BY_CHANNEL, 503)
    link = message_link(await finished_record(stage, "that came later"))
    assert link is not None
    old = await stage.channel.wait_for(lambda message: message["id"] == reply["id"] and "Done" in texts(message))
    assert link in texts(old)


async def test_old_reply_is_edited_after_a_restart(stage: Stage) -> None:
    """After a stop between the new message and the edit of the old one, the next process makes that edit."""
    _, reply = await held_job(stage, "a fox that took its time")
    stage.discord.clock.advance(TOO_OLD_TO_EDIT)
    stage.release()
    await stage.channel.wait_for(lambda message: labels(message)[:1] == ["U1"] and "took its time" in texts(message))
    stage.discord.faults.rate_limit_next(BY_CHANNEL, 30)
    await stage.discord.request_log.wait_for(lambda entry: entry.status == 429)
    await stage.restart()
    old = await stage.channel.wait_for(lambda message: message["id"] == reply["id"] and "Done" in texts(message))
    link = message_link(await finished_record(stage, "took its time"))
    assert link is not None
    assert link in texts(old)


async def test_old_reply_without_read_permission(stage: Stage) -> None:
    """Without permission to read the history, the new message has no reference to the old one."""
    await held_job(stage, "a fox without a past")
    stage.discord.clock.advance(TOO_OLD_TO_EDIT)
    stage.discord.faults.refuse_next(POST, 403, code=160002)
    new = fallback_message(stage.channel, await finished_record(stage, "without a past"))
    assert media(new)
    assert "message_reference" not in new


async def test_old_reply_without_send_permission(stage: Stage) -> None:
    """Without permission to send messages, the old reply is edited instead; it implies that no files are taken."""
    outcome, reply = await held_job(stage, "a fox in a quiet room")
    stage.discord.clock.advance(TOO_OLD_TO_EDIT)
    stage.channel.forbid(stage.discord.world.guild.id, SEND_MESSAGES)
    job = await finished_record(stage, "in a quiet room")
    assert str(job.reply.message_id) == reply["id"]
    done = await outcome.wait_for(ended)
    assert (media(done), "[original](<" in texts(done), "U1" in labels(done)) == ([], True, True)


async def test_old_reply_without_view_permission(stage: Stage) -> None:
    """Without access to the channel, the result is sent by direct message."""
    await held_job(stage, "a fox behind a curtain")
    stage.discord.clock.advance(TOO_OLD_TO_EDIT)
    stage.channel.forbid(stage.discord.world.guild.id, VIEW_CHANNEL)
    assert media(fallback_message(stage.mia.dm, await finished_record(stage, "behind a curtain")))


async def test_edit_limit_leads_to_a_new_message(stage: Stage) -> None:
    """When Discord refuses more edits of a message, the result goes to a new message."""
    _, reply = await held_job(stage, "a fox edited too often")
    stage.discord.clock.advance(TOKEN_EXPIRED)
    stage.discord.faults.refuse_next(BY_CHANNEL, 429, code=30046, times=100)
    job = await finished_record(stage, "edited too often")
    assert str(job.reply.message_id) != reply["id"]
    assert media(fallback_message(stage.channel, job))


async def test_fallback_message_is_deduplicated(stage: Stage) -> None:
    """A fallback message sent again after a crash is deduplicated by Discord."""
    job = await finished_job(stage, "a fox posted twice")
    fallback = FallbackMessages(stage.bot, stage.store, direct_messages(stage))
    message = Sent(plain_view("posted"))
    first, second = [await fallback.post_in_channel(job, message) for _ in range(2)]
    assert first.reply.message_id == second.reply.message_id != job.reply.message_id
    first, second = [await fallback.send_dm(job, message) for _ in range(2)]
    assert first.reply.message_id == second.reply.message_id


async def finished_job(stage: Stage, prompt: str) -> JobRecord:
    """The record of a job that has ended as usual."""
    await stage.finished(prompt)
    return await finished_record(stage, prompt)


def openings(stage: Stage) -> int:
    """How many direct message channels the bot has asked for."""
    return len(stage.discord.request_log.of("/users/@me/channels", "POST"))


def direct_messages(stage: Stage) -> DirectMessages:
    """As in any process of the bot."""
    return DirectMessages(stage.bot, DirectMessageStore(stage.store._database))


async def test_few_direct_messages_are_opened(stage: Stage) -> None:
    """All processes together open ten in ten minutes; members written to before don't count."""
    world = stage.discord.world
    people = [int(world.user_id(name)) for name in add_people(world, 11)]
    await _pass_time(stage, 700)
    before = openings(stage)
    for person in people[:10]:
        await direct_messages(stage).channel(person)
    with pytest.raises(OpenedTooMany) as refused:
        await direct_messages(stage).channel(people[10])
    assert 500 < refused.value.seconds <= 600
    assert openings(stage) == before + 10
    assert await direct_messages(stage).channel(people[0])
    assert openings(stage) == before + 10


async def test_quarantine(stage: Stage) -> None:
    """Once Discord refuses to open any, no process asks again for an hour, and the log says where to look."""
    await _pass_time(stage, 700)
    stage.discord.world.direct_messages.quarantined = True
    before = openings(stage)
    for member in (stage.max, stage.adam):
        with pytest.raises(OpenedTooMany) as refused:
            await direct_messages(stage).channel(int(member.id))
        assert 3500 < refused.value.seconds <= 3600
    assert openings(stage) == before + 1
    stage.expect_error("Discord lets the bot open no direct messages")
    stage.discord.world.direct_messages.quarantined = False
    await _pass_time(stage, 3700)
    assert await direct_messages(stage).channel(int(stage.max.id))


async def _pass_time(stage: Stage, seconds: float) -> None:
    database = stage.store._database
    for change in (
        sa.update(opened_rows).values(opened_at=opened_rows.c.opened_at - seconds),
        sa.update(pauses).values(until=pauses.c.until - seconds),
    ):
        await database.run(lambda connection, change=change: connection.execute(change))


async def waiting_job(stage: Stage, prompt: str, channel: Channel) -> str:
    """The id of a job that waits until one of its member's three running jobs has ended."""
    outcome = await stage.mia.slash(channel, "imagine", prompt=prompt)
    await outcome.wait_for(lambda message: "in line" in texts(message).lower())
    [job] = await stage.store.find(JobFilter(user_id=int(stage.mia.id), everywhere=True, text=prompt), limit=2)
    return job.id


async def three_running(stage: Stage) -> None:
    """As many held jobs of Mia's as may run at a time."""
    for number in range(3):
        await held_job(stage, f"a fox that runs {number}")


async def was_dropped(stage: Stage, job_id: str) -> JobRecord:
    """The record of a job that has ended unsent."""
    job = await stage.record_when(job_id, lambda job: job.state.is_final)
    assert (job.state, job.submitting_at, job.delivered_at is None) == (JobState.CANCELLED, None, False)
    return job


async def test_unsent_jobs_of_a_deleted_place(stage: Stage) -> None:
    """They are dropped with their channel or thread, unpaid and in silence; those of an outage are not."""
    world = stage.discord.world
    thread, art = start_thread(world, "side", stage.channel), world.channel("art")
    wall = start_thread(world, "wall", art)
    await three_running(stage)
    in_thread = await waiting_job(stage, "a fox for the side", thread)
    in_art = await waiting_job(stage, "a fox for the gallery", art)
    on_wall = await waiting_job(stage, "a fox on the gallery's wall", wall)
    stays = await waiting_job(stage, "a fox that stays", stage.channel)
    shown = stage.bot.services.replies.progress_of
    on_art = await stage.bot.services.jobs.get(in_art)
    await stage.wait_until(lambda: shown(on_art).position is not None)
    received = len(stage.mia.dm.messages)
    stage.discord.core.gateway.dispatch("GUILD_DELETE", {"id": world.guild.id, "unavailable": True}, world.guild.id)
    delete_channel(stage.discord.core, thread)
    assert "thread was deleted" in ((await was_dropped(stage, in_thread)).reason or "")
    delete_channel(stage.discord.core, art)
    for job_id in (in_art, on_wall):
        assert "cost nothing" in ((await was_dropped(stage, job_id)).reason or "")
    # Nothing of their replies is kept in memory.
    await stage.wait_until(lambda: shown(on_art).position is None)
    stage.release()
    assert (await stage.delivered_record(stays)).state is JobState.DONE
    assert not [job for job in stage.api.jobs.values() if "the side" in job.prompt or "gallery" in job.prompt]
    assert len(stage.mia.dm.messages) == received


async def test_kicked_bot(stage: Stage) -> None:
    """What waits is dropped, what was paid goes on, and no member is written to; the last test, as the bot is out."""
    await three_running(stage)
    waiting = await waiting_job(stage, "a fox at the door", stage.channel)
    received = len(stage.mia.dm.messages)
    stage.discord.clock.advance(TOKEN_EXPIRED)
    kick_bot(stage.discord.core)
    assert "removed from the server" in ((await was_dropped(stage, waiting)).reason or "")
    stage.release()
    for number in range(3):
        paid = stage.submissions(f"that runs {number}")[-1]
        assert (await stage.delivered_record(paid.submitted["ref"])).state is JobState.DONE
    assert len(stage.mia.dm.messages) == received
    assert [entry.response["code"] for entry in stage.discord.request_log if entry.status == 403][-1] == 50278
