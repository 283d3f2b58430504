"""Runs a story once for each await point, with a process held there."""

from collections.abc import AsyncIterator

from bot.store import Database
from tests.bot.services.interruptions import Interruptions, Process, Story, check
from tests.support.sampling import Sample


async def held(database: Database, story: Story, sample: Sample) -> AsyncIterator[tuple[Interruptions, Process]]:
    """Yields, for each sampled await point of the story, a new job and a process that is held at that point.

    Some runs have fewer await points than counted; a run that ends before its point is skipped.
    """
    for point in sample.of(await await_points(database, story)):
        interruptions = Interruptions(database, story)
        process = interruptions.process(point)
        if await process.is_held():
            yield interruptions, process
        else:
            await process.stop()


async def killed_again(interruptions: Interruptions, points: list[int]) -> None:
    """Kill one process after the other at these await points, until one finishes before its point."""
    for point in points:
        process = interruptions.process(point)
        if not await process.is_held():
            await process.stop()
            return
        await process.kill()


async def await_points(database: Database, story: Story) -> range:
    """The numbers of the await points of an uninterrupted run."""
    interruptions = Interruptions(database, story)
    process = interruptions.process()
    await process.finish()
    found = range(1, len(process.await_points.names) + 1)
    await process.stop()
    await check(interruptions, await interruptions.finished())
    assert len(found) > 20
    return found
