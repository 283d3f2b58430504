"""/check: checks whether a prompt is allowed, for free."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot
from bot.imaginepro import ImagineProError, PromptVerdict
from bot.services.prompt.tools import refusal
from bot.ui.base.text import escape, shorten

_MAX_PROMPT = 1000


class Check(commands.Cog):
    """The /check command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(extras=PRIVATE_ANSWER)
    @app_commands.describe(prompt="The prompt to check, with its flags; nothing is made and nothing is paid")
    async def check(self, interaction: discord.Interaction[Bot], prompt: str) -> None:
        """Find out whether a prompt is allowed, for free."""
        composed = self._bot.services.composer.composed(prompt)
        full = composed.full
        async with self._bot.services.buckets.calling(interaction.user.id):
            await interaction.response.defer(ephemeral=True, thinking=True)
            try:
                answer = _verdict_text(await self._bot.services.prompt_checks.verdict(full))
            except ImagineProError as error:
                answer = f"❔ **Not checked.** {escape(error.text)}"
        await interaction.edit_original_response(
            content="\n".join(
                [answer, f"> {shorten(escape(full), _MAX_PROMPT)}", *(f"-# ℹ️ {note}" for note in composed.notes)]
            )
        )


def _verdict_text(verdict: PromptVerdict) -> str:
    if verdict.ok:
        return "✅ **Allowed.** ImaginePro found nothing against this prompt. Midjourney has the last word."
    return f"❌ {escape(refusal(verdict))}"


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Check(bot))
