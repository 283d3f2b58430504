"""/removebg, also in the context menu of messages: removes the background of a picture."""

import discord
from discord import app_commands

from bot.client.bot import Bot
from bot.services import prices
from bot.services.images.formats import ImageError
from bot.ui.base.context_menu import ContextMenuCog
from bot.ui.base.text import price
from bot.ui.inputs.message_images import image_urls_in
from bot.ui.inputs.pictures import ImageInput, image_input
from bot.ui.panels.remove_background import ask_which_picture, remove_background


class RemoveBg(ContextMenuCog):
    """The /removebg command and its context menu entry."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot, {"Remove background": self.of_message})

    @app_commands.command(description=f"Remove the background of any picture. Costs {price(prices.REMOVE_BACKGROUND)}.")
    @app_commands.describe(
        image="The picture whose background goes",
        image_url="The web address of the picture whose background goes",
    )
    async def removebg(
        self,
        interaction: discord.Interaction[Bot],
        image: discord.Attachment | None = None,
        image_url: str | None = None,
    ) -> None:
        """Start a job for an attached picture or an address."""
        await remove_background(interaction, image_input("image", image, image_url))

    async def of_message(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        """Remove the background of the message's picture, or ask which one if there are several."""
        urls = image_urls_in(message)
        if not urls:
            raise ImageError("This message shows no picture.")
        if len(urls) == 1:
            await remove_background(interaction, ImageInput("message", urls[0]))
        else:
            await ask_which_picture(interaction, urls)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(RemoveBg(bot))
