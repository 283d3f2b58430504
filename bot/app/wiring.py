"""Creates the services of the running bot, and opens and closes them in order."""

import hmac
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from pydantic import SecretStr
from yarl import URL

from bot.app.api_clients import KeyedClient
from bot.app.job_wiring import open_jobs
from bot.app.key_wiring import key_pool
from bot.client.bot import Bot, OpenServices
from bot.client.services import Services
from bot.safe_fetch import PublicFetch
from bot.services.admin.guild_settings import GuildSettingsService
from bot.services.admin.operator import Operator
from bot.services.admin.usage import Credits
from bot.services.cluster.lease import Lease
from bot.services.cluster.pubsub import LocalPubSub, PubSub
from bot.services.images.results import ResultFiles
from bot.services.images.uploads import InputUploads
from bot.services.images.workers import ImageWorkers
from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.services.jobs.drafts import Drafts
from bot.services.jobs.history import History
from bot.services.jobs.lost_places import LostPlaces
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.lifecycle.webhooks import Webhooks
from bot.services.prompt import Composer
from bot.services.prompt.tools import PromptChecks, PromptEnhancer
from bot.services.queue.member_buckets import DEFAULT_MEMBER_LIMITS, MemberBuckets, MemberLimits
from bot.settings.model import Settings
from bot.store import Database, DirectMessageStore, DraftStore, GuildSettingsStore, JobStore, PostgresPubSub
from bot.timings import DEFAULT_TIMINGS, Timings
from bot.ui.base import clock
from bot.ui.buttons.mask_editor import DiscordMaskEditor, MaskLinks
from bot.ui.registry import FORMS, ITEMS
from bot.ui.replies.attachment_refresh import ATTACHMENT_PREFIXES, DiscordUrlRefresher
from bot.ui.replies.replies import Replies
from bot.web import WebSite, site

_DISCORD = "discord.com"


def services_for(
    settings: Settings,
    database: Database,
    clients: Sequence[KeyedClient],
    timings: Timings = DEFAULT_TIMINGS,
    member_limits: MemberLimits = DEFAULT_MEMBER_LIMITS,
) -> OpenServices:
    """The function that the bot calls after login to open its services.

    The first client is also used for requests that are not about a job.
    """

    def opened(bot: Bot) -> AbstractAsyncContextManager[Services]:
        return _services(settings, database, clients, bot, timings=timings, member_limits=member_limits)

    return opened


def mask_links(settings: Settings, drafts: Drafts) -> MaskLinks | None:
    """The factory of links to the mask editor, None without PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return MaskLinks(drafts, public_url=settings.public_url, secret=_key(settings, "mask links"))


def webhook_urls(settings: Settings) -> WebhookUrls | None:
    """The factory of webhook URLs, None without PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return WebhookUrls(settings.public_url, _key(settings, "hooks"))


def _key(settings: Settings, purpose: str) -> SecretStr:
    """The signing key for this purpose, derived from the bot's token, so that all processes have the same one."""
    token = settings.discord_token.get_secret_value().encode()
    return SecretStr(hmac.digest(token, purpose.encode(), "sha256").hex())


@asynccontextmanager
async def _services(
    settings: Settings,
    database: Database,
    clients: Sequence[KeyedClient],
    bot: Bot,
    *,
    timings: Timings,
    member_limits: MemberLimits,
) -> AsyncGenerator[Services]:
    store, api = JobStore(database), clients[0].api
    drafts = Drafts(DraftStore(database), timings)
    keys, durations = key_pool(settings, clients, database, timings)
    composer = Composer(settings.midjourney_version)
    bot.add_dynamic_items(*ITEMS)
    bot.arrivals.add_forms(*FORMS)
    async with AsyncExitStack() as closing:
        # A database file has only one process, whose jobs no other can take over.
        lease = Lease.forever() if database.is_file else Lease(timings.silence)
        images = await closing.enter_async_context(ImageWorkers(timings))
        fetch = await closing.enter_async_context(
            PublicFetch(
                trusted=_attachment_prefixes(settings),
                api_url=settings.imaginepro_base_url,
                is_result=store.has_result_at,
                proxy_for=settings.proxies.for_url,
            )
        )
        files = ResultFiles(api, images.fit, fetch.fetch)
        direct_messages = DirectMessageStore(database)
        replies = Replies(bot, store, direct_messages, timings, lease, fetch_preview=files.preview)
        pubsub, hooks = await closing.enter_async_context(_pubsub(database)), webhook_urls(settings)
        services = await closing.enter_async_context(
            open_jobs(
                settings,
                database,
                keys=keys,
                durations=durations,
                pubsub=pubsub,
                drafts=drafts,
                webhook_urls=hooks,
                presenter=replies,
                files=files,
                attachment_urls=AttachmentUrls(
                    [*ATTACHMENT_PREFIXES, *_attachment_prefixes(settings)],
                    DiscordUrlRefresher(bot, timeout=timings.attachment_refresh),
                    now=clock.now,
                ),
                on_replaced=bot.close,
                composer=composer,
                timings=timings,
                lease=lease,
            )
        )
        links = mask_links(settings, drafts)
        if links is not None and hooks is not None:
            events = await closing.enter_async_context(Webhooks(store, hooks, pubsub))
            pages = site(DiscordMaskEditor(bot, links, drafts), events, public_url=settings.public_url, timings=timings)
            await closing.enter_async_context(WebSite(pages, settings.web_host, settings.web_port, timings=timings))
        operator = None
        if settings.imaginepro_diy:
            operator = Operator(api, store, keys.all[0].tracker, settings.endpoints, timings=timings)
        yield Services(
            jobs=services.jobs,
            lost_places=LostPlaces(store, services.lifecycle),
            replies=replies,
            drafts=drafts,
            batches=services.batches,
            guild_settings=GuildSettingsService(GuildSettingsStore(database)),
            files=files,
            images=images,
            history=History(store),
            credits=Credits(
                store,
                [key.api for key in clients],
                for_managers=settings.balance_for == "managers",
                timings=timings,
            ),
            composer=composer,
            prompt_checks=PromptChecks(api),
            enhancer=PromptEnhancer(api, composer),
            buckets=MemberBuckets(member_limits),
            fetch=fetch,
            uploads=InputUploads(api, seconds=timings.image_upload) if settings.imaginepro_uploads else None,
            mask_links=links,
            remix=settings.imaginepro_remix,
            operator=operator,
            operator_guild=settings.operator_guild_id,
            timings=timings,
        )


@asynccontextmanager
async def _pubsub(database: Database) -> AsyncGenerator[PubSub]:
    """Pub/sub between the processes on this database; a database file has only one process."""
    if database.is_file:
        yield LocalPubSub()
    else:
        async with PostgresPubSub(database) as pubsub:
            yield pubsub


def _attachment_prefixes(settings: Settings) -> list[str]:
    """URL prefixes of attachments at a self-hosted Discord server; none for Discord itself."""
    discord = URL(settings.discord_api_url)
    if discord.host == _DISCORD:
        return []
    return [str(discord.with_path(path)) for path in ("/attachments/", "/ephemeral-attachments/")]
