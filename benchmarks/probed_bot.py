"""This bot as it is, with a probe in it, and with the pace lifted at which it asks the API."""

import asyncio
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.probe import FILE, Probe
from bot import __main__ as command_line
from bot import assembly
from bot.client import Bot
from bot.imaginepro import Pace
from bot.services.tracker import Tracker
from bot.settings import Settings

READS_PER_SECOND = "BENCHMARK_READS_PER_SECOND"


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

    _replace(command_line, "run", probed)
    _replace(assembly, "Pace", Pace.unlimited)
    _replace(assembly, "Tracker", _tracker(probe, float(os.environ[READS_PER_SECOND])))
    _tell_when_ready(probe)
    return command_line.main()


def _replace(module: ModuleType, name: str, replacement: Any) -> None:
    getattr(module, name)  # what is not there any more must not be replaced in vain
    setattr(module, name, replacement)


def _tracker(probe: Probe, reads_per_second: float) -> type[Tracker]:
    class Counted(Tracker):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "reads_per_second": reads_per_second})

        def follow(self, job: Any, *arguments: Any, **options: Any) -> Any:
            probe.follows(getattr(job, "remote_id", job))
            return super().follow(job, *arguments, **options)

    return Counted


def _tell_when_ready(probe: Probe) -> None:
    on_ready = Bot.on_ready

    async def noting(bot: Bot) -> None:
        probe.ready_at = probe.ready_at or time.time()
        await on_ready(bot)

    Bot.on_ready = noting


if __name__ == "__main__":
    sys.exit(main())
