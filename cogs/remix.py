"""Two entries of a message's menu that begin a picture anew: Remix, and Use as image prompt."""

import discord

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.prompt import ImagineOptions, compose_prompt
from bot.ui.base.context_menu import MenuCog
from bot.ui.base.forms import PromptForm
from bot.ui.inputs.message_images import images_in
from bot.ui.inputs.pictures import Input, gather_images
from bot.ui.job.details import job_ids_on
from bot.ui.start import imagine_words, start_imagine

_ABOUT = "Say what the new picture shows. It starts from the first picture of the message."


class Remix(MenuCog):
    """Pictures from what a message shows."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot, {"Remix": self.remix, "Use as image prompt": self.use_as_image_prompt})

    async def remix(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        """Ask for a new version of a job's prompt and make a picture of it."""
        # Somebody else's bot may write the same ids on its buttons.
        if message.author.id != interaction.application_id:
            raise UserError("Only pictures of this bot can be remixed. For others choose “Use as image prompt”.")
        job = await self._bot.services.history.shown(job_ids_on(message), message.id)
        if not job.prompt:
            raise UserError("This was made without a prompt, so there is none to change.")
        await interaction.response.send_modal(PromptForm("Remix", job.prompt, imagine_words))

    async def use_as_image_prompt(self, interaction: discord.Interaction[Bot], message: discord.Message) -> None:
        """Ask for words and make a picture that starts from the message's first one."""
        found = images_in(message)
        if not found:
            raise UserError("This message shows no picture. Choose one that does.")

        async def start(interaction: discord.Interaction[Bot], words: str) -> None:
            # Words and flags are judged before anything is fetched.
            compose_prompt(words, ImagineOptions(image_urls=(found[0],)))
            [picture] = await gather_images(
                interaction, [Input("picture", found[0])], IMAGE_PROMPT, interaction.client.services.fetch
            )
            await start_imagine(interaction, compose_prompt(words, ImagineOptions(image_urls=(picture.address,))))

        await interaction.response.send_modal(PromptForm("Use as image prompt", "", start, says=_ABOUT))


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Remix(bot))
