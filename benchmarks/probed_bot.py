"""This bot as it is, with a probe in it, and with the pace lifted at which it asks the API."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.probe import FILE, READS_PER_SECOND, Probe
from bot import __main__ as command_line
from bot.client import Bot
from bot.imaginepro.pace import Lane, Pace
from bot.services.tracker import Tracker
from bot.settings import Settings


def main() -> int:
    """The exit code of the bot."""
    probe = Probe(Path(os.environ[FILE]))
    run = command_line.run

    async def probed(settings: Settings) -> int:
        measuring = asyncio.create_task(probe.run())
        try:
            return await run(settings)
        finally:
            measuring.cancel()

    command_line.run = probed
    _lift_pace()
    _count_followed(probe, float(os.environ[READS_PER_SECOND]))
    _tell_when_ready(probe)
    return command_line.main()


def _lift_pace() -> None:
    async def at_once(_pace: Pace, _lane: Lane) -> None:
        return

    Pace.turn = at_once


def _count_followed(probe: Probe, reads_per_second: float) -> None:
    opened, follow = Tracker.__init__, Tracker.follow

    def faster(tracker: Tracker, *arguments: Any, **options: Any) -> None:
        opened(tracker, *arguments, **{**options, "reads_per_second": reads_per_second})

    def counted(tracker: Tracker, job: Any, *arguments: Any, **options: Any) -> Any:
        probe.follows(getattr(job, "remote_id", job))
        return follow(tracker, job, *arguments, **options)

    Tracker.__init__ = faster
    limit = vars(Tracker).get("reads_per_second")
    if isinstance(limit, property):
        # What the bot sets later, when it shares the API's reads with others, is not to count either.
        Tracker.reads_per_second = property(limit.fget, lambda tracker, _: None)
    Tracker.follow = counted


def _tell_when_ready(probe: Probe) -> None:
    on_ready = Bot.on_ready

    async def noting(bot: Bot) -> None:
        probe.ready_at = probe.ready_at or time.time()
        await on_ready(bot)

    Bot.on_ready = noting


if __name__ == "__main__":
    sys.exit(main())
