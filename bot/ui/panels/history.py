"""The answer to /history: a member's jobs in pages. A page button's custom_id says which page it opens."""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Self, cast

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.images.formats import Upload
from bot.services.jobs.history import Page
from bot.store import JobRecord, JobState
from bot.ui.base.location import message_link, upload_limit
from bot.ui.base.message import Message, action_row, panel
from bot.ui.base.persistent import PersistentItem
from bot.ui.base.text import escape, shorten
from bot.ui.job.names import action_name, state_label
from bot.ui.job.view import image_description

MAX_SEARCH = 50
"""Characters of a search that fit into a custom_id beside the rest."""

_MAX_WORDS = 150
_THUMBNAIL_SECONDS = 5.0
"""How long a list waits for its thumbnails."""

log = logging.getLogger(__name__)


class PageButton(
    PersistentItem[ui.Button[Any]],
    template=re.compile(
        rf"ip1:history:(?:first|previous|next|last):(?P<user>\d{{1,20}}):(?P<page>\d{{1,7}}):(?P<search>.{{0,{MAX_SEARCH}}})",
        re.DOTALL,
    ),
):
    """Opens another page of the list."""

    deferral = Deferral.UPDATE

    def __init__(self, item: ui.Button[Any], user_id: int, page: int, search: str) -> None:
        super().__init__(item)
        self.user_id = user_id
        self.page = page
        self.search = search

    @classmethod
    def build(cls, name: str, user_id: int, page: int, search: str, *, enabled: bool) -> Self:
        """The button called first, previous, next or last."""
        button: ui.Button[Any] = ui.Button(
            label=name.capitalize(), custom_id=f"ip1:history:{name}:{user_id}:{page}:{search}", disabled=not enabled
        )
        return cls(button, user_id, page, search)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Recreate the button from its custom_id; called by discord.py."""
        return cls(cast("ui.Button[Any]", item), int(match["user"]), int(match["page"]), match["search"])

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Replace the page shown by this one."""
        if interaction.user.id != self.user_id:
            raise UserError("This list belongs to the member who asked for it. Use /history for your own.")
        page = await interaction.client.services.history.page(
            self.page, self.user_id, interaction.guild_id, self.search
        )
        await interaction.response.defer()
        await show_history(interaction, page, self.user_id, self.search)


async def show_history(interaction: discord.Interaction[Bot], page: Page, user_id: int, search: str) -> None:
    """Answer a deferred interaction with a page of the member's jobs, and with their thumbnails as files."""
    thumbnails = await _thumbnails(interaction, page) if upload_limit(interaction) else {}
    message = Message(history_view(page, user_id, search, thumbnails), tuple(thumbnails.values()))
    try:
        await interaction.edit_original_response(view=message.view, attachments=message.attachments())
    except discord.HTTPException as error:
        if not thumbnails:
            raise
        log.info("the thumbnails of a list were refused: %s", error)
        await interaction.edit_original_response(view=history_view(page, user_id, search), attachments=[])


async def _thumbnails(interaction: discord.Interaction[Bot], page: Page) -> dict[str, Upload]:
    """The thumbnails that are there in time, by the ids of their jobs."""
    files = interaction.client.services.files
    tasks = {job.id: asyncio.create_task(files.thumbnail(job)) for job in page.jobs}
    if tasks:
        await asyncio.wait(tasks.values(), timeout=_THUMBNAIL_SECONDS)
    found = {job_id: task.result() for job_id, task in tasks.items() if task.done() and task.exception() is None}
    for task in tasks.values():
        task.cancel()
    return {
        job_id: replace(upload, filename=f"job-{number}{PurePath(upload.filename).suffix}")
        for number, (job_id, upload) in enumerate(found.items(), 1)
        if upload is not None
    }


def history_view(
    page: Page, user_id: int, search: str, thumbnails: Mapping[str, Upload] | None = None
) -> ui.LayoutView:
    """A page of the member's jobs that match the search; `thumbnails` are files of the message, by job id."""
    condition = f" with “{escape(search)}”" if search else ""
    title = f"**Your jobs here{condition}**\n-# Page {page.number} of {page.pages} · {_job_count(page.total)}"
    items: list[ui.Item[Any]] = [
        ui.TextDisplay(title),
        *(_entry(job, (thumbnails or {}).get(job.id)) for job in page.jobs),
    ]
    if page.pages > 1:
        items.append(action_row(*_buttons(page, user_id, search)))
    return panel(*items)


def _buttons(page: Page, user_id: int, search: str) -> Iterator[PageButton]:
    last = page.pages
    before, after = page.number > 1, page.number < last
    for name, target, enabled in (
        ("first", 1, before),
        ("previous", max(page.number - 1, 1), before),
        ("next", min(page.number + 1, last), after),
        ("last", last, after),
    ):
        yield PageButton.build(name, user_id, target, search, enabled=enabled)


def _entry(job: JobRecord, thumbnail: Upload | None) -> ui.Item[Any]:
    text: ui.TextDisplay[Any] = ui.TextDisplay(_entry_text(job))
    if thumbnail is None:
        return text
    picture = ui.Thumbnail[Any](f"attachment://{thumbnail.filename}", description=image_description(job))
    return ui.Section(text, accessory=picture)


def _entry_text(job: JobRecord) -> str:
    words, kind = shorten(escape(job.words), _MAX_WORDS), escape(action_name(job))
    facts = [*([kind] if words else []), f"<t:{int(job.created_at.timestamp())}:R>"]
    if job.state is not JobState.DONE:
        facts.append(state_label(job))
    if link := message_link(job):
        facts.append(f"[its message]({link})")
    return f"**{words or kind}**\n-# {' · '.join(facts)}"


def _job_count(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


ITEMS = (PageButton,)
