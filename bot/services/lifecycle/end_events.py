"""Waiting for what becomes of a job, in whichever process it is carried on."""

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager

from bot.services.cluster.pubsub import PubSub, Topic


class JobEndEvents:
    """Tells whoever listens, in any process, that a job has ended, or why it could not be cancelled."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub
        self._listening: dict[str, set[asyncio.Future[str | None]]] = {}
        pubsub.subscribe(Topic.JOB_END, self._heard)

    @contextmanager
    def subscribed(self, job_id: str) -> Generator["asyncio.Future[str | None]"]:
        """What is told next of this job: None when it has ended, or a sentence why it goes on though it should not."""
        news: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        listeners = self._listening.setdefault(job_id, set())
        listeners.add(news)
        try:
            yield news
        finally:
            listeners.discard(news)
            if not listeners:
                self._listening.pop(job_id, None)

    async def publish(self, job_id: str, refusal: str | None = None) -> None:
        """Let everybody know who listens at this moment."""
        await self._pubsub.publish(Topic.JOB_END, json.dumps([job_id, refusal]))

    def _heard(self, text: str) -> None:
        job_id, refusal = json.loads(text)
        for news in self._listening.get(job_id, ()):
            if not news.done():
                news.set_result(refusal)
