"""Which parts make up the running bot, and in which order they are opened and closed."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from bot.client import Bot, OpenServices, Services
from bot.imaginepro import ImagineProClient
from bot.services.engine import Engine, Step
from bot.services.jobs import Jobs
from bot.services.life import JobLife
from bot.services.submission import Submissions
from bot.services.tracker import Tracker
from bot.settings import Settings
from bot.store import Database, JobStore
from bot.ui.job_buttons import ITEMS
from bot.ui.replies import Replies

_DRAIN_SECONDS = 8.0


def services_for(settings: Settings, database: Database, api: ImagineProClient) -> OpenServices:
    """What the bot calls after login to get its services."""

    def opened(bot: Bot) -> AbstractAsyncContextManager[Services]:
        return _services(settings, database, api, bot)

    return opened


@asynccontextmanager
async def _services(
    settings: Settings, database: Database, api: ImagineProClient, bot: Bot
) -> AsyncGenerator[Services]:
    store = JobStore(database)
    await store.forget_tokens(datetime.now(UTC))
    replies = Replies(bot, store)
    submissions = Submissions(store, api, timeout=settings.job_timeout_seconds)
    tracker = Tracker(api, pause=settings.poll_seconds)
    life = JobLife(store, api, submissions, tracker, replies, timeout=settings.job_timeout_seconds)
    bot.add_dynamic_items(*ITEMS)

    async def run(job_id: str, step: Step) -> None:
        await life.run(job_id, step)

    try:
        async with Engine(database.workflow_url, run) as engine:
            jobs = Jobs(store, engine, life)
            await jobs.resume()
            yield Services(jobs, replies)
    finally:
        # Only now nobody can step forward in the line any more and be cut off in the middle of a request.
        await submissions.drain(_DRAIN_SECONDS)
        await replies.close()
