"""The Extend button under finished videos."""

from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.kinds import ExtendVideoRequest
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB_ID, NumberedButton


class ExtendButton(NumberedButton, template=rf"ip1:extend:{JOB_ID}:(?P<number>\d{{1,2}})"):
    """Extends one of the job's videos; its number is the index in the results, from 0."""

    @classmethod
    def build(cls, job_id: str, index: int, *, only_one: bool) -> Self:
        """The button for this video; its label has the number unless it is the `only_one`."""
        button: ui.Button[Any] = ui.Button(
            label="Extend" if only_one else f"Extend {index + 1}",
            emoji="⏩",
            style=discord.ButtonStyle.secondary,
            custom_id=f"ip1:extend:{job_id}:{index}",
        )
        return cls(button, job_id, index)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the longer video as a new job, or link to the one that a double click has started."""
        jobs = interaction.client.services.jobs
        video = await jobs.get(self.job_id)
        if video.remote_id is None or self.number >= len(video.videos):
            raise UserError("This video can't be extended.")
        opened = await jobs.create(
            ExtendVideoRequest(index=self.number), reply_target(interaction), prompt=video.words, parent=video
        )
        await interaction.client.services.replies.open(interaction, opened)


ITEMS = (ExtendButton,)
