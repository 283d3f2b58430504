"""/credits: shows the member's usage, and the accounts' balance to owners and managers."""

import logging

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot
from bot.services.queue.member_buckets import FreeUse
from bot.ui.panels.usage import accounts_text, usage_text

log = logging.getLogger(__name__)


class ShowCredits(commands.Cog):
    """The /credits command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(extras=PRIVATE_ANSWER)
    async def credits(self, interaction: discord.Interaction[Bot]) -> None:
        """See how many jobs you have started and what they have cost."""
        await self._bot.services.buckets.spend(interaction.user.id, FreeUse.LIST)
        # Deferred since it may take longer than the three seconds Discord waits: Discord may have to be asked who owns
        # the bot, and the API accepts one request every three seconds.
        await interaction.response.defer(ephemeral=True, thinking=True)
        use = await self._bot.services.credits.used(interaction.user.id, interaction.guild_id)
        text = usage_text(use, in_server=interaction.guild_id is not None)
        if await self._may_see_balance(interaction):
            text = f"{text}\n\n{accounts_text(await self._bot.services.credits.accounts())}"
        await interaction.edit_original_response(content=text)

    async def _may_see_balance(self, interaction: discord.Interaction[Bot]) -> bool:
        manages = interaction.guild_id is not None and interaction.permissions.manage_guild
        if manages and self._bot.services.credits.for_managers:
            return True
        try:
            return await self._bot.is_owner(interaction.user)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("Discord did not say who owns this bot: %s", error)
            return False


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(ShowCredits(bot))
