"""/blend: mixes two to five pictures into new ones."""

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client.bot import Bot
from bot.services import prices
from bot.services.images.formats import ImageError
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.kinds import BlendRequest
from bot.services.prompt import Composer, ImagineOptions, Prompt, PromptError
from bot.ui.base.location import reply_target
from bot.ui.base.text import price
from bot.ui.inputs.pictures import ImageInput, gather_images, images_by_address

_SQUARE = "1:1"
_FEWEST, _MOST = 2, 5
_DIMENSIONS = {"Square": _SQUARE, "Portrait": "2:3", "Landscape": "3:2"}


class Blend(commands.Cog):
    """The /blend command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        image1="The first picture",
        image2="The second picture",
        image3="A third picture",
        image4="A fourth picture",
        image5="A fifth picture",
        image_url="The web addresses of pictures, in place of attached ones, with spaces between them",
        dimension="The shape of the new pictures, usually square; portrait and landscape "
        f"cost {price(prices.IMAGINE_FAST)}",
    )
    @app_commands.choices(dimension=[Choice(name=name, value=aspect) for name, aspect in _DIMENSIONS.items()])
    async def blend(  # noqa: PLR0917  # discord.py passes every option by its name
        self,
        interaction: discord.Interaction[Bot],
        image1: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        image_url: str | None = None,
        dimension: str = _SQUARE,
    ) -> None:
        """Mix two to five pictures into four new ones. May cost credits."""
        given = {"image1": image1, "image2": image2, "image3": image3, "image4": image4, "image5": image5}
        inputs = [ImageInput(option, image) for option, image in given.items() if image is not None]
        inputs += images_by_address("image_url", image_url)
        _check_number(len(inputs))
        pictures = await gather_images(interaction, inputs, IMAGE_PROMPT, self._bot.services.fetch, distinct=True)
        urls = tuple(picture.url for picture in pictures)
        reply = reply_target(interaction)
        # The API's blend call makes square pictures only.
        if dimension == _SQUARE:
            opened = await self._bot.services.jobs.create(BlendRequest(urls=urls), reply)
        else:
            prompt = _image_only_prompt(self._bot.services.composer, urls, dimension)
            opened = await self._bot.services.jobs.imagine(prompt, reply)
        await self._bot.services.replies.open(interaction, opened)


def _check_number(pictures: int) -> None:
    if pictures < _FEWEST:
        raise ImageError(
            "Give two to five pictures: attach them to `image1` and `image2`, or give their web addresses to "
            "`image_url`, with a space between them."
        )
    if pictures > _MOST:
        raise ImageError(f"These are {pictures} pictures; {_MOST} are the most. Leave one out.")


def _image_only_prompt(composer: Composer, urls: tuple[str, ...], aspect: str) -> Prompt:
    """A prompt of these pictures alone, which Midjourney blends. Raises ImageError when it is too long."""
    try:
        return composer.composed("", ImagineOptions(image_urls=urls, aspect=aspect))
    except PromptError as error:
        # The addresses are read already, so only their total length can be invalid.
        raise ImageError(
            "The addresses of these pictures are too long for this shape. Give the files shorter names, or choose "
            "Square."
        ) from error


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Blend(bot))
