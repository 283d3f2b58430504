"""/imagine: makes a picture from a prompt."""

from collections.abc import Mapping

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.bot import Bot
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.prompt import (
    MODES,
    QUALITIES,
    ImagineOptions,
    OptionValue,
    limits,
    option_descriptions,
    suggest_aspects,
    suggest_versions,
)
from bot.ui.inputs.pictures import ImageInput, gather_images, images_by_address
from bot.ui.start import start_imagines

_REFERENCES = ("style_image", "character_image", "omni_image")


class Imagine(commands.Cog):
    """The /imagine command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        **option_descriptions(),
        prompt="What the picture shows. Flags such as --ar 16:9 and --sref URL may be typed here too",
        boost="Ask ImaginePro for quicker progress; may cost more credits",
        image="A picture to start from; with --edit in the prompt, one to change",
        image2="A second picture to start from",
        image3="A third picture to start from",
        image_url="The web addresses of pictures to start from, with spaces between them",
    )
    @app_commands.choices(quality=[Choice(name=choice.label, value=choice.value) for choice in QUALITIES])
    @app_commands.choices(mode=[Choice(name=choice.label, value=choice.value.value) for choice in MODES])
    async def imagine(  # noqa: PLR0917  # discord.py passes every option by its name
        self,
        interaction: discord.Interaction[Bot],
        prompt: str,
        aspect: str | None = None,
        version: str | None = None,
        stylize: Range[int, *limits("stylize")] | None = None,
        chaos: Range[int, *limits("chaos")] | None = None,
        weird: Range[int, *limits("weird")] | None = None,
        quality: str | None = None,
        seed: Range[int, *limits("seed")] | None = None,
        raw: bool = False,
        exp: Range[int, *limits("exp")] | None = None,
        tile: bool = False,
        no: str | None = None,
        image_weight: Range[float, *limits("image_weight")] | None = None,
        mode: str | None = None,
        boost: bool = False,
        image: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image_url: str | None = None,
        style_image: discord.Attachment | None = None,
        style_weight: Range[int, *limits("style_weight")] | None = None,
        character_image: discord.Attachment | None = None,
        character_weight: Range[int, *limits("character_weight")] | None = None,
        omni_image: discord.Attachment | None = None,
        omni_weight: Range[int, *limits("omni_weight")] | None = None,
    ) -> None:
        """Make a picture from words."""
        chosen: dict[str, OptionValue | None] = {
            "aspect": aspect,
            "version": version,
            "stylize": stylize,
            "chaos": chaos,
            "weird": weird,
            "quality": quality,
            "seed": seed,
            "raw": raw,
            "exp": exp,
            "tile": tile,
            "no": no,
            "image_weight": image_weight,
            "mode": mode,
            "style_weight": style_weight,
            "character_weight": character_weight,
            "omni_weight": omni_weight,
        }
        given = {
            "image": image,
            "image2": image2,
            "image3": image3,
            "style_image": style_image,
            "character_image": character_image,
            "omni_image": omni_image,
        }
        inputs = [ImageInput(name, picture) for name, picture in given.items() if picture is not None]
        inputs += images_by_address("image_url", image_url)
        composer = self._bot.services.composer
        # Words and flags are judged before anything is fetched.
        prompts = composer.expanded(prompt, _options(chosen, {each.option: each.address for each in inputs}))
        if inputs:
            pictures = await gather_images(interaction, inputs, IMAGE_PROMPT, self._bot.services.fetch)
            addresses = {each.option: picture.url for each, picture in zip(inputs, pictures, strict=True)}
            prompts = composer.expanded(prompt, _options(chosen, addresses))
        await start_imagines(interaction, prompts, boost=boost)

    @imagine.autocomplete("aspect")
    async def _aspects(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_aspects(typed)]

    @imagine.autocomplete("version")
    async def _versions(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_versions(typed)]


def _options(chosen: Mapping[str, OptionValue | None], addresses: Mapping[str, str]) -> ImagineOptions:
    """What was chosen, with the addresses of the pictures by the names of their options."""
    starts = tuple(address for name, address in addresses.items() if name not in _REFERENCES)
    references = {name: addresses[name] for name in _REFERENCES if name in addresses}
    return ImagineOptions(image_urls=starts, **chosen, **references)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Imagine(bot))
