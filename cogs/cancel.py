"""/cancel: stop a job of one's own, and learn what became of it."""

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.bot import Bot
from bot.errors import UserError
from bot.store import JobRecord
from bot.ui.job.cancel_text import cancel_text
from bot.ui.job.names import job_choice, with_unique_names

PATIENCE = 60.0
"""Seconds in which the outcome is waited for."""


class Cancel(commands.Cog):
    """Stopping jobs."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(job="Which of your running jobs; not needed when there is only one")
    async def cancel(self, interaction: discord.Interaction[Bot], job: Range[str, 1, 100] | None = None) -> None:
        """Cancel a job of yours that has not ended yet."""
        member = interaction.user.id
        chosen = (
            await self._bot.services.history.own(job.strip(), member)
            if job is not None
            else await self._only_one(member)
        )
        if chosen.state.is_final:
            raise UserError("This job has already ended. /job shows it.")
        await interaction.response.send_message("Cancelling …", ephemeral=True)
        try:
            outcome = await self._bot.services.jobs.cancel_and_wait(chosen.id, member, seconds=PATIENCE)
            sentence = cancel_text(outcome)
        except UserError as error:
            # It ended in this very moment; the sentence takes the place of the one that is there.
            sentence = error.text
        await interaction.edit_original_response(content=sentence)

    @cancel.autocomplete("job")
    async def _running(self, interaction: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        running = await self._bot.services.history.suggested(typed, interaction.user.id, unfinished=True)
        return with_unique_names(map(job_choice, running))

    async def _only_one(self, member: int) -> JobRecord:
        running = await self._bot.services.history.suggested("", member, unfinished=True)
        if not running:
            raise UserError("None of your jobs is running.")
        if len(running) > 1:
            raise UserError(f"{len(running)} of your jobs are running. Choose which one to cancel.")
        return running[0]


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Cancel(bot))
