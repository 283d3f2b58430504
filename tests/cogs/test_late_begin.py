"""A reply that comes late, to a job that somebody else has looked after meanwhile."""

import asyncio

from bot.store import JobRecord
from playground.discord_server import media, texts
from tests.support.stage import Stage, labels

REASON = "The bot was stopped before the reply was shown, so nothing was sent."


async def recorded(stage: Stage) -> JobRecord:
    """The job that has just been written down."""
    jobs: list[JobRecord] = []
    while not jobs:
        jobs = await stage.store.unfinished()
    return jobs[0]


async def test_reply_that_is_shown_after_its_job_was_dropped(own_stage: Stage) -> None:
    """Another process has looked for it while it was on its way, and found nothing: it says so instead of waiting."""
    own_stage.discord.faults.delay = 1.0
    asking = asyncio.create_task(own_stage.mia.slash(own_stage.channel, "imagine", prompt="a fox on its way"))
    await own_stage.bot.jobs.drop(await recorded(own_stage), REASON)
    reply = await (await asking).wait_for(lambda message: "so nothing was sent" in texts(message))
    assert labels(reply) == ["Retry"]
    assert own_stage.submissions("on its way") == []


async def test_job_that_was_begun_is_not_dropped_any_more(own_stage: Stage) -> None:
    """Who looked for its reply a moment too early does not end it: it may have been paid by now."""
    own_stage.hold()
    outcome = await own_stage.imagine("a fox in a hurry")
    await own_stage.wait_until(lambda: bool(own_stage.submissions("in a hurry")))
    await own_stage.bot.jobs.drop(await recorded(own_stage), REASON)
    own_stage.release()
    assert await outcome.wait_for(media)
