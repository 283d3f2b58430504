"""The buttons under finished videos."""

import re
from typing import Any, Self

import discord
from discord import ui

from bot.client import Bot
from bot.errors import UserError
from bot.services.orders import Extension
from bot.ui.address import reply_address
from bot.ui.job_item import JobItem


class ExtendButton(JobItem[ui.Button[Any]], template=r"ip1:extend:(?P<job>[\w-]{1,32}):(?P<index>\d{1,2})"):
    """Continues video number `index`, from 0, of the job's results."""

    def __init__(self, item: ui.Button[Any], job_id: str, index: int) -> None:
        super().__init__(item, job_id)
        self.index = index

    @classmethod
    def showing(cls, job_id: str, index: int, *, alone: bool) -> Self:
        """The button for this video; one that is not `alone` says which it is."""
        button: ui.Button[Any] = ui.Button(
            label="Extend" if alone else f"Extend {index + 1}",
            emoji="⏩",
            style=discord.ButtonStyle.secondary,
            custom_id=f"ip1:extend:{job_id}:{index}",
        )
        return cls(button, job_id, index)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        assert isinstance(item, ui.Button)  # noqa: S101  # Discord sends what was posted
        return cls(item, match["job"], int(match["index"]))

    async def act(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the longer video as a job of its own, or lead to the one that a double click has started."""
        jobs = interaction.client.jobs
        video = await jobs.get(self.job_id)
        if video.remote_id is None or self.index >= len(video.videos):
            raise UserError("This video can't be extended.")
        opened = await jobs.order(
            Extension(index=self.index), reply_address(interaction), prompt=video.words, parent=video
        )
        await interaction.client.replies.open(interaction, opened)


ITEMS = (ExtendButton,)
