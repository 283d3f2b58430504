"""Which parts make up the running bot, and in which order they are opened and closed."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.client import Bot, OpenServices, Services
from bot.imaginepro import ImagineProClient, Pace
from bot.imaginepro.pace import Lane
from bot.services.credits import Credits
from bot.services.drafts import Drafts
from bot.services.engine import Engine, Step
from bot.services.history import History
from bot.services.jobs import Jobs
from bot.services.life import JobLife
from bot.services.places import Places
from bot.services.result_files import ResultFiles
from bot.services.submission import Submissions
from bot.services.tracker import Tracker
from bot.settings import Settings
from bot.store import Database, DraftStore, JobStore, PlaceStore
from bot.ui.items import ITEMS
from bot.ui.replies import Replies

_DRAIN_SECONDS = 8.0
_TURN = timedelta(seconds=3.1)
"""The API takes one general request every three seconds."""


async def api_client(settings: Settings, session: aiohttp.ClientSession, database: Database) -> ImagineProClient:
    """The client for the key of these settings, at the pace that an earlier process may have set."""
    return ImagineProClient(
        session,
        key=settings.imaginepro_api_key,
        base_url=settings.imaginepro_base_url,
        prefix=settings.imaginepro_prefix,
        pace=await _pace(JobStore(database)),
    )


async def _pace(store: JobStore) -> Pace:
    """The API's limits, kept across a restart: what the process before this one sent counts as well."""
    pace, last = Pace(), await store.last_sent()
    # A job may have left up to one turn later than it was written down.
    if last is not None and datetime.now(UTC) - last < 2 * _TURN:
        pace.hold(Lane.GENERAL, _TURN.total_seconds())
    return pace


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
            await jobs.resume(replies.find)
            yield Services(
                jobs=jobs,
                replies=replies,
                drafts=Drafts(DraftStore(database)),
                places=Places(PlaceStore(database)),
                files=ResultFiles(api),
                history=History(store),
                credits=Credits(store, api, for_managers=settings.balance_for == "managers"),
            )
    finally:
        # Only now nobody can step forward in the line any more and be cut off in the middle of a request.
        await submissions.drain(_DRAIN_SECONDS)
        await replies.close()
