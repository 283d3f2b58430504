"""/imagine: makes a picture from a prompt."""

from collections.abc import Mapping
from dataclasses import replace

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.bot import Bot
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.prompt import (
    CHAOS,
    CHARACTER_WEIGHT,
    IMAGE_WEIGHT,
    MODES,
    OMNI_WEIGHT,
    QUALITIES,
    SEED,
    STYLE_WEIGHT,
    STYLIZE,
    WEIRD,
    ImagineOptions,
    Mode,
    expand_prompt,
    suggest_aspects,
    suggest_versions,
)
from bot.ui.inputs.pictures import ImageInput, gather_images
from bot.ui.start import start_imagines

_STARTS = ("image", "image2", "image3", "image_url")


class Imagine(commands.Cog):
    """The /imagine command."""

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
        image_weight="How much the pictures to start from count against the words: 0 to 3",
        boost="Ask ImaginePro for quicker progress; may cost more credits",
        mode="Fast, relax (slower and cheaper) or turbo",
        image="A picture to start from",
        image2="A second picture to start from",
        image3="A third picture to start from",
        image_url="The web address of a picture to start from",
        style_image="A picture whose style to paint in",
        style_weight="How much that style counts: 0 to 1000, usually 100",
        character_image="A picture of the character to show; for version 6, 6.1 and niji 6",
        character_weight="How much of the character is kept: 0 the face alone, 100 hair and clothes too",
        omni_image="A picture of a person or a thing to show; for version 7",
        omni_weight="How closely that person or thing is kept: 0 to 1000, usually 100",
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
        boost: bool = False,
        image: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image_url: str | None = None,
        style_image: discord.Attachment | None = None,
        style_weight: Range[int, STYLE_WEIGHT.low, STYLE_WEIGHT.high] | None = None,
        character_image: discord.Attachment | None = None,
        character_weight: Range[int, CHARACTER_WEIGHT.low, CHARACTER_WEIGHT.high] | None = None,
        omni_image: discord.Attachment | None = None,
        omni_weight: Range[int, OMNI_WEIGHT.low, OMNI_WEIGHT.high] | None = None,
    ) -> None:
        """Make a picture from words."""
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
            style_weight=style_weight,
            character_weight=character_weight,
            omni_weight=omni_weight,
        )
        given = {
            "image": image,
            "image2": image2,
            "image3": image3,
            "image_url": image_url,
            "style_image": style_image,
            "character_image": character_image,
            "omni_image": omni_image,
        }
        inputs = [ImageInput(name, picture) for name, picture in given.items() if picture is not None]
        # The prompt is checked before anything is downloaded.
        prompts = expand_prompt(prompt, _with_pictures(options, {each.option: _address(each) for each in inputs}))
        if inputs:
            pictures = await gather_images(interaction, inputs, IMAGE_PROMPT, self._bot.services.fetch)
            addresses = {each.option: picture.url for each, picture in zip(inputs, pictures, strict=True)}
            prompts = expand_prompt(prompt, _with_pictures(options, addresses))
        await start_imagines(interaction, prompts, boost=boost)

    @imagine.autocomplete("aspect")
    async def _aspects(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_aspects(typed)]

    @imagine.autocomplete("version")
    async def _versions(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_versions(typed)]


def _address(each: ImageInput) -> str:
    return each.source if isinstance(each.source, str) else each.source.url


def _with_pictures(options: ImagineOptions, addresses: Mapping[str, str]) -> ImagineOptions:
    """The options with the pictures that were given, by the names of their options."""
    return replace(
        options,
        image_urls=tuple(addresses[name] for name in _STARTS if name in addresses),
        style_reference=addresses.get("style_image"),
        character_reference=addresses.get("character_image"),
        omni_reference=addresses.get("omni_image"),
    )


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Imagine(bot))
