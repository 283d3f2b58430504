"""Waiting for the end of a job, or for a failed cancellation, across all processes of the bot."""

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager

from bot.services.cluster.pubsub import PubSub, Topic


class JobEndEvents:
    """Publishes to subscribers in every process that a job has ended, or why it could not be cancelled."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub
        self._futures: dict[str, set[asyncio.Future[str | None]]] = {}
        pubsub.subscribe(Topic.JOB_END, self._on_message)

    @contextmanager
    def subscribed(self, job_id: str) -> Generator["asyncio.Future[str | None]"]:
        """A future for the job's next event: None when it ended, or a sentence why it could not be cancelled."""
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        listeners = self._futures.setdefault(job_id, set())
        listeners.add(future)
        try:
            yield future
        finally:
            listeners.discard(future)
            if not listeners:
                self._futures.pop(job_id, None)

    async def publish(self, job_id: str, refusal: str | None = None) -> None:
        """Resolve the futures of all current subscribers; `refusal` says why the job could not be cancelled."""
        await self._pubsub.publish(Topic.JOB_END, json.dumps([job_id, refusal]))

    def _on_message(self, text: str) -> None:
        job_id, refusal = json.loads(text)
        for future in self._futures.get(job_id, ()):
            if not future.done():
                future.set_result(refusal)
