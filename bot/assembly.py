"""Which parts make up the running bot, and in which order they are opened and closed."""

import hmac
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.carried import Services
from bot.client import Bot, OpenServices
from bot.fetch import PublicFetch
from bot.imaginepro import ImagineProClient, Pace
from bot.imaginepro.pace import Lane
from bot.services.batches import Batches
from bot.services.credits import Credits
from bot.services.drafts import Drafts
from bot.services.engine import Engine, Step
from bot.services.enhancement import Enhancement
from bot.services.history import History
from bot.services.hook_addresses import HookAddresses
from bot.services.jobs import Jobs
from bot.services.life import JobLife
from bot.services.operator import Operator
from bot.services.places import Places
from bot.services.prompt_check import PromptChecks
from bot.services.result_files import ResultFiles
from bot.services.signals import LocalSignals
from bot.services.submission import Submissions
from bot.services.tracker import Tracker
from bot.services.webhooks import Webhooks, tell
from bot.settings import Settings
from bot.store import Database, DraftStore, JobStore, PlaceStore
from bot.ui.items import ITEMS
from bot.ui.mask_links import MaskLinks, RegionDesk
from bot.ui.replies import Replies
from bot.web import WebSite, site

_DISCORD = "discord.com"
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


def mask_links(settings: Settings, drafts: Drafts) -> MaskLinks | None:
    """What makes links to the mask editor, None without PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return MaskLinks(drafts, public_url=settings.public_url, secret=_key(settings, "mask links"))


def hook_addresses(settings: Settings) -> HookAddresses | None:
    """What makes the addresses for the API's events, None without PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return HookAddresses(settings.public_url, _key(settings, "hooks"))


def _key(settings: Settings, purpose: str) -> SecretStr:
    """What signs for this purpose: it follows from the bot's token, so that all processes of the bot have it."""
    token = settings.discord_token.get_secret_value().encode()
    return SecretStr(hmac.digest(token, purpose.encode(), "sha256").hex())


@asynccontextmanager
async def _services(
    settings: Settings, database: Database, api: ImagineProClient, bot: Bot
) -> AsyncGenerator[Services]:
    store = JobStore(database)
    drafts = Drafts(DraftStore(database))
    await store.forget_tokens(datetime.now(UTC))
    await drafts.forget_old()
    replies = Replies(bot, store)
    signals, hooks = LocalSignals(), hook_addresses(settings)
    submissions = Submissions(store, api, timeout=settings.job_timeout_seconds, hooks=hooks, signals=signals)
    tracker = Tracker(api, pause=settings.poll_seconds)
    tell(tracker, signals)
    life = JobLife(store, api, submissions, tracker, replies, timeout=settings.job_timeout_seconds)
    operator = Operator(api, store, tracker, settings.endpoints) if settings.imaginepro_diy else None
    bot.add_dynamic_items(*ITEMS)

    async def run(job_id: str, step: Step) -> None:
        await life.run(job_id, step)

    try:
        async with (
            PublicFetch(trusted=_own_pictures(settings)) as fetch,
            Engine(database.workflow_url, run) as engine,
            AsyncExitStack() as web,
        ):
            jobs = Jobs(store, engine, life)
            await jobs.resume(replies.find)
            links = mask_links(settings, drafts)
            if links is not None and hooks is not None:
                events = await web.enter_async_context(Webhooks(store, hooks, signals))
                pages = site(RegionDesk(bot, links, drafts), events, public_url=settings.public_url)
                await web.enter_async_context(WebSite(pages, settings.web_host, settings.web_port))
            yield Services(
                jobs=jobs,
                replies=replies,
                drafts=drafts,
                batches=Batches(jobs, drafts),
                places=Places(PlaceStore(database)),
                files=ResultFiles(api),
                history=History(store),
                credits=Credits(store, api, for_managers=settings.balance_for == "managers"),
                prompt_checks=PromptChecks(api),
                enhancement=Enhancement(api),
                fetch=fetch,
                mask_links=links,
                remix=settings.imaginepro_remix,
                operator=operator,
                operator_guild=settings.operator_guild_id,
            )
    finally:
        # Only now nobody can step forward in the line any more and be cut off in the middle of a request.
        await submissions.drain(_DRAIN_SECONDS)
        await replies.close()


def _own_pictures(settings: Settings) -> list[str]:
    """Where the API and a Discord of one's own keep pictures, which need not be public. Discord's own hosts are."""
    places = [f"{settings.imaginepro_base_url}/"]
    discord = URL(settings.discord_api_url)
    if discord.host != _DISCORD:
        places += [str(discord.with_path(path)) for path in ("/attachments/", "/ephemeral-attachments/")]
    return places
