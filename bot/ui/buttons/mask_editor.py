"""Links to the mask editor: made for one member and one picture, and what becomes of what is painted there."""

import asyncio
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import SecretStr, TypeAdapter

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.follow_ups.extra_input import remixed
from bot.services.images.formats import Upload
from bot.services.images.masks import checked_mask, encoded
from bot.services.jobs.drafts import Drafts
from bot.store import JobRecord, ReplyTarget
from bot.ui.base.location import settings_scope_of
from bot.ui.buttons.region import original_picture
from bot.web.mask_routes import MaskTask

_PURPOSE = "mask"
_INVALID = "This link is not valid. Press Vary (Region) in Discord to get a new one."
_NOT_SHOWN = (
    "Discord did not take the reply, so nothing was started and nothing paid. "
    "Press Vary (Region) in Discord once more to get a new link."
)
_REPLY: TypeAdapter[ReplyTarget] = TypeAdapter(ReplyTarget)


class MaskLinks:
    """Makes the links. `public_url` is where members reach the web side; `secret` signs, and never appears anywhere.

    A link names a draft and its member under a signature. The draft says which picture it is about, when it is over,
    and whether it was used.
    """

    def __init__(self, drafts: Drafts, *, public_url: str, secret: SecretStr) -> None:
        self._drafts = drafts
        self._public_url = public_url
        self._tickets = URLSafeSerializer(secret.get_secret_value(), salt="mask link")

    async def url(self, job: JobRecord, index: int, reply: ReplyTarget) -> str:
        """A link for the member of this reply to the editor of the job's picture, whose button is at `index`."""
        content = {"job": job.id, "index": index, "reply": _REPLY.dump_python(reply, mode="json")}
        draft_id = await self._drafts.keep(_PURPOSE, reply.user_id, content)
        return f"{self._public_url}/mask/{self._tickets.dumps([draft_id, reply.user_id])}"

    def opened(self, ticket: str) -> tuple[str, int]:
        """The draft and the member that a ticket names. Raises `UserError` when nobody here has signed it."""
        try:
            draft_id, user_id = self._tickets.loads(ticket)
        except (BadSignature, ValueError, TypeError):
            raise UserError(_INVALID) from None
        return str(draft_id), int(user_id)


class MaskEditorDesk:
    """Implements `bot.web.mask_routes.MaskDesk` for the jobs of this bot."""

    def __init__(self, bot: Bot, links: MaskLinks, drafts: Drafts) -> None:
        self._bot = bot
        self._links = links
        self._drafts = drafts

    async def look(self, ticket: str) -> MaskTask:
        """The picture and prompt behind a link. Raises `UserError` when it is no longer, or never was, a valid one."""
        _, job, picture = await self._behind(ticket)
        ending = picture.filename.rpartition(".")[2]
        return MaskTask(
            picture=picture.data,
            content_type=f"image/{'jpeg' if ending == 'jpg' else ending}",
            width=picture.width,
            height=picture.height,
            prompt=job.prompt,
        )

    async def submit(self, ticket: str, mask: bytes, prompt: str) -> str:
        """Start the change; its reply appears where the link was asked for. Raises `UserError` when it can't."""
        content, job, picture = await self._behind(ticket)
        checked = await asyncio.to_thread(checked_mask, mask, picture.width, picture.height)
        written = remixed(job, prompt)
        reply = _REPLY.validate_python(content["reply"])
        here = await self._bot.services.guild_settings.settings(settings_scope_of(reply))
        if here.check_prompts and written is not None:
            await self._bot.services.prompt_checks.preflight(written.full)
        # Everything that can be wrong was looked at; from here on the link is used up.
        await self._drafts.take(_PURPOSE, *self._links.opened(ticket))
        opened = await self._bot.services.jobs.follow_up(
            job.id, content["index"], reply, prompt=written, mask=encoded(checked), boost=here.boost
        )
        if not opened.is_new:
            return "This was started already; see the channel."
        try:
            await self._bot.services.replies.follow_up(opened.job)
        except UserError as error:
            raise UserError(_NOT_SHOWN) from error
        return "Your change is on its way; the result appears in the channel."

    async def _behind(self, ticket: str) -> tuple[dict[str, Any], JobRecord, Upload]:
        """What a link that can still be used was made for: the draft's content, its job, and the job's picture."""
        content = dict(await self._drafts.look(_PURPOSE, *self._links.opened(ticket)))
        job = await self._bot.services.jobs.get(str(content["job"]))
        return content, job, await original_picture(self._bot, job)
