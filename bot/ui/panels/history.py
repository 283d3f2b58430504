"""The answer to /history: a member's jobs in pages. A page button's custom_id says which page it opens."""

import re
from collections.abc import Iterator
from typing import Any, Self, cast

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.jobs.history import Page
from bot.services.kinds import request_of
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobRecord, JobState
from bot.ui.base.location import message_link
from bot.ui.base.message import action_row, panel
from bot.ui.base.persistent import PersistentItem
from bot.ui.base.text import escape, shorten
from bot.ui.job.names import action_name, state_label
from bot.ui.job.view import image_description

MAX_SEARCH = 50
"""Characters of a search that fit into a custom_id beside the rest."""

_MAX_WORDS = 150
_MAX_URL = 2048


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
        await interaction.response.edit_message(view=history_view(page, self.user_id, self.search))


def history_view(page: Page, user_id: int, search: str) -> ui.LayoutView:
    """A page of the member's jobs that match the search."""
    condition = f" with “{escape(search)}”" if search else ""
    title = f"**Your jobs here{condition}**\n-# Page {page.number} of {page.pages} · {_job_count(page.total)}"
    items: list[ui.Item[Any]] = [ui.TextDisplay(title), *map(_entry, page.jobs)]
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


def _entry(job: JobRecord) -> ui.Item[Any]:
    text: ui.TextDisplay[Any] = ui.TextDisplay(_entry_text(job))
    picture = _thumbnail_url(job)
    if picture is None or len(picture) > _MAX_URL:
        return text
    return ui.Section(text, accessory=ui.Thumbnail(picture, description=image_description(job)))


def _thumbnail_url(job: JobRecord) -> str | None:
    """The URL of a picture for the job: its result or, since a thumbnail can't play a video, its input."""
    request = request_of(job)
    is_video = bool(job.videos) or request.result is ResultKind.VIDEO
    results = [] if is_video else [job.image_url, *job.tiles]
    inputs = [] if request.result is ResultKind.PICTURE else request.inputs
    return next(filter(None, [*results, *inputs]), None)


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
