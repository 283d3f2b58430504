"""A first reply that arrives late, after another process has handled the job."""

import asyncio

from bot.store import JobRecord
from playground.discord_server import media, texts
from tests.support.stage import Stage, labels

REASON = "The bot was stopped before the reply was shown, so nothing was sent."


async def recorded(stage: Stage) -> JobRecord:
    """The job that was just recorded."""
    jobs: list[JobRecord] = []
    while not jobs:
        jobs = await stage.store.unfinished()
    return jobs[0]


async def test_reply_shown_after_its_job_was_dropped(own_stage: Stage) -> None:
    """A reply that arrives after another process has dropped its job shows that nothing was sent."""
    own_stage.discord.faults.delay = 1.0
    asking = asyncio.create_task(own_stage.mia.slash(own_stage.channel, "imagine", prompt="a fox on its way"))
    await own_stage.bot.services.jobs.drop(await recorded(own_stage), REASON)
    reply = await (await asking).wait_for(lambda message: "so nothing was sent" in texts(message))
    assert labels(reply) == ["Retry"]
    assert own_stage.submissions("on its way") == []


async def test_submitted_job_is_not_dropped(own_stage: Stage) -> None:
    """A job that was submitted meanwhile can't be dropped, as it may be paid."""
    own_stage.hold()
    outcome = await own_stage.imagine("a fox in a hurry")
    await own_stage.wait_until(lambda: bool(own_stage.submissions("in a hurry")))
    await own_stage.bot.services.jobs.drop(await recorded(own_stage), REASON)
    own_stage.release()
    assert await outcome.wait_for(media)
