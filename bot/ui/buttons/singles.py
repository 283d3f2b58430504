"""The Singles button: shows the four pictures of a grid one by one, at no cost."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Self

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.images.formats import Upload
from bot.services.kinds import FluxRequest, request_of
from bot.services.prompt import clean_text
from bot.services.queue.member_buckets import FreeUse
from bot.store import JobRecord
from bot.ui.base.location import upload_limit
from bot.ui.base.message import Message, fits_button, gallery, panel
from bot.ui.base.persistent import JOB_ID, JobItem
from bot.ui.base.text import MAX_ALT_TEXT, shorten

log = logging.getLogger(__name__)

_GRID_SIZE = 4
_SAFE_LIMIT = 6 * 1024 * 1024
"""Bytes that four files may have each in one request: Discord takes 25 MiB together."""

_NOT_ATTACHED = "The pictures can't be attached in this channel. The buttons lead to the originals."
_NONE_AVAILABLE = (
    "None of these pictures can be downloaded any more. "
    "Their links may still work for a while, and so may U1 to U4 under the grid."
)


def has_singles(job: JobRecord) -> bool:
    """Whether the job is a grid of four pictures; several of FLUX, and several videos, are shown one by one already."""
    shows_all = isinstance(request_of(job), FluxRequest) or len(job.videos) > 1
    return len(job.tiles) == _GRID_SIZE and not shows_all


class SinglesButton(JobItem[ui.Button[Any]], template=rf"ip1:singles:{JOB_ID}"):
    """Shows the pictures of a grid one by one."""

    deferral = Deferral.PRIVATE

    @classmethod
    def build(cls, job_id: str) -> Self:
        """The button for this grid."""
        return cls(ui.Button(label="Singles", emoji="🖼️", custom_id=f"ip1:singles:{job_id}"), job_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Answer with the pictures in an ephemeral message."""
        job = await interaction.client.services.jobs.get(self.job_id)
        if not has_singles(job):
            raise UserError("This job has no four pictures to show one by one.")
        await interaction.client.services.buckets.spend(interaction.user.id, FreeUse.PICTURE)
        await interaction.response.defer(ephemeral=True, thinking=True)
        limits = dict.fromkeys([upload_limit(interaction), _SAFE_LIMIT, 0])
        for limit in sorted(limits, reverse=True):
            message = await _message_within(interaction.client, job, limit)
            try:
                await interaction.edit_original_response(view=message.view, attachments=message.files())
            except discord.HTTPException as error:
                if not message.uploads:
                    raise
                log.info("pictures one by one were refused: %s", error, extra={"job": job.id})
            else:
                return


async def _message_within(bot: Bot, job: JobRecord, limit: int) -> Message:
    """The message with files of at most `limit` bytes each; with 0 it has none."""
    if limit == 0:
        return singles_message(job, [None] * len(job.tiles), refused=True)
    fetched = await asyncio.gather(*(bot.services.files.at([tile], limit) for tile in job.tiles))
    return singles_message(job, [next(iter(uploads), None) for uploads, _ in fetched])


def singles_message(job: JobRecord, pictures: Sequence[Upload | None], *, refused: bool = False) -> Message:
    """The pictures that could be downloaded, a sentence about the others, and links to the originals.

    `refused` says that none may be attached here.
    """
    available = {number: _renamed(picture, number) for number, picture in enumerate(pictures, 1) if picture is not None}
    introduction = _NOT_ATTACHED if refused else _introduction(len(pictures), available)
    items: list[ui.Item[Any]] = [ui.TextDisplay(introduction)]
    if available:
        items.append(
            gallery([(f"attachment://{each.filename}", _alt_text(job, n, each)) for n, each in available.items()])
        )
    links = [_link(number, url) for number, url in enumerate(job.tiles, 1) if fits_button(url)]
    if links:
        items.append(ui.ActionRow(*links))
    return Message(panel(*items), tuple(available.values()))


def _introduction(count: int, available: dict[int, Upload]) -> str:
    missing = [str(number) for number in range(1, count + 1) if number not in available]
    noun = _noun(*available.values())
    if not available:
        return _NONE_AVAILABLE
    if missing:
        return f"{noun.capitalize()} {' and '.join(missing)} can't be shown here; try the link below."
    return f"The four {noun}s, one by one. The buttons lead to the originals."


def _renamed(upload: Upload, number: int) -> Upload:
    return replace(upload, filename=f"{_noun(upload)}-{number}{PurePath(upload.filename).suffix}")


def _noun(*uploads: Upload) -> str:
    return "video" if any(upload.is_video for upload in uploads) else "picture"


def _alt_text(job: JobRecord, number: int, upload: Upload) -> str:
    text = f"{_noun(upload).capitalize()} {number} of {_GRID_SIZE}"
    words = clean_text(job.words)
    return shorten(f"{text} made from the prompt: {words}" if words else text, MAX_ALT_TEXT)


def _link(number: int, url: str) -> ui.Button[Any]:
    return ui.Button(label=str(number), url=url)


ITEMS = (SinglesButton,)
