"""What is deleted and looked after on a schedule, each time in one of the processes, and once at every start."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.services.cluster.pubsub import PubSub, Topic
from bot.services.cluster.workflows import WorkflowEngine
from bot.services.jobs.drafts import Drafts
from bot.store import JobStore, is_outage

log = logging.getLogger(__name__)

# Tokens live 15 minutes, so none is kept for much longer than it can be used.
_PRUNE_CRON = "2-59/15 * * * *"
_SWEEP_CRON = "*/5 * * * *"
_WORKFLOW_RETENTION = timedelta(days=2)
_MASK_RETENTION = timedelta(days=1)


class Housekeeping:
    """Prunes what has expired, and sweeps up jobs that nothing looks after. Create it before the engine is entered."""

    def __init__(self, engine: WorkflowEngine, store: JobStore, drafts: Drafts, pubsub: PubSub) -> None:
        self._engine = engine
        self._store = store
        self._drafts = drafts
        self._pubsub = pubsub
        self._failing: set[str] = set()
        engine.schedule("prune", _PRUNE_CRON, self.prune)
        engine.schedule("sweep", _SWEEP_CRON, self.sweep)

    async def catch_up(self) -> None:
        """Do at a start what is due by now: a bot that restarts often may never see its schedule."""
        await self.prune()
        await self._step("jobs in an impossible state", self._store.heal)

    async def prune(self) -> None:
        """Delete old workflows and masks, and expired drafts and tokens. One that fails does not stop the others."""
        now = datetime.now(UTC)
        await self._step("expired tokens", lambda: self._store.forget_tokens(now))
        await self._step("old drafts", self._drafts.forget_old)
        await self._step("old masks", lambda: self._store.forget_masks(now - _MASK_RETENTION))
        await self._step("old workflows", lambda: self._engine.prune(now - _WORKFLOW_RETENTION))

    async def sweep(self) -> None:
        """End jobs in a state that can't be, and have every process look after all jobs that it owns."""
        await self._step("jobs in an impossible state", self._store.heal)
        await self._pubsub.publish(Topic.RECHECK, "")

    async def _step(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The schedule comes round again; a lasting failure is logged once.
            if what not in self._failing and not is_outage(error):
                self._failing.add(what)
                log.exception("%s could not be looked after", what)
        else:
            self._failing.discard(what)
