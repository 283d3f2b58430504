"""/history: lists the member's own jobs in this server, in pages."""

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.prompt import clean_text
from bot.services.queue.member_buckets import FreeUse
from bot.ui.base.text import escape
from bot.ui.inputs.suggestions import suggestions
from bot.ui.job.names import job_choice, with_unique_names
from bot.ui.panels.history import MAX_SEARCH, show_history


class ShowHistory(commands.Cog):
    """The /history command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(extras=PRIVATE_ANSWER)
    @app_commands.describe(search="Words of the prompt", page="Which page, the newest jobs first")
    async def history(
        self,
        interaction: discord.Interaction[Bot],
        search: Range[str, 1, MAX_SEARCH] = "",
        page: Range[int, 1, 10000] = 1,
    ) -> None:
        """Look through the jobs you have started in this place."""
        await self._bot.services.buckets.spend(interaction.user.id, FreeUse.LIST)
        words = clean_text(search)[:MAX_SEARCH]
        member = interaction.user.id
        found = await self._bot.services.history.page(page, member, interaction.guild_id, words)
        if not found.total:
            raise UserError(_nothing_found(words))
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_history(interaction, found, member, words)

    @history.autocomplete("search")
    async def _prompts(self, interaction: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        search = partial(self._bot.services.history.suggested_here, typed, interaction.user.id, interaction.guild_id)
        jobs = await suggestions(interaction, search)
        names = {_search_words(job.words): job_choice(job).name for job in reversed(jobs)}
        return with_unique_names(Choice(name=name, value=words) for words, name in reversed(names.items()) if words)


def _search_words(words: str) -> str:
    """The words, shortened to the length of a search."""
    return clean_text(words)[:MAX_SEARCH].strip()


def _nothing_found(words: str) -> str:
    if words:
        return f"None of your jobs here has “{escape(words)}” in its prompt. Try fewer words."
    return "You have started no job here yet. Use /imagine to make a picture."


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(ShowHistory(bot))
