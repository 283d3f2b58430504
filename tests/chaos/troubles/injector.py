"""Injects one trouble after the other, in the order that the seed gives."""

import asyncio
import time

from tests.chaos.supervisor import Supervisor
from tests.chaos.troubles.deck import dealt
from tests.chaos.troubles.kinds import Kinds
from tests.chaos.troubles.undoing import Undoing
from tests.end_to_end.environment import Environment


class Injector:
    """`injected` are the troubles so far with their times in seconds, also those that found nothing to break."""

    def __init__(
        self, environment: Environment, supervisor: Supervisor, seed: str, kinds: Kinds, undoing: Undoing
    ) -> None:
        self.injected: list[tuple[float, str]] = []
        self._environment = environment
        self._supervisor = supervisor
        self._seed = seed
        self._kinds = kinds
        self._undoing = undoing

    @property
    def rounds(self) -> float:
        """How many times all troubles were gone through."""
        return len(self.injected) / sum(kind.weight for kind in self._kinds.values())

    async def run(self) -> None:
        """Inject troubles until cancelled."""
        for trouble in dealt(self._seed, {name: kind.weight for name, kind in self._kinds.items()}):
            await asyncio.sleep(trouble.pause)
            done = await self._kinds[trouble.name].begin(trouble.rng)
            self.injected.append((time.monotonic(), f"TROUBLE {done or f'{trouble.name}: nothing to break'}"))

    def stop(self) -> None:
        """Undo all troubles and start all processes."""
        self._undoing.undo_all()
        self._environment.api.faults.clear()
        self._environment.discord.faults.clear()
        self._supervisor.set_clocks(0.0)
        self._supervisor.allow_all_starts()
