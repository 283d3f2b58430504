"""/video: makes a video from one picture to another."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import Bot
from bot.services import prices
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.kinds import VideoRequest
from bot.services.prompt import read_plain_prompt
from bot.ui.base.text import price
from bot.ui.inputs.pictures import gather_images, image_input
from bot.ui.start import start_job

_ASK = "Say in a few words what happens, such as `the fox jumps over the fence`."


class Video(commands.Cog):
    """The /video command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(
        description=f"Make a video from one picture to another. Costs {price(prices.VIDEO)}, takes up to 15 minutes."
    )
    @app_commands.describe(
        prompt="What happens between the two pictures",
        start="The first picture of the video",
        end="The last picture of the video",
        start_url="The web address of the first picture",
        end_url="The web address of the last picture",
    )
    async def video(  # noqa: PLR0917  # discord.py passes every option by its name
        self,
        interaction: discord.Interaction[Bot],
        prompt: str,
        start: discord.Attachment | None = None,
        end: discord.Attachment | None = None,
        start_url: str | None = None,
        end_url: str | None = None,
    ) -> None:
        """Start a video job for two pictures."""
        words = read_plain_prompt(prompt, "this command", ask=_ASK).words
        inputs = [image_input("start", start, start_url), image_input("end", end, end_url)]
        first, last = await gather_images(interaction, inputs, IMAGE_PROMPT, self._bot.services.fetch)
        request = VideoRequest(start=first.url, end=last.url)
        await start_job(interaction, request, words)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Video(bot))
