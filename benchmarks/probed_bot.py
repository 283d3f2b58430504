"""This bot with a probe and without its own API rate limit."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.probe import FILE, READS_PER_SECOND, Probe
from bot import __main__ as command_line
from bot.client.bot import Bot
from bot.imaginepro import RateLimiter
from bot.services.tracker import PollRequest, Tracker
from bot.settings.model import Settings


def main() -> int:
    """The exit code of the bot."""
    probe = Probe(Path(os.environ[FILE]))
    install(probe, float(os.environ[READS_PER_SECOND]))
    return command_line.main()


def install(probe: Probe, reads_per_second: float) -> None:
    """Put the probe into the bot of this process, which reads jobs as often as this from now on."""
    _measure(probe)
    _lift_rate_limit(reads_per_second)
    _count_followed(probe)
    _record_ready_time(probe)


def _replace(owner: Any, **replacements: Any) -> None:
    for name, replacement in replacements.items():
        getattr(owner, name)  # fails if the attribute no longer exists
        setattr(owner, name, replacement)


def _measure(probe: Probe) -> None:
    run = command_line.run

    async def probed(settings: Settings) -> int:
        measuring = asyncio.create_task(probe.run())
        try:
            return await run(settings)
        finally:
            measuring.cancel()

    _replace(command_line, run=probed)


def _lift_rate_limit(reads_per_second: float) -> None:
    opened, limit = Tracker.__init__, vars(Tracker)["reads_per_second"]

    async def at_once(*_: object) -> None:
        return

    def faster(tracker: Tracker, *arguments: Any, **options: Any) -> None:
        opened(tracker, *arguments, **{**options, "reads_per_second": reads_per_second})

    _replace(RateLimiter, acquire=at_once)
    # The rate that the bot sets later, when it shares polls with other processes, is ignored.
    _replace(Tracker, __init__=faster, reads_per_second=property(limit.fget, lambda *_: None))


def _count_followed(probe: Probe) -> None:
    follow = Tracker.follow

    async def counted(tracker: Tracker, following: PollRequest) -> Any:
        probe.follows(following.remote_id)
        return await follow(tracker, following)

    _replace(Tracker, follow=counted)


def _record_ready_time(probe: Probe) -> None:
    on_ready = Bot.on_ready

    async def noting(bot: Bot) -> None:
        probe.ready_at = probe.ready_at or time.time()
        await on_ready(bot)

    _replace(Bot, on_ready=noting)


if __name__ == "__main__":
    sys.exit(main())
