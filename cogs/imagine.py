"""/imagine: a picture from words."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import Bot
from bot.services.input_pictures import IMAGE_PROMPT
from bot.services.pictures import PictureError
from bot.services.prompt import (
    CHAOS,
    IMAGE_WEIGHT,
    MODES,
    QUALITIES,
    SEED,
    STYLIZE,
    WEIRD,
    ImagineOptions,
    Mode,
    compose_prompt,
    suggest_aspects,
    suggest_versions,
)
from bot.ui.address import reply_address
from bot.ui.inputs import Input, gather_pictures


class Imagine(commands.Cog):
    """Pictures from words."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        prompt="What the picture shows. Midjourney flags such as --ar 16:9 may be typed here too",
        aspect="Width to height, such as 16:9",
        version="Which Midjourney model paints it",
        stylize="How much of Midjourney's own taste: 0 to 1000, usually 100",
        chaos="How different the four pictures are: 0 to 100",
        weird="How odd it may get: 0 to 3000",
        quality="How much time goes into detail",
        seed="The same seed and prompt give nearly the same picture",
        raw="Less of Midjourney's own taste, closer to your words",
        tile="A pattern that repeats without a seam",
        no="What must not be in the picture, separated by commas",
        image_weight="How much the attached picture counts against the words: 0 to 3",
        mode="Fast, relax (slower and cheaper) or turbo",
        image="A picture to start from",
        image_url="The web address of a picture to start from",
    )
    @app_commands.choices(quality=[Choice(name=choice.label, value=choice.value) for choice in QUALITIES])
    @app_commands.choices(mode=[Choice(name=choice.label, value=choice.value.value) for choice in MODES])
    async def imagine(  # noqa: PLR0917  # discord.py passes every option by its name
        self,
        interaction: discord.Interaction[Bot],
        prompt: str,
        aspect: str | None = None,
        version: str | None = None,
        stylize: Range[int, STYLIZE.low, STYLIZE.high] | None = None,
        chaos: Range[int, CHAOS.low, CHAOS.high] | None = None,
        weird: Range[int, WEIRD.low, WEIRD.high] | None = None,
        quality: float | None = None,
        seed: Range[int, SEED.low, SEED.high] | None = None,
        raw: bool = False,
        tile: bool = False,
        no: str | None = None,
        image_weight: Range[float, IMAGE_WEIGHT.low, IMAGE_WEIGHT.high] | None = None,
        mode: str | None = None,
        image: discord.Attachment | None = None,
        image_url: str | None = None,
    ) -> None:
        """Make a picture from words."""
        if image is not None and image_url is not None:
            raise PictureError("Give either an attached picture or an address, not both.")
        given = image_url if image is None else image
        options = ImagineOptions(
            aspect=aspect,
            version=version,
            stylize=stylize,
            chaos=chaos,
            weird=weird,
            quality=quality,
            seed=seed,
            raw=raw,
            tile=tile,
            negative=no,
            image_weight=image_weight,
            mode=Mode(mode) if mode is not None else None,
            image_url=image.url if image is not None else image_url,
        )
        composed = compose_prompt(prompt, options)
        if given is not None:
            source = Input("image_url" if image is None else "image", given)
            [start] = await gather_pictures(interaction, [source], IMAGE_PROMPT, self._bot.fetch)
            composed = compose_prompt(prompt, replace(options, image_url=start.address))
        opened = await self._bot.jobs.imagine(composed, reply_address(interaction))
        await self._bot.replies.open(interaction, opened)

    @imagine.autocomplete("aspect")
    async def _aspects(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_aspects(typed)]

    @imagine.autocomplete("version")
    async def _versions(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_versions(typed)]


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Imagine(bot))
