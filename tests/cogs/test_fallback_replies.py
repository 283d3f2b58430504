"""Replies that can't be edited any more: the result is shown elsewhere, the job settles, and its links lead there."""

from collections.abc import Iterator

import pytest

from bot.store import JobRecord
from bot.ui.base.location import message_link
from bot.ui.base.message import Message as Sent
from bot.ui.base.message import plain_view
from bot.ui.replies.fallback import FallbackMessages
from playground.discord_server import Outcome, media, texts
from playground.discord_server.channels import Channel
from playground.discord_server.closing import delete_channel, kick_bot, start_thread
from playground.discord_server.permissions import SEND_MESSAGES, VIEW_CHANNEL
from tests.support.stage import Message, Stage, ended, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_CHANNEL = "PATCH /channels/{channel_id}/messages/{message_id}"
POST = "POST /channels/{channel_id}/messages"
OVER = 16 * 60
OLD = 57 * 60


@pytest.fixture(autouse=True)
def everything_is_open_again(stage: Stage) -> Iterator[None]:
    """Take back what a test has closed."""
    yield
    stage.channel.overwrites.clear()
    stage.mia.dm.closed = False


async def running(stage: Stage, prompt: str, channel: Channel | None = None) -> tuple[Outcome, Message]:
    """A job that stands still, and its reply."""
    stage.hold()
    outcome = await stage.mia.slash(channel or stage.channel, "imagine", prompt=prompt)
    return outcome, await outcome.wait_for(percent_of)


async def settled(stage: Stage, word: str) -> JobRecord:
    """The job as remembered once it runs on and its end was delivered, or could not be."""
    stage.release()
    [remote] = stage.submissions(word)
    return await stage.delivered_record(remote.submitted["ref"])


def shown(channel: Channel, job: JobRecord) -> Message:
    """The message of the channel that the job's record leads to."""
    return channel.messages[str(job.reply.message_id)].message


async def test_deleted_reply_is_told_in_a_direct_message(stage: Stage) -> None:
    """With the result, its buttons, and where it was asked for; the job's link leads there, and nobody is pinged."""
    _, reply = await running(stage, "a fox nobody wanted here")
    stage.discord.world.remove(stage.channel, stage.channel.messages[reply["id"]])
    job = await settled(stage, "nobody wanted here")
    told = shown(stage.mia.dm, job)
    assert media(told)
    assert texts(told).startswith("-# You asked for this in **Playground**, [this channel](https://discord.com/")
    assert message_link(job) == f"https://discord.com/channels/@me/{stage.mia.dm.id}/{told['id']}"
    assert job.reply.guild_id == int(stage.discord.world.guild.id)
    assert media(await stage.pressed(told, "U2"))


async def test_deleted_channel_is_told_in_a_direct_message(stage: Stage) -> None:
    """Also when the token is over."""
    thread = start_thread(stage.discord.world, "soon gone", stage.channel)
    await running(stage, "a fox in a thread soon gone", thread)
    stage.discord.clock.advance(OVER)
    delete_channel(stage.discord.core, thread)
    assert media(shown(stage.mia.dm, await settled(stage, "soon gone")))


@pytest.mark.parametrize("seconds", [0, OVER, OLD])
async def test_locked_thread_is_told_in_a_direct_message(stage: Stage, seconds: float) -> None:
    """At any age of the reply; what was shown last stays in the thread."""
    thread = start_thread(stage.discord.world, "closed", stage.channel)
    _, reply = await running(stage, f"a fox locked in for {seconds}", thread)
    stage.discord.clock.advance(seconds)
    thread.archived = thread.locked = True
    assert media(shown(stage.mia.dm, await settled(stage, f"locked in for {seconds}")))
    assert percent_of(thread.messages[reply["id"]].message) == percent_of(reply)


async def test_failed_job_without_a_reply_is_told_as_well(stage: Stage) -> None:
    """The reason, and Retry, which works there."""
    _, reply = await running(stage, "a fox without luck scenario:fails-at-60")
    stage.discord.world.remove(stage.channel, stage.channel.messages[reply["id"]])
    told = shown(stage.mia.dm, await settled(stage, "without luck"))
    assert "could not make this picture" in texts(told)
    assert labels(told) == ["Retry"]


async def test_member_who_takes_no_direct_messages_finds_it_in_history(stage: Stage) -> None:
    """The job settles, and nothing is posted anywhere."""
    _, reply = await running(stage, "a fox out of reach")
    stage.mia.dm.closed = True
    stage.discord.world.remove(stage.channel, stage.channel.messages[reply["id"]])
    assert (await settled(stage, "out of reach")).state == "done"
    listed = await stage.mia.slash(stage.channel, "history", search="out of reach")
    assert "a fox out of reach" in texts(await listed.wait_for(lambda message: bool(texts(message))))


