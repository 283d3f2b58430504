"""/removebg, and the same in the context menu of messages: a picture without its background."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Bot
from bot.services.pictures import PictureError
from bot.ui.cut_out_menu import ask_which, cut_out
from bot.ui.given import given_picture
from bot.ui.inputs import Input
from bot.ui.pictures_of import pictures_in


class RemoveBg(commands.Cog):
    """Pictures without their background."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._menu = app_commands.ContextMenu(name="Remove background", callback=self._of_message)

    async def cog_load(self) -> None:
        """Add the command of the context menu, which a cog does not do by itself."""
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take it away again."""
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command()
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
        """Remove the background of any picture. Costs 5 credits."""
        await cut_out(interaction, given_picture("image", image, image_url))

    async def _of_message(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        pictures = pictures_in(message)
        if not pictures:
            raise PictureError("This message shows no picture.")
        if len(pictures) == 1:
            await cut_out(interaction, Input("message", pictures[0]))
        else:
            await ask_which(interaction, pictures)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(RemoveBg(bot))
