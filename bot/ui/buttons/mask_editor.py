"""Links to the mask editor, each for one member and picture, and the jobs started from the masks painted there."""

import asyncio
from typing import Any

from async_lru import alru_cache
from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import SecretStr, TypeAdapter

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.follow_ups.extra_input import remixed
from bot.services.images.formats import Upload
from bot.services.images.masks import encoded
from bot.services.jobs.drafts import Drafts
from bot.services.queue.member_buckets import FreeUse
from bot.store import JobRecord, ReplyTarget
from bot.ui.base.location import settings_scope_of
from bot.ui.buttons.region import download_original
from bot.web.mask_routes import MaskTask

_PURPOSE = "mask"
_INVALID = "This link is not valid. Press Vary (Region) in Discord to get a new one."
_NOT_SHOWN = (
    "Discord did not take the reply, so nothing was started and nothing paid. "
    "Press Vary (Region) in Discord once more to get a new link."
)
_CACHED_PICTURES = 4
_CACHE_SECONDS = 120.0
_DOWNLOADS = 2
"""Pictures that are cached and downloaded at the same time; each may have 50 MB."""

_REPLY: TypeAdapter[ReplyTarget] = TypeAdapter(ReplyTarget)


class MaskLinks:
    """Makes and verifies links to the mask editor.

    A link holds a signed ticket with the ids of a draft and its member. The draft knows the picture, the expiry, and
    whether the link was used. `public_url` is the web site's URL for members; `secret` signs the tickets.
    """

    def __init__(self, drafts: Drafts, *, public_url: str, secret: SecretStr) -> None:
        self._drafts = drafts
        self._public_url = public_url
        self._serializer = URLSafeSerializer(secret.get_secret_value(), salt="mask link")

    async def url(self, job: JobRecord, index: int, reply: ReplyTarget) -> str:
        """A link for the reply's member to edit the job's picture; the mask goes to the button at `index`."""
        content = {"job": job.id, "index": index, "reply": _REPLY.dump_python(reply, mode="json")}
        draft_id = await self._drafts.keep(_PURPOSE, reply.user_id, content)
        return f"{self._public_url}/mask/{self._serializer.dumps([draft_id, reply.user_id])}"

    def read_ticket(self, ticket: str) -> tuple[str, int]:
        """The ids of draft and member in a ticket. Raises `UserError` when its signature is not valid."""
        try:
            draft_id, user_id = self._serializer.loads(ticket)
        except (BadSignature, ValueError, TypeError):
            raise UserError(_INVALID) from None
        return str(draft_id), int(user_id)


class DiscordMaskEditor:
    """Loads pictures for the mask editor and starts jobs from its masks; implements `bot.web.MaskEditor`."""

    def __init__(self, bot: Bot, links: MaskLinks, drafts: Drafts) -> None:
        self._bot = bot
        self._links = links
        self._drafts = drafts
        # A page asks for the prompt and the picture at the same time, and may do so often. Errors are not cached.
        self._original = alru_cache(maxsize=_CACHED_PICTURES, ttl=_CACHE_SECONDS)(self._download)
        self._downloads = asyncio.Semaphore(_DOWNLOADS)

    def member_of(self, ticket: str) -> int:
        """The id of the link's member. Raises `UserError` when its signature is not valid."""
        return self._links.read_ticket(ticket)[1]

    async def load(self, ticket: str) -> MaskTask:
        """The picture and prompt of a link. Raises `UserError` when the link is not valid or no longer."""
        _, job, picture = await self._load_draft(ticket)
        suffix = picture.filename.rpartition(".")[2]
        return MaskTask(
            picture=picture.data,
            content_type=f"image/{'jpeg' if suffix == 'jpg' else suffix}",
            width=picture.width,
            height=picture.height,
            prompt=job.prompt,
        )

    async def submit(self, ticket: str, mask: bytes, prompt: str) -> str:
        """Start the follow-up; its reply appears in the channel of the link. Raises `UserError` when it can't."""
        content, job, picture = await self._load_draft(ticket)
        changed_prompt = remixed(self._bot.services.composer, job, prompt)
        reply = _REPLY.validate_python(content["reply"])
        checked = await self._bot.services.images.check_mask(mask, picture.width, picture.height, member=reply.user_id)
        settings = await self._bot.services.guild_settings.settings(settings_scope_of(reply))
        if settings.check_prompts and changed_prompt is not None:
            async with self._bot.services.buckets.calling(reply.user_id):
                await self._bot.services.prompt_checks.preflight(changed_prompt.full)
        # The link is used up by the job that is recorded, and stays good if none is.
        opened = await self._bot.services.jobs.follow_up(
            job.id,
            content["index"],
            reply,
            prompt=changed_prompt,
            mask=encoded(checked),
            boost=settings.boost,
            draft=await self._drafts.use_of(_PURPOSE, *self._links.read_ticket(ticket)),
        )
        try:
            await self._bot.services.replies.follow_up(opened.job, self._bot.services.jobs)
        except UserError as error:
            raise UserError(_NOT_SHOWN) from error
        return "Your change is on its way; the result appears in the channel."

    async def _load_draft(self, ticket: str) -> tuple[dict[str, Any], JobRecord, Upload]:
        """The draft of a valid link: its content, its job, and the job's picture."""
        draft_id, user_id = self._links.read_ticket(ticket)
        content = dict(await self._drafts.look(_PURPOSE, draft_id, user_id))
        await self._bot.services.buckets.spend(user_id, FreeUse.PICTURE)
        job = await self._bot.services.jobs.get(str(content["job"]))
        return content, job, await self._original(job.id)

    async def _download(self, job_id: str) -> Upload:
        job = await self._bot.services.jobs.get(job_id)
        async with self._downloads:
            return await download_original(self._bot, job)
