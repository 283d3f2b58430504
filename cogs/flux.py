"""/flux: makes pictures with FLUX."""

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.bot import Bot
from bot.imaginepro import FLUX_MODELS
from bot.services import prices
from bot.services.images.sizes import SMALLEST_SIDE, Size, read_size, sides_of
from bot.services.kinds import FluxRequest
from bot.services.prompt import read_plain_prompt, suggest_aspects
from bot.ui.base.text import price
from bot.ui.start import start_job

_LONGEST_SIDE = 2048
_DEFAULT_SIDE = 1024
_NAMED_ASPECTS = frozenset({"1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4", "5:4", "4:5"})
"""The aspect ratios that FLUX accepts by name; any other is requested as width and height."""

_FORMATS = ("png", "webp", "jpg")


class Flux(commands.Cog):
    """The /flux command."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(description=f"Make up to four pictures with FLUX. Each costs {price(prices.FLUX_PICTURE)}.")
    @app_commands.describe(
        prompt="What the pictures show; plain words, no flags but --ar",
        count=f"How many pictures, 1 to 4; each costs {price(prices.FLUX_PICTURE)}",
        aspect="Width to height, such as 16:9",
        width="Pixels, a multiple of 8, usually 1024; in place of the aspect",
        height="Pixels, a multiple of 8, usually 1024; in place of the aspect",
        format="The kind of file: PNG keeps everything, WEBP and JPG are smaller",
        quality="How much of the picture a WEBP or JPG keeps: 0 to 100 percent",
        model="Which FLUX model paints it",
    )
    @app_commands.choices(format=[Choice(name=name.upper(), value=name) for name in _FORMATS])
    @app_commands.choices(model=[Choice(name=name, value=name) for name in FLUX_MODELS])
    async def flux(  # noqa: PLR0917  # discord.py passes every option by its name
        self,
        interaction: discord.Interaction[Bot],
        prompt: str,
        count: Range[int, 1, 4] = 1,
        aspect: str | None = None,
        width: Range[int, SMALLEST_SIDE, _LONGEST_SIDE] | None = None,
        height: Range[int, SMALLEST_SIDE, _LONGEST_SIDE] | None = None,
        format: str | None = None,  # noqa: A002  # the option's name
        quality: Range[int, 0, 100] | None = None,
        model: str | None = None,
    ) -> None:
        """Start a job with the size the options or `--ar` ask for."""
        typed = read_plain_prompt(prompt, "FLUX", takes_aspect=True)
        size = _flux_size(read_size(aspect, width, height, typed=typed.aspect))
        request = FluxRequest(
            count=count,
            aspect_ratio=size.aspect,
            width=size.width,
            height=size.height,
            output_format=format,
            output_quality=quality,
            model=model,
        )
        await start_job(interaction, request, typed.words)

    @flux.autocomplete("aspect")
    async def _aspects(self, _: discord.Interaction[Bot], typed: str) -> list[Choice[str]]:
        return [Choice(name=choice.label, value=choice.value) for choice in suggest_aspects(typed)]


def _flux_size(size: Size) -> Size:
    """The size as FLUX accepts it: with a named aspect ratio, or with width and height."""
    if size.aspect is None or size.aspect in _NAMED_ASPECTS:
        return size
    width, height = sides_of(size.aspect, _DEFAULT_SIDE)
    return Size(width=width, height=height)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Flux(bot))
