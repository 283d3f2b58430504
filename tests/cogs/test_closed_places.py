"""Jobs in places that close, or that the bot reaches only by the interaction's token."""

import asyncio
from collections.abc import Iterator

import pytest

from bot.ui.base.location import message_link
from playground.discord_server import Refused, media, texts
from playground.discord_server.members.removals import start_thread
from playground.discord_server.state.channels import Channel
from tests.cogs.test_fallback_replies import TOKEN_EXPIRED, fallback_message, finished_record, held_job
from tests.support.stage import ANSWER_TIMEOUT, Stage, ended, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def give_the_word_back(stage: Stage) -> Iterator[None]:
    """End time-outs after a test."""
    yield
    for member in stage.discord.world.members.values():
        member.time_out_until = None


def thread_of(stage: Stage, name: str) -> Channel:
    """An open thread."""
    return start_thread(stage.discord.world, name, stage.channel)


@pytest.mark.parametrize("seconds", [0, TOKEN_EXPIRED])
async def test_archived_thread_gets_the_result(stage: Stage, seconds: float) -> None:
    """A thread archived while the job ran is opened by a message with the result, to which the old reply links."""
    thread = thread_of(stage, "put away")
    _, reply = await held_job(stage, f"a fox put away for {seconds}", thread)
    stage.discord.clock.advance(seconds)
    stage.discord.world.set_thread(thread, archived=True)
    job = await finished_record(stage, f"put away for {seconds}")
    assert media(fallback_message(thread, job))
    assert not thread.archived
    old = await thread.wait_for(lambda message: message["id"] == reply["id"] and "Done" in texts(message))
    assert f"[the newer message]({message_link(job)})" in texts(old)
    assert not stage.mia.dm.messages


async def test_reopened_thread_shows_progress_again(stage: Stage) -> None:
    """Edits go on when the thread is opened again, and the result takes the reply's own place."""
    thread = thread_of(stage, "in and out")
    async with stage.waiting(outage_edit_interval=0.05):
        outcome, reply = await held_job(stage, "a fox in and out", thread)
        stage.discord.world.set_thread(thread, archived=True)
        stage.hold(50)
        await stage.discord.request_log.wait_for(lambda entry: entry.status == 400)
        stage.discord.world.set_thread(thread, archived=False)
        assert percent_of(await outcome.wait_for(lambda message: (percent_of(message) or 0) >= 50))
        job = await finished_record(stage, "in and out")
    assert (str(job.reply.message_id), bool(media(await outcome.wait_for(ended)))) == (reply["id"], True)


async def test_locked_thread_starts_nothing(stage: Stage) -> None:
    """A command there can't be answered, not even in private: nothing is sent or paid, and no error is logged."""
    thread = thread_of(stage, "shut")
    stage.discord.world.set_thread(thread, archived=True, locked=True)
    before = stage.posts()
    tries: list[tuple[str, dict[str, str]]] = [("imagine", {"prompt": "a fox behind a lock"}), ("history", {})]
    for number, (command, options) in enumerate(tries, 1):
        used = asyncio.create_task(stage.mia.slash(thread, command, **options))
        await stage.wait_until(lambda n=number: sum("in a closed thread" in each for each in stage.log.lines) == n)
        stage.discord.clock.advance(ANSWER_TIMEOUT)
        assert (await used).error == "The application did not respond"
    assert stage.posts() == before
    assert not stage.submissions("behind a lock")


@pytest.mark.parametrize("name", ["First pictures", "lounge"])
async def test_forum_posts_and_voice_chats(stage: Stage, name: str) -> None:
    """Both are places like others: progress, the result after the token, buttons and the reply's link."""
    place = stage.discord.world.channel(name)
    _, reply = await held_job(stage, f"a fox in {name}", place)
    stage.discord.clock.advance(TOKEN_EXPIRED)
    job = await finished_record(stage, f"a fox in {name}")
    done = fallback_message(place, job)
    assert (done["id"], bool(media(done))) == (reply["id"], True)
    assert message_link(job) == f"https://discord.com/channels/{stage.discord.world.guild.id}/{place.id}/{done['id']}"
    assert media(await stage.pressed(done, "U1"))


async def test_private_thread_without_the_bot(stage: Stage) -> None:
    """By the token everything works there; later the result goes to the member, who else would see nothing."""
    workshop = stage.discord.world.channel("workshop")
    outcome = await stage.mia.slash(workshop, "imagine", prompt="a fox in a workshop")
    assert media(await outcome.wait_for(ended))
    await held_job(stage, "a fox in a slow workshop", workshop)
    stage.discord.clock.advance(TOKEN_EXPIRED)
    job = await finished_record(stage, "slow workshop")
    assert media(fallback_message(stage.mia.dm, job))
    assert job.reply.in_dm


async def test_member_in_time_out_gets_the_result(stage: Stage) -> None:
    """A job goes on while its member may not act; a moderator can cancel what they can't."""
    outcome, reply = await held_job(stage, "a fox of a silenced member")
    stage.discord.world.time_out(stage.mia.id, 600)
    with pytest.raises(Refused, match="in time-out"):
        await stage.mia.press(reply, label="Cancel")
    await finished_record(stage, "silenced member")
    assert media(await outcome.wait_for(ended))
    stage.discord.world.time_out(stage.mia.id, 0)
    again, reply = await held_job(stage, "a fox of a member silenced again")
    stage.discord.world.time_out(stage.mia.id, 600)
    await stage.adam.press(reply, label="Cancel")
    assert "Cancelled" in texts(await again.wait_for(ended))
    stage.release()
