"""/removebg, and the same in the context menu of messages: a picture without its background."""

import discord
from discord import app_commands

from bot.client.bot import Bot
from bot.services import prices
from bot.services.images.formats import ImageError
from bot.ui.base.context_menu import MenuCog
from bot.ui.base.text import price
from bot.ui.inputs.message_images import images_in
from bot.ui.inputs.pictures import Input, given_image
from bot.ui.panels.remove_background import ask_which, remove_background


class RemoveBg(MenuCog):
    """Pictures without their background."""

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
        await remove_background(interaction, given_image("image", image, image_url))

    async def of_message(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        """Remove the background of a message's picture, or ask of which."""
        pictures = images_in(message)
        if not pictures:
            raise ImageError("This message shows no picture.")
        if len(pictures) == 1:
            await remove_background(interaction, Input("message", pictures[0]))
        else:
            await ask_which(interaction, pictures)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(RemoveBg(bot))
