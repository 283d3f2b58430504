"""A member's jobs as a gallery with pages; each button holds all that its page needs."""

import re
from collections.abc import Iterator
from typing import Any, Self, cast

import discord
from discord import ui

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
from bot.ui.job.names import kind_of, state_of
from bot.ui.job.view import description

MAX_SEARCH = 50
"""As many characters of a search as there is room for in a custom_id beside everything else."""

_MAX_WORDS = 150
_MAX_URL = 2048


class PageButton(
    PersistentItem[ui.Button[Any]],
    template=re.compile(
        rf"ip1:history:(?:first|previous|next|last):(?P<user>\d{{1,20}}):(?P<page>\d{{1,7}}):(?P<search>.{{0,{MAX_SEARCH}}})",
        re.DOTALL,
    ),
):
    """Leads to another page of the gallery it stands under."""

    def __init__(self, item: ui.Button[Any], user_id: int, page: int, search: str) -> None:
        super().__init__(item)
        self.user_id = user_id
        self.page = page
        self.search = search

    @classmethod
    def build(cls, name: str, user_id: int, page: int, search: str, *, leads: bool) -> Self:
        """The button of this name (first, previous, next, last); it can't be pressed unless it `leads` somewhere."""
        button: ui.Button[Any] = ui.Button(
            label=name.capitalize(), custom_id=f"ip1:history:{name}:{user_id}:{page}:{search}", disabled=not leads
        )
        return cls(button, user_id, page, search)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(cast("ui.Button[Any]", item), int(match["user"]), int(match["page"]), match["search"])

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Show the page in the place of the one that is there."""
        if interaction.user.id != self.user_id:
            raise UserError("This list belongs to the member who asked for it. Use /history for your own.")
        page = await interaction.client.services.history.page(
            self.page, self.user_id, interaction.guild_id, self.search
        )
        await interaction.response.edit_message(view=history_view(page, self.user_id, self.search))


def history_view(page: Page, user_id: int, search: str) -> ui.LayoutView:
    """A page of the member's jobs that fit the search."""
    found = f" with “{escape(search)}”" if search else ""
    title = f"**Your jobs here{found}**\n-# Page {page.number} of {page.pages} · {_jobs(page.total)}"
    items: list[ui.Item[Any]] = [ui.TextDisplay(title), *map(_entry, page.jobs)]
    if page.pages > 1:
        items.append(action_row(*_buttons(page, user_id, search)))
    return panel(*items)


def _buttons(page: Page, user_id: int, search: str) -> Iterator[PageButton]:
    last = page.pages
    before, after = page.number > 1, page.number < last
    for name, target, leads in (
        ("first", 1, before),
        ("previous", max(page.number - 1, 1), before),
        ("next", min(page.number + 1, last), after),
        ("last", last, after),
    ):
        yield PageButton.build(name, user_id, target, search, leads=leads)


def _entry(job: JobRecord) -> ui.Item[Any]:
    text: ui.TextDisplay[Any] = ui.TextDisplay(_lines(job))
    picture = _picture(job)
    if picture is None or len(picture) > _MAX_URL:
        return text
    return ui.Section(text, accessory=ui.Thumbnail(picture, description=description(job)))


def _picture(job: JobRecord) -> str | None:
    """The address of what stands for the job: a thumbnail can't play a video, so it shows what that begins with."""
    order = request_of(job)
    made = [] if order.result is ResultKind.VIDEO else [job.image_url, *job.tiles]
    given = [] if order.result is ResultKind.PICTURE else order.inputs
    return next(filter(None, [*made, *given]), None)


def _lines(job: JobRecord) -> str:
    words, kind = shorten(escape(job.words), _MAX_WORDS), escape(kind_of(job))
    facts = [*([kind] if words else []), f"<t:{int(job.created_at.timestamp())}:R>"]
    if job.state is not JobState.DONE:
        facts.append(state_of(job))
    if link := message_link(job):
        facts.append(f"[its message]({link})")
    return f"**{words or kind}**\n-# {' · '.join(facts)}"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


ITEMS = (PageButton,)
