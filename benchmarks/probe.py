"""A probe inside a bot's process: the lag of its event loop, and the number of followed jobs."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import percentile
from benchmarks.waiting import until

FILE = "BENCHMARK_PROBE_FILE"
READS_PER_SECOND = "BENCHMARK_READS_PER_SECOND"
_PAUSE = 0.01


class Probe:
    """Collects figures inside the bot and writes them to a file on SIGUSR1."""

    def __init__(self, file: Path) -> None:
        self.ready_at: float | None = None
        self._file = file
        self._lags: list[float] = []
        self._followed: set[str] = set()
        self._last_followed: float | None = None

    def follows(self, remote_id: str) -> None:
        """Record that this API job is followed."""
        if remote_id not in self._followed:
            self._followed.add(remote_id)
            self._last_followed = time.time()

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._write)
        self._write()
        while True:
            due = loop.time() + _PAUSE
            await asyncio.sleep(_PAUSE)
            self._lags.append(max(0.0, loop.time() - due))

    def _write(self) -> None:
        figures = {
            "ready_at": self.ready_at,
            "followed": len(self._followed),
            "last_followed_at": self._last_followed,
            "lags": len(self._lags),
            "lag_p99": percentile(self._lags, 99),
            "lag_most": max(self._lags, default=None),
        }
        self._lags.clear()
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(figures), encoding="utf-8")
        beside.replace(self._file)


async def figures_of(pid: int, file: Path, seconds: float = 300) -> dict[str, Any]:
    """The figures that the probe in this process has collected since the last call.

    Raises `RuntimeError` if the process does not answer within `seconds`.
    """
    # Before its first file the process may have no signal handler, and the signal would end it.
    if not await until(file.exists, seconds):
        raise RuntimeError("the bot did not begin to measure itself")
    _ask(pid, file)
    if not await until(file.exists, seconds):
        raise RuntimeError("the bot's event loop is stuck")
    return _read(file)


def _ask(pid: int, file: Path) -> None:
    file.unlink()
    os.kill(pid, signal.SIGUSR1)


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))
