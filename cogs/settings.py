"""/settings: shows or changes the settings of a server, or of one member's direct messages."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.queue.member_buckets import FreeUse
from bot.store import GuildSettings
from bot.ui.base.location import settings_scope_of


class Settings(commands.Cog):
    """The /settings command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(extras=PRIVATE_ANSWER)
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        boost="Whether follow-up buttons ask ImaginePro for quicker progress; may cost more credits",
        check_prompts="Whether prompts are checked before they are sent; free, and takes up to three seconds",
    )
    async def settings(
        self, interaction: discord.Interaction[Bot], boost: bool | None = None, check_prompts: bool | None = None
    ) -> None:
        """Show what is set here, or change it."""
        await self._bot.services.buckets.spend(interaction.user.id, FreeUse.LIST)
        # A server may give others access to the command. In direct messages it concerns only the member.
        if interaction.guild_id is not None and not interaction.permissions.manage_guild:
            raise UserError("Only members who may manage this server can change its settings.")
        scope = settings_scope_of(interaction)
        if boost is None and check_prompts is None:
            settings = await self._bot.services.guild_settings.settings(scope)
        else:
            settings = await self._bot.services.guild_settings.change(scope, boost=boost, check_prompts=check_prompts)
        await interaction.response.send_message(_settings_text(settings), ephemeral=True)


def _settings_text(settings: GuildSettings) -> str:
    return (
        f"**Boost for buttons** (`boost`): {_on_or_off(settings.boost)}\n"
        f"**Check prompts before they are sent** (`check_prompts`): {_on_or_off(settings.check_prompts)}"
    )


def _on_or_off(on: bool) -> str:
    return "on" if on else "off"


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Settings(bot))