async def test_direct_messages_that_fail_for_a_while_are_sent_later(stage: Stage) -> None:
    """They are insisted on as edits are."""
    _, reply = await running(stage, "a fox worth a second try")
    stage.discord.world.remove(stage.channel, stage.channel.messages[reply["id"]])
    stage.discord.faults.refuse_next("POST /users/@me/channels", 403, code=40333)
    assert media(shown(stage.mia.dm, await settled(stage, "worth a second try")))


async def test_old_reply_ends_in_a_new_message(stage: Stage) -> None:
    """It refers to the old one, which leads to it; the job's record does so too, and the buttons work."""
    _, reply = await running(stage, "a fox that took an hour")
    stage.discord.clock.advance(OLD)
    job = await settled(stage, "took an hour")
    new = shown(stage.channel, job)
    assert media(new)
    assert new["message_reference"]["message_id"] == reply["id"]
    old = await stage.channel.wait_for(lambda message: message["id"] == reply["id"] and "Done" in texts(message))
    assert f"[the newer message]({message_link(job)})" in texts(old)
    assert labels(old) == []
    assert media(await stage.pressed(new, "U1"))


async def test_old_reply_ends_though_the_bot_is_stopped_just_then(stage: Stage) -> None:
    """Stopped between the new message and the edit of the old one: the next process makes that edit."""
    _, reply = await running(stage, "a fox that took its time")
    stage.discord.clock.advance(OLD)
    stage.release()
    await stage.channel.wait_for(lambda message: labels(message)[:1] == ["U1"] and "took its time" in texts(message))
    stage.discord.faults.rate_limit_next(BY_CHANNEL, 30)
    await stage.discord.journal.wait_for(lambda entry: entry.status == 429)
    await stage.restart()
    old = await stage.channel.wait_for(lambda message: message["id"] == reply["id"] and "Done" in texts(message))
    link = message_link(await settled(stage, "took its time"))
    assert link is not None
    assert link in texts(old)


async def test_old_reply_where_the_bot_may_not_read(stage: Stage) -> None:
    """Without the right to refer to a message it refers to none."""
    await running(stage, "a fox without a past")
    stage.discord.clock.advance(OLD)
    stage.discord.faults.refuse_next(POST, 403, code=160002)
    new = shown(stage.channel, await settled(stage, "without a past"))
    assert media(new)
    assert "message_reference" not in new


async def test_old_reply_where_the_bot_may_not_write(stage: Stage) -> None:
    """One edit of what is there needs no permission to write."""
    outcome, reply = await running(stage, "a fox in a quiet room")
    stage.discord.clock.advance(OLD)
    stage.channel.forbid(stage.discord.world.guild.id, SEND_MESSAGES)
    job = await settled(stage, "in a quiet room")
    assert str(job.reply.message_id) == reply["id"]
    assert media(await outcome.wait_for(ended))


async def test_old_reply_the_bot_can_not_see(stage: Stage) -> None:
    """Neither new message nor edit: the member is told."""
    await running(stage, "a fox behind a curtain")
    stage.discord.clock.advance(OLD)
    stage.channel.forbid(stage.discord.world.guild.id, VIEW_CHANNEL)
    assert media(shown(stage.mia.dm, await settled(stage, "behind a curtain")))


async def test_reply_that_takes_no_more_edits_ends_in_a_new_message(stage: Stage) -> None:
    """Discord's count of edits decides, not the clock alone."""
    _, reply = await running(stage, "a fox edited too often")
    stage.discord.clock.advance(OVER)
    stage.discord.faults.refuse_next(BY_CHANNEL, 429, code=30046, times=100)
    job = await settled(stage, "edited too often")
    assert str(job.reply.message_id) != reply["id"]
    assert media(shown(stage.channel, job))


async def test_message_posted_twice_is_there_once(stage: Stage) -> None:
    """A process that died before it had noted the new message does not make a second one soon after."""
    job = await settled_at_once(stage, "a fox posted twice")
    elsewhere = FallbackMessages(stage.bot, stage.store)
    said = Sent(plain_view("posted"))
    first, second = [await elsewhere.in_channel(job, said) for _ in range(2)]
    assert first.reply.message_id == second.reply.message_id != job.reply.message_id
    first, second = [await elsewhere.in_dm(job, said) for _ in range(2)]
    assert first.reply.message_id == second.reply.message_id


async def settled_at_once(stage: Stage, prompt: str) -> JobRecord:
    """A job that has ended as usual."""
    await stage.finished(prompt)
    return await settled(stage, prompt)


async def test_kicked_bot_tells_the_member(stage: Stage) -> None:
    """The last test of this server: there is nothing else the bot could do in it."""
    await running(stage, "a fox thrown out")
    stage.discord.clock.advance(OVER)
    kick_bot(stage.discord.core)
    await stage.wait_until(lambda: not stage.bot.guilds)
    told = shown(stage.mia.dm, await settled(stage, "thrown out"))
    assert media(told)
    assert texts(told).startswith("-# You asked for this in [this channel](")
