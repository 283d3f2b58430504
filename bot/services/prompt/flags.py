"""Every flag Midjourney knows, with the values it takes (docs.midjourney.com, parameter list)."""

import difflib
from dataclasses import dataclass
from enum import Enum, auto

from bot.services.prompt import options as ranges
from bot.services.prompt import values
from bot.services.prompt.values import ValueReader


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of a prompt under its canonical name, such as `ar` with the value `16:9`."""

    name: str
    value: str | None = None

    def __str__(self) -> str:
        return f"--{self.name}" if self.value is None else f"--{self.name} {self.value}"


class Takes(Enum):
    """What may stand between a flag and the next one."""

    NOTHING = auto()
    ONE = auto()
    MANY = auto()
    WORDS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagSpec:
    """How one flag is spelled and read. Two flags of one `group` exclude each other."""

    name: str
    group: str
    aliases: tuple[str, ...] = ()
    takes: Takes = Takes.NOTHING
    read: ValueReader | None = None
    bare: bool = False
    """May stand without a value."""
    example: str = ""
    means: Flag | None = None
    """Another spelling of this flag and value."""
    refusal: str | None = None
    """Why it can't be used here, as a sentence."""


def _switch(name: str, *, group: str = "", means: Flag | None = None) -> FlagSpec:
    return FlagSpec(name=name, group=group or name, means=means)


def _one(name: str, read: ValueReader, example: str, *aliases: str, group: str = "", bare: bool = False) -> FlagSpec:
    return FlagSpec(
        name=name,
        group=group or name,
        aliases=aliases,
        takes=Takes.ONE,
        read=read,
        bare=bare,
        example=example,
    )


def _many(name: str, read: ValueReader, example: str, *aliases: str, bare: bool = False) -> FlagSpec:
    return FlagSpec(name=name, group=name, aliases=aliases, takes=Takes.MANY, read=read, bare=bare, example=example)


def _refused(name: str, refusal: str, *aliases: str) -> FlagSpec:
    return FlagSpec(name=name, group=name, aliases=aliases, refusal=refusal)


_NO_VIDEO = "Videos can't be made from a prompt here. Remove `--{name}`."

_SPECS = (
    _one("ar", values.read_aspect, "16:9", "aspect"),
    _one("v", values.read_version, "7", "version", group="model"),
    _one("niji", values.read_niji, "6", group="model", bare=True),
    _one("stylize", values.whole(ranges.STYLIZE), "250", "s"),
    _one("chaos", values.whole(ranges.CHAOS), "20", "c"),
    _one("weird", values.whole(ranges.WEIRD), "500", "w"),
    _one("quality", values.read_quality, "1", "q"),
    _one("seed", values.whole(ranges.SEED), "1234"),
    _one("style", values.read_style, "raw"),
    _switch("raw", group="style", means=Flag("style", "raw")),
    _switch("tile"),
    FlagSpec(name="no", group="no", takes=Takes.WORDS, example="text, people"),
    _one("iw", values.decimal(ranges.IMAGE_WEIGHT), "1.5"),
    _switch("fast", group="mode"),
    _switch("relax", group="mode"),
    _switch("turbo", group="mode"),
    _many("sref", values.read_reference, "random"),
    _one("sw", values.whole(ranges.STYLE_WEIGHT), "100"),
    _one("sv", values.whole(ranges.STYLE_REFERENCE_VERSION), "6"),
    _many("cref", values.read_picture, "https://…"),
    _one("cw", values.whole(ranges.CHARACTER_WEIGHT), "100"),
    _one("oref", values.read_picture, "https://…"),
    _one("ow", values.whole(ranges.OMNI_WEIGHT), "100"),
    _one("stop", values.whole(ranges.STOP), "80"),
    _one("exp", values.whole(ranges.EXPERIMENTAL), "10"),
    _switch("draft"),
    _many("profile", values.read_profile, "abc12de", "p", "personalize", bare=True),
    _switch("public", group="visibility"),
    _switch("stealth", group="visibility"),
    _one("repeat", values.whole(ranges.REPEAT), "4", "r"),
    *(_refused(name, _NO_VIDEO.format(name=name)) for name in ("video", "motion", "loop", "end", "bs")),
)
_BY_NAME = {name: spec for spec in _SPECS for name in (spec.name, *spec.aliases)}


def find_flag(name: str) -> FlagSpec | None:
    """The flag spelled this way, in any case; None when Midjourney has none."""
    return _BY_NAME.get(name.casefold())


def nearest_flag(name: str, likeness: float = 0.5) -> str | None:
    """The known spelling most like `name`, when at least `likeness` (0 to 1) of it agrees."""
    return next(iter(difflib.get_close_matches(name.casefold()[:40], _BY_NAME, n=1, cutoff=likeness)), None)
