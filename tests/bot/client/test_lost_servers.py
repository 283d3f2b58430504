"""Servers that the bot was removed from while it was not connected: Discord sends no event for them."""

from bot.store import JobFilter, JobState
from playground.discord_server import texts
from playground.discord_server.members.removals import kick_bot
from tests.support.stage import Stage, percent_of


async def test_waiting_jobs_are_dropped(own_stage: Stage) -> None:
    """A new session does not list the server any more, so what waits there is dropped unpaid."""
    own_stage.hold()
    for number in range(3):
        await (await own_stage.imagine(f"a fox that runs {number}")).wait_for(percent_of)
    await (await own_stage.imagine("a fox at a closed door")).wait_for(lambda message: "In line" in texts(message))
    [waiting] = await own_stage.store.find(
        JobFilter(user_id=int(own_stage.mia.id), everywhere=True, text="door"), limit=2
    )
    await own_stage.stop()
    kick_bot(own_stage.discord.core)
    await own_stage.start()
    job = await own_stage.record_when(waiting.id, lambda job: job.state.is_final)
    assert (job.state, job.submitting_at, job.delivered_at is None) == (JobState.CANCELLED, None, False)
    assert "removed from the server" in (job.reason or "")
    assert not own_stage.submissions("closed door")


async def test_servers_that_are_listed_lose_nothing(own_stage: Stage) -> None:
    """Also before their data has come: a waiting job goes on after a restart."""
    own_stage.hold()
    for number in range(3):
        await (await own_stage.imagine(f"a fox that runs {number}")).wait_for(percent_of)
    await (await own_stage.imagine("a fox at an open door")).wait_for(lambda message: "In line" in texts(message))
    await own_stage.restart()
    own_stage.release()
    await own_stage.wait_until(lambda: bool(own_stage.submissions("open door")))
