"""/zimage: makes a picture with Z-Image."""

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.bot import Bot
from bot.imaginepro import LONGEST_Z_IMAGE_SIDE
from bot.services import prices
from bot.services.images.sizes import SMALLEST_SIDE, read_size, sides_of
from bot.services.kinds import ZImageRequest
from bot.services.prompt import read_plain_prompt, suggest_aspects
from bot.ui.base.text import price
from bot.ui.start import start_job


class ZImage(commands.Cog):
    """The /zimage command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(description=f"Make a picture with Z-Image, quickly. Costs {price(prices.Z_IMAGE)}.")
    @app_commands.describe(
        prompt="What the picture shows; plain words, no flags but --ar",
        aspect="Width to height, such as 16:9; the longer side gets 1024 pixels",
        width="Pixels, a multiple of 8, usually 1024; in place of the aspect",
        height="Pixels, a multiple of 8, usually 1024; in place of the aspect",
    )
    async def zimage(
        self,
        interaction: discord.Interaction[Bot],
        prompt: str,
        aspect: str | None = None,
        width: Range[int, SMALLEST_SIDE, LONGEST_Z_IMAGE_SIDE] | None = None,
        height: Range[int, SMALLEST_SIDE, LONGEST_Z_IMAGE_SIDE] | None = None,
    ) -> None:
        """Start a job with the size the options or `--ar` ask for."""
        typed = read_plain_prompt(prompt, "Z-Image", takes_aspect=True)
        size = read_size(aspect, width, height, typed=typed.aspect)
        if size.aspect is not None:
            width, height = sides_of(size.aspect, LONGEST_Z_IMAGE_SIDE)
        request = ZImageRequest(width=width, height=height)
        await start_job(interaction, request, typed.words)

    @zimage.autocomplete("aspect")
    async def _aspects(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_aspects(typed)]


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(ZImage(bot))
