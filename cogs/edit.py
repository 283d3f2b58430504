"""/edit: changes pictures by an instruction."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client.bot import Bot
from bot.services import prices
from bot.services.images.formats import ImageError
from bot.services.images.inputs import IMAGE_PROMPT, WHOLE_PICTURE
from bot.services.kinds import EditRequest
from bot.services.prompt import MAX_EDITED, ImagineOptions, Prompt, read_plain_prompt
from bot.ui.base.text import price
from bot.ui.inputs.pictures import ImageInput, gather_images, images_by_address
from bot.ui.start import start_imagine, start_job

_MIDJOURNEY, _VERSION = "midjourney", "8.2"
_MODELS = {
    "nano-banana": f"Nano Banana · {price(prices.EDIT)}",
    "nano-banana-2": f"Nano Banana 2 · {price(prices.EDIT)}",
    "gemini-2.5-flash-image-preview": f"Gemini 2.5 Flash · {price(prices.EDIT)}",
    "gemini-3-pro-image-preview": f"Gemini 3 Pro · {price(prices.EDIT)}",
    "flux-1.1-pro": f"FLUX 1.1 Pro · {price(None)}",
    _MIDJOURNEY: f"Midjourney {_VERSION} · up to {MAX_EDITED} pictures, {price(prices.IMAGINE_FAST)}",
}
_MAX_PICTURES = 5
_ASK = "Say what to change, such as `make the fox blue`."


class Edit(commands.Cog):
    """The /edit command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(
        description=f"Change pictures by telling what to do. Costs {price(prices.EDIT)}, with Midjourney "
        f"{price(prices.IMAGINE_FAST)}."
    )
    @app_commands.describe(
        prompt="What to change, or what to make of the pictures",
        image1="The picture to change",
        image2="A picture to take something from",
        image3="Another picture",
        image4="Another picture",
        image5="Another picture",
        image_url="The web addresses of pictures, in place of attached ones, with spaces between them",
        model="Which model does it",
    )
    @app_commands.choices(model=[Choice(name=label, value=name) for name, label in _MODELS.items()])
    async def edit(  # noqa: PLR0917  # discord.py passes every option by its name
        self,
        interaction: discord.Interaction[Bot],
        prompt: str,
        image1: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        image_url: str | None = None,
        model: str | None = None,
    ) -> None:
        """Start a job for up to five attached pictures or addresses."""
        words = "" if model == _MIDJOURNEY else read_plain_prompt(prompt, "this command", ask=_ASK).words
        given = {"image1": image1, "image2": image2, "image3": image3, "image4": image4, "image5": image5}
        inputs = [ImageInput(option, image) for option, image in given.items() if image is not None]
        inputs += images_by_address("image_url", image_url)
        if not inputs:
            raise ImageError("Attach a picture to `image1`, or give its web address to `image_url`.")
        if len(inputs) > _MAX_PICTURES:
            raise ImageError(f"These are {len(inputs)} pictures; {_MAX_PICTURES} are the most. Leave one out.")
        if model == _MIDJOURNEY:
            await self._edit_with_midjourney(interaction, prompt, inputs)
            return
        pictures = await gather_images(interaction, inputs, WHOLE_PICTURE, self._bot.services.fetch)
        request = EditRequest(images=tuple(picture.url for picture in pictures), model=model)
        await start_job(interaction, request, words)

    async def _edit_with_midjourney(
        self, interaction: discord.Interaction[Bot], typed: str, inputs: Sequence[ImageInput]
    ) -> None:
        # The prompt is checked before anything is downloaded.
        self._edit_prompt(typed, [each.address for each in inputs])
        pictures = await gather_images(interaction, inputs, IMAGE_PROMPT, self._bot.services.fetch)
        await start_imagine(interaction, self._edit_prompt(typed, [picture.url for picture in pictures]))

    def _edit_prompt(self, typed: str, urls: Sequence[str]) -> Prompt:
        options = ImagineOptions(version=_VERSION, image_urls=tuple(urls))
        return self._bot.services.composer.composed(f"{typed} --edit", options)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Edit(bot))
