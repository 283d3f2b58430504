"""/cancel: cancels one of the member's own jobs and shows the outcome."""

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.queue.member_buckets import FreeUse
from bot.store import JobRecord
from bot.ui.inputs.suggestions import suggestions
from bot.ui.job.cancel_text import cancel_text
from bot.ui.job.names import job_choice, with_unique_names


class Cancel(commands.Cog):
    """The /cancel command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(extras=PRIVATE_ANSWER)
    @app_commands.describe(job="Which of your running jobs; not needed when there is only one")
    async def cancel(self, interaction: discord.Interaction[Bot], job: Range[str, 1, 100] | None = None) -> None:
        """Cancel a job of yours that has not ended yet."""
        await self._bot.services.buckets.spend(interaction.user.id, FreeUse.LIST)
        member = interaction.user.id
        chosen = (
            await self._bot.services.history.own(job.strip(), member)
            if job is not None
            else await self._only_running_job(member)
        )
        if chosen.state.is_final:
            raise UserError("This job has already ended. /job shows it.")
        await interaction.response.send_message("Cancelling …", ephemeral=True)
        seconds = self._bot.services.timings.cancel_outcome
        try:
            result = await self._bot.services.jobs.cancel_and_wait(chosen.id, member, seconds=seconds)
            sentence = cancel_text(result)
        except UserError as error:
            # The job ended in the meantime; the error replaces the "Cancelling" message.
            sentence = error.text
        await interaction.edit_original_response(content=sentence)

    @cancel.autocomplete("job")
    async def _running(self, interaction: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        search = partial(self._bot.services.history.suggested, typed, interaction.user.id, unfinished=True)
        running = await suggestions(interaction, search)
        return with_unique_names(map(job_choice, running))

    async def _only_running_job(self, member: int) -> JobRecord:
        running = await self._bot.services.history.suggested("", member, unfinished=True)
        if not running:
            raise UserError("None of your jobs is running.")
        if len(running) > 1:
            raise UserError(f"{len(running)} of your jobs are running. Choose which one to cancel.")
        return running[0]


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Cancel(bot))
