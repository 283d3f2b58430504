"""The flags of Midjourney, one row each (docs.midjourney.com, parameter list and the page of each parameter).

Parsing, options of /imagine and their limits, checks and the table in docs/commands.md follow from these rows.
"""

import difflib

from bot.services.prompt.flags.spec import Flag, FlagSpec
from bot.services.prompt.spelling.signs import option_value
from bot.services.prompt.values import (
    Decimal,
    WholeNumber,
    read_aspect,
    read_model,
    read_niji,
    read_picture,
    read_profile,
    read_quality,
    read_reference,
    read_style,
    read_version,
)

_NO_VIDEO = "Videos can't be made from a prompt here. Remove `--{name}`."


def _quality(typed: str) -> Flag:
    """The flag for the option that sets quality and resolution, which no model has both. Raises PromptError."""
    text = option_value(typed).casefold()
    return Flag(text) if text in {"hd", "sd"} else Flag("quality", read_quality("quality", text))


# The flags that options set are sent in this order.
FLAGS = (
    FlagSpec(
        name="ar",
        aliases=("aspect",),
        read=read_aspect,
        example="16:9",
        option="aspect",
        about="Width to height, such as 16:9",
    ),
    FlagSpec(
        name="v",
        aliases=("version",),
        group="model",
        read=read_version,
        example="8.2",
        option="version",
        choose=lambda typed: Flag(*read_model(typed)),
        about="Which Midjourney model paints it",
    ),
    FlagSpec(name="niji", group="model", read=read_niji, bare=True, example="7", option="version"),
    FlagSpec(
        name="stylize",
        aliases=("s",),
        read=WholeNumber(0, 1000),
        example="250",
        option="stylize",
        about="How much of Midjourney's own taste: {range}, usually 100",
    ),
    FlagSpec(
        name="chaos",
        aliases=("c",),
        read=WholeNumber(0, 100),
        example="20",
        option="chaos",
        about="How different the four pictures are: {range}",
    ),
    FlagSpec(
        name="weird",
        aliases=("w",),
        read=WholeNumber(0, 3000),
        example="500",
        option="weird",
        about="How odd it may get: {range}",
    ),
    FlagSpec(
        name="quality",
        aliases=("q",),
        read=read_quality,
        example="1",
        option="quality",
        choose=_quality,
        about="Pixels for version 8.1 and newer, time for detail for older ones",
    ),
    FlagSpec(name="hd", group="resolution", option="quality"),
    FlagSpec(name="sd", group="resolution", option="quality"),
    FlagSpec(
        name="seed",
        read=WholeNumber(0, 4_294_967_295),
        example="1234",
        option="seed",
        about="The same seed and prompt give nearly the same picture",
    ),
    FlagSpec(
        name="style",
        read=read_style,
        means={"raw": Flag("raw")},
        example="scenic",
        about="A style by its name: cute, expressive, original or scenic for niji 6",
    ),
    FlagSpec(
        name="raw",
        group="style",
        option="raw",
        about="Less of Midjourney's own taste, closer to your words",
    ),
    FlagSpec(
        name="exp",
        read=WholeNumber(0, 100),
        example="10",
        option="exp",
        about="How experimental it may get: {range}",
    ),
    FlagSpec(name="tile", option="tile", about="A pattern that repeats without a seam"),
    FlagSpec(
        name="no",
        words=True,
        example="text, people",
        option="no",
        about="What must not be in the picture, separated by commas",
    ),
    FlagSpec(
        name="iw",
        read=Decimal(0, 3),
        example="1.5",
        option="image_weight",
        about="How much the pictures to start from count against the words: {range}",
    ),
    FlagSpec(
        name="sref",
        read=read_reference,
        most=None,
        example="random",
        reference="style",
        option="style_image",
        about="A picture whose style to paint in",
    ),
    FlagSpec(
        name="sw",
        read=WholeNumber(0, 1000),
        example="100",
        weighs="sref",
        option="style_weight",
        about="How much that style counts: {range}, usually 100",
    ),
    FlagSpec(
        name="sv",
        read=WholeNumber(1, 9),
        example="6",
        about="Which version of style references is used: 1 to 6; with a code 4 or 6",
    ),
    FlagSpec(
        name="cref",
        read=read_picture,
        most=None,
        example="https://…",
        brings_model=True,
        instead="use an omni reference (`--oref`) with version 7",
        reference="character",
        option="character_image",
        about="A picture of the character to show; for {models}",
    ),
    FlagSpec(
        name="cw",
        read=WholeNumber(0, 100),
        example="100",
        weighs="cref",
        option="character_weight",
        about="How much of the character is kept: {low} the face alone, {high} hair and clothes too",
    ),
    FlagSpec(
        name="oref",
        read=read_picture,
        example="https://…",
        brings_model=True,
        instead="change the picture with `--edit` and version 8.2",
        reference="omni",
        option="omni_image",
        about="A picture of a person or a thing to show; for {models}",
    ),
    FlagSpec(
        name="ow",
        read=WholeNumber(1, 1000),
        example="100",
        weighs="oref",
        option="omni_weight",
        about="How closely that person or thing is kept: {range}, usually 100",
    ),
    FlagSpec(
        name="fast",
        group="mode",
        option="mode",
        about="Fast, relax (slower and cheaper), or turbo for version 7 and older",
    ),
    FlagSpec(name="relax", group="mode", option="mode"),
    FlagSpec(name="turbo", group="mode", option="mode"),
    FlagSpec(
        name="stop",
        read=WholeNumber(10, 100),
        example="80",
        about="Stops before the picture is done: {range} percent; for version 6.1 and older",
    ),
    FlagSpec(
        name="edit",
        read=read_picture,
        most=4,
        bare=True,
        example="https://…",
        about="Changes up to four pictures: those at these addresses, else those of the prompt; for {models}",
    ),
    FlagSpec(name="draft", about="A quick draft, for {models}"),
    FlagSpec(
        name="profile",
        aliases=("p", "personalize"),
        read=read_profile,
        most=None,
        bare=True,
        example="abc12de",
        about="Profiles or moodboards by their codes; without a code the account's own",
    ),
    FlagSpec(name="public", group="visibility", about="Shown on Midjourney's website"),
    FlagSpec(name="stealth", group="visibility", about="Not shown on Midjourney's website"),
    # Midjourney's larger plans go further; here every job is paid by the same account.
    FlagSpec(
        name="repeat",
        aliases=("r",),
        read=WholeNumber(2, 10),
        example="4",
        about="Several jobs of the same prompt: {range}",
    ),
    *(FlagSpec(name=name, refusal=_NO_VIDEO.format(name=name)) for name in ("video", "motion", "loop", "end", "bs")),
)

_BY_NAME = {name: spec for spec in FLAGS for name in (spec.name, *spec.aliases)}


def find_flag(name: str) -> FlagSpec | None:
    """The flag with this name or alias, in any case; None when Midjourney has none."""
    return _BY_NAME.get(name.casefold())


def nearest_flag(name: str, likeness: float = 0.5) -> str | None:
    """The known name most similar to `name`, from a similarity of `likeness` (0 to 1) on."""
    return next(iter(difflib.get_close_matches(name.casefold()[:40], _BY_NAME, n=1, cutoff=likeness)), None)
