"""Processes that are held in the moments of a job's life, one after the other."""

from collections.abc import AsyncIterator

from bot.store import Database
from tests.bot.services.interruptions import Interruptions, Process, Story, check
from tests.support.sampling import Sample


async def held(database: Database, story: Story, sample: Sample) -> AsyncIterator[tuple[Interruptions, Process]]:
    """A process of its own for each moment that is taken of the story, held there, and the job that it works on.

    Now and then a life has a moment less than the one that was counted; nothing is held in that one.
    """
    for moment in sample.of(await moments(database, story)):
        site = Interruptions(database, story)
        process = site.process(moment)
        if await process.is_caught():
            yield site, process
        else:
            await process.stop()


async def killed_again(site: Interruptions, deaths: list[int]) -> None:
    """Return when a process for each of these moments was killed there, or one came to its end before its moment."""
    for moment in deaths:
        process = site.process(moment)
        if not await process.is_caught():
            await process.stop()
            return
        await process.kill()


async def moments(database: Database, story: Story) -> range:
    """The numbers of the moments that a job has when nobody interrupts it."""
    site = Interruptions(database, story)
    process = site.process()
    await process.has_come_to_its_end()
    found = range(1, len(process.moments.names) + 1)
    await process.stop()
    await check(site, await site.finished())
    assert len(found) > 20
    return found
