"""Two context menu entries that start a new picture from a message: Remix, and Use as image prompt."""

import discord

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.prompt import ImagineOptions
from bot.ui.base.context_menu import ContextMenuCog
from bot.ui.base.forms import PromptForm
from bot.ui.inputs.message_images import image_urls_in
from bot.ui.inputs.pictures import ImageInput, gather_images
from bot.ui.job.details import job_ids_on
from bot.ui.start import imagine_from_form, start_imagine

_INTRODUCTION = "Say what the new picture shows. It starts from the first picture of the message."


class Remix(ContextMenuCog):
    """The Remix and Use as image prompt context menu entries."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot, {"Remix": self.remix, "Use as image prompt": self.use_as_image_prompt})

    async def remix(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        """Open a form with the prompt of the message's job and imagine what is sent."""
        # Another bot may use the same custom_ids on its buttons.
        if message.author.id != interaction.application_id:
            raise UserError("Only pictures of this bot can be remixed. For others choose “Use as image prompt”.")
        job = await self._bot.services.history.shown(job_ids_on(message), message.id)
        if not job.prompt:
            raise UserError("This was made without a prompt, so there is none to change.")
        await interaction.response.send_modal(PromptForm("Remix", job.prompt, imagine_from_form))

    async def use_as_image_prompt(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        """Ask for a prompt and imagine it with the message's first picture as image prompt."""
        urls = image_urls_in(message)
        if not urls:
            raise UserError("This message shows no picture. Choose one that does.")

        async def start(interaction: discord.Interaction[Bot], words: str) -> None:
            # The prompt is checked before anything is downloaded.
            composer = interaction.client.services.composer
            composer.composed(words, ImagineOptions(image_urls=(urls[0],)))
            [picture] = await gather_images(
                interaction, [ImageInput("picture", urls[0])], IMAGE_PROMPT, interaction.client.services.fetch
            )
            await start_imagine(interaction, composer.composed(words, ImagineOptions(image_urls=(picture.url,))))

        await interaction.response.send_modal(PromptForm("Use as image prompt", "", start, introduction=_INTRODUCTION))


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Remix(bot))
