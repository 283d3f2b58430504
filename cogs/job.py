"""/job: shows one of the member's jobs again; "Job details" in the context menu shows a message's job."""

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.presenter import JobEnding
from bot.services.queue.member_buckets import FreeUse
from bot.store import JobRecord, JobState
from bot.ui.base.context_menu import ContextMenuCog
from bot.ui.base.location import message_link, upload_limit
from bot.ui.inputs.suggestions import suggestions
from bot.ui.job.details import details_view, job_ids_on
from bot.ui.job.names import job_choice, with_unique_names
from bot.ui.job.status_line import status_line

_Interaction = discord.Interaction[Bot]


class ShowJob(ContextMenuCog):
    """The /job command and the "Job details" context menu entry."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot, {"Job details": self.details}, private=frozenset({"Job details"}))

    @app_commands.command()
    @app_commands.describe(id="The job's id, or words of its prompt to choose from")
    async def job(self, interaction: _Interaction, id: Range[str, 1, 100]) -> None:  # noqa: A002  # the option's name
        """Show a job of yours again, wherever you are, with buttons that work."""
        await self._bot.services.buckets.spend(interaction.user.id, FreeUse.LIST)
        job = await self._bot.services.history.own(id.strip(), interaction.user.id)
        if not job.state.is_final:
            await interaction.response.send_message(self._status_text(job), ephemeral=True)
            return
        done = job.state is JobState.DONE
        if done:
            await self._bot.services.buckets.spend(interaction.user.id, FreeUse.PICTURE)
            await interaction.response.defer(thinking=True)
        refit = partial(self._bot.services.files.of, job)
        uploads, note = await refit(upload_limit(interaction)) if done else ((), None)
        ending = JobEnding(job=job, uploads=uploads, note=note, refit=refit)
        await self._bot.services.replies.show_again(interaction, ending)

    @job.autocomplete("id")
    async def _jobs(self, interaction: _Interaction, typed: str) -> list[Choice[str]]:
        search = partial(self._bot.services.history.suggested, typed, interaction.user.id)
        jobs = await suggestions(interaction, search)
        return with_unique_names(map(job_choice, jobs))

    async def details(self, interaction: _Interaction, message: discord.Message) -> None:
        """Show the prompt, seed, ids, times and cost of a message's job."""
        await self._bot.services.buckets.spend(interaction.user.id, FreeUse.LIST)
        # Another bot may use the same custom_ids on its buttons.
        if message.author.id != interaction.application_id:
            raise UserError("This message is not from this bot.")
        job = await self._bot.services.history.shown(job_ids_on(message), message.id)
        view = details_view(job, await self._bot.services.history.relatives(job))
        await interaction.response.send_message(view=view, ephemeral=True)

    def _status_text(self, job: JobRecord) -> str:
        link = message_link(job)
        where = f"[Its reply]({link}) shows more." if link is not None else "It has no reply yet."
        return f"{status_line(self._bot.services.replies.progress_of(job))}\nThis job has not ended. {where}"


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(ShowJob(bot))
