"""/faceswap: puts the face of one picture on another."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import Bot
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.kinds import FaceSwapRequest
from bot.ui.base.location import reply_target
from bot.ui.inputs.pictures import gather_images, image_input


class FaceSwap(commands.Cog):
    """The /faceswap command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        source="The picture with the face to take; of several faces the left-most is used",
        target="The picture that gets the face",
        source_url="The web address of the picture with the face to take",
        target_url="The web address of the picture that gets the face",
    )
    async def faceswap(
        self,
        interaction: discord.Interaction[Bot],
        source: discord.Attachment | None = None,
        target: discord.Attachment | None = None,
        source_url: str | None = None,
        target_url: str | None = None,
    ) -> None:
        """Put the face of one picture on another. May cost credits."""
        given = image_input("source", source, source_url), image_input("target", target, target_url)
        face, scene = await gather_images(interaction, given, IMAGE_PROMPT, self._bot.services.fetch)
        request = FaceSwapRequest(source=face.url, target=scene.url)
        opened = await self._bot.services.jobs.create(request, reply_target(interaction))
        await self._bot.services.replies.open(interaction, opened)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(FaceSwap(bot))
