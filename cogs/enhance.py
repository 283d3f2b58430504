"""/enhance: writes out a short prompt at greater length."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot
from bot.ui.panels.enhance import PURPOSE, enhanced_view


class Enhance(commands.Cog):
    """The /enhance command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(extras=PRIVATE_ANSWER)
    @app_commands.describe(prompt="The prompt to write out; its flags stay as they are")
    async def enhance(self, interaction: discord.Interaction[Bot], prompt: str) -> None:
        """Have a short prompt written out at greater length, for free."""
        short = self._bot.services.composer.composed(prompt)
        async with self._bot.services.buckets.calling(interaction.user.id):
            await interaction.response.defer(ephemeral=True, thinking=True)
            enhanced = await self._bot.services.enhancer.enhanced(short)
        draft_id = await self._bot.services.drafts.keep(PURPOSE, interaction.user.id, {"prompt": enhanced.full})
        await interaction.edit_original_response(view=enhanced_view(enhanced.full, draft_id, enhanced.notes))


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Enhance(bot))
