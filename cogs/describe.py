"""/describe, also in the context menu of messages: finds prompts for a picture."""

import discord
from discord import app_commands

from bot.client.bot import Bot
from bot.services.images.formats import ImageError
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.kinds import DescribeRequest
from bot.ui.base.context_menu import ContextMenuCog
from bot.ui.base.location import reply_target
from bot.ui.inputs.message_images import image_urls_in
from bot.ui.inputs.pictures import ImageInput, gather_images, image_input


class Describe(ContextMenuCog):
    """The /describe command and its context menu entry."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot, {"Describe": self.describe_message})

    @app_commands.command()
    @app_commands.describe(
        image="The picture to put into words",
        image_url="The web address of the picture to put into words",
    )
    async def describe(
        self,
        interaction: discord.Interaction[Bot],
        image: discord.Attachment | None = None,
        image_url: str | None = None,
    ) -> None:
        """Get four prompts that would make a picture like yours. May cost credits."""
        await self._describe(interaction, image_input("image", image, image_url))

    async def describe_message(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        """Describe the first picture of a message."""
        pictures = image_urls_in(message)
        if not pictures:
            raise ImageError("There is no picture in this message. Choose one that shows a picture.")
        await self._describe(interaction, ImageInput("message", pictures[0]))

    async def _describe(self, interaction: discord.Interaction[Bot], given: ImageInput) -> None:
        [picture] = await gather_images(interaction, [given], IMAGE_PROMPT, self._bot.services.fetch)
        opened = await self._bot.services.jobs.create(DescribeRequest(url=picture.url), reply_target(interaction))
        await self._bot.services.replies.open(interaction, opened)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Describe(bot))
