"""/upscale: enlarges a picture."""

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.client.bot import Bot
from bot.services import prices
from bot.services.images.inputs import WHOLE_PICTURE
from bot.services.kinds import UpscaleRequest
from bot.ui.base.location import reply_target
from bot.ui.base.text import price
from bot.ui.inputs.pictures import gather_images, image_input


class Upscale(commands.Cog):
    """The /upscale command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(description=f"Enlarge any picture two to four times. Costs {price(prices.FLUX_UPSCALE)}.")
    @app_commands.describe(
        image="The picture to enlarge",
        image_url="The web address of the picture to enlarge",
        scale="How many times as wide and high: 2 to 4, usually 2",
    )
    async def upscale(
        self,
        interaction: discord.Interaction[Bot],
        image: discord.Attachment | None = None,
        image_url: str | None = None,
        scale: Range[float, 2, 4] = 2.0,
    ) -> None:
        """Start a job for an attached picture or an address."""
        given = image_input("image", image, image_url)
        [small] = await gather_images(interaction, [given], WHOLE_PICTURE, self._bot.services.fetch)
        request = UpscaleRequest(image=small.url, scale=scale)
        opened = await self._bot.services.jobs.create(request, reply_target(interaction))
        await self._bot.services.replies.open(interaction, opened)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Upscale(bot))
