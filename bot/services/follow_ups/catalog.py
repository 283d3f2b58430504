"""The follow-up buttons of the image API: text, emoji, place and price of each."""

import re
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from bot.services import prices
from bot.services.prompt.text import clean_text, has_words

MAX_TEXT = 80


class ButtonStyle(StrEnum):
    """How much a button stands out."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SUCCESS = "success"
    DANGER = "danger"


class RowGroup(IntEnum):
    """Buttons of a group share a row; the rows are in this order."""

    PICK = 1
    VARY_ONE = 2
    UPSCALE = 3
    VARY = 4
    ZOOM = 5
    PAN = 6
    ANIMATE = 7
    OTHER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A follow-up button.

    `label` is sent to the API exactly as it was received; `text`, `emoji` and `description` are shown. With
    `icon_only` a narrow row shows the emoji alone. A button that is not `repeatable` always leads to the same result.
    `cost_credits` is None when no price is published. With `makes_video` the result is a video by its name; the others'
    results may be videos too, as those of U1 to U4 under a video are.
    """

    label: str
    text: str
    emoji: str | None = None
    style: ButtonStyle = ButtonStyle.SECONDARY
    row_group: RowGroup = RowGroup.OTHER
    place: int = 0
    repeatable: bool = True
    cost_credits: int | None = None
    icon_only: bool = False
    makes_video: bool = False
    description: str


def normalized_label(label: str) -> str:
    """The label without emoji selectors and leading pictograms: equal for two spellings of one button."""
    bare = _bare(label)
    return bare if bare in _KNOWN else _without_selectors(label)


def is_hidden(label: str) -> bool:
    """Whether the button is not offered: it is of use on Midjourney's own site alone, or its label shows nothing."""
    return not has_words(clean_text(label)) or _bare(label).casefold() in _HIDDEN


def extends_video(label: str) -> bool:
    """Whether the button makes a video longer."""
    return normalized_label(label) in {"Extend (High motion)", "Extend (Low motion)"}


def _bare(label: str) -> str:
    return re.sub(r"^[^\w\s(]+ (?=\w)", "", _without_selectors(label).strip())


def _without_selectors(label: str) -> str:
    return label.replace("\ufe0f", "").replace("\ufe0e", "")


def follow_up(label: str) -> FollowUp:
    """The follow-up for a label of the API; an unknown label is shown as it is. Never raises."""
    known = _KNOWN.get(normalized_label(label))
    if known is not None:
        return replace(known, label=label)
    text = clean_text(label)
    shown = text[: MAX_TEXT - 1] + "…" if len(text) > MAX_TEXT else text
    named = shown if has_words(shown) else "Unnamed button"
    return FollowUp(label=label, text=named, description=named)


def _pick(number: int) -> FollowUp:
    return FollowUp(
        label=f"U{number}",
        text=f"U{number}",
        row_group=RowGroup.PICK,
        place=number,
        repeatable=False,
        cost_credits=prices.BUTTON_UPSCALE,
        description=f"Enlarge picture {number}",
    )


def _vary_one(number: int) -> FollowUp:
    return FollowUp(
        label=f"V{number}",
        text=f"V{number}",
        row_group=RowGroup.VARY_ONE,
        place=number,
        cost_credits=prices.BUTTON_VARIATION,
        description=f"Four variations of picture {number}",
    )


def _upscale(label: str, place: int, description: str, *, redo: bool = False) -> FollowUp:
    return FollowUp(
        label=label,
        text=label,
        emoji="🔍",
        row_group=RowGroup.UPSCALE,
        place=place,
        repeatable=redo,
        cost_credits=None if redo else prices.BUTTON_UPSCALE,
        description=description,
    )


def _other(
    label: str, emoji: str, group: RowGroup, place: int, description: str, *, cost: int | None = None
) -> FollowUp:
    return FollowUp(
        label=label,
        text=label,
        emoji=emoji,
        row_group=group,
        place=place,
        cost_credits=cost,
        description=description,
    )


def _video(label: str, emoji: str, place: int, description: str) -> FollowUp:
    return replace(_other(label, emoji, RowGroup.ANIMATE, place, description), makes_video=True)


def _arrow(arrow: str, place: int, text: str, direction: str) -> FollowUp:
    return FollowUp(
        label=arrow,
        text=text,
        emoji=f"{arrow}\ufe0f",
        row_group=RowGroup.PAN,
        place=place,
        description=f"Extend the picture {direction}",
    )


_REROLL = FollowUp(
    label="🔄",
    text="Again",
    emoji="🔄",
    style=ButtonStyle.PRIMARY,
    row_group=RowGroup.PICK,
    place=5,
    icon_only=True,
    description="Four new pictures for the same prompt",
)
_CANCEL = FollowUp(label="Cancel Job", text="Cancel", style=ButtonStyle.DANGER, description="Stop making this picture")
_KNOWN = {
    button.label: button
    for button in (
        *(_pick(number) for number in range(1, 5)),
        _REROLL,
        *(_vary_one(number) for number in range(1, 5)),
        _upscale("Upscale (Subtle)", 1, "Enlarge the picture and keep it as it is"),
        _upscale("Upscale (Creative)", 2, "Enlarge the picture and add detail"),
        _upscale("Upscale (2x)", 3, "Enlarge the picture to twice its size"),
        _upscale("Upscale (4x)", 4, "Enlarge the picture to four times its size"),
        _upscale("Redo Upscale (Subtle)", 5, "Enlarge once more, as it is", redo=True),
        _upscale("Redo Upscale (Creative)", 6, "Enlarge once more, with new detail", redo=True),
        _upscale("Redo Upscale (2x)", 7, "Enlarge once more to twice the size", redo=True),
        _upscale("Redo Upscale (4x)", 8, "Enlarge once more to four times the size", redo=True),
        _other(
            "Vary (Subtle)", "🪄", RowGroup.VARY, 1, "Four pictures a little different", cost=prices.BUTTON_VARIATION
        ),
        _other(
            "Vary (Strong)", "🪄", RowGroup.VARY, 2, "Four pictures clearly different", cost=prices.BUTTON_VARIATION
        ),
        _other("Vary (Region)", "🖌️", RowGroup.VARY, 3, "Change a part of the picture"),
        _other("Zoom Out 2x", "🔭", RowGroup.ZOOM, 1, "Show twice as much around the picture"),
        _other("Zoom Out 1.5x", "🔭", RowGroup.ZOOM, 2, "Show half as much again around the picture"),
        _other("Custom Zoom", "🔭", RowGroup.ZOOM, 3, "Zoom out by a factor of your own"),
        _other("Make Square", "⏹️", RowGroup.ZOOM, 4, "Extend the picture to a square"),
        _arrow("⬅", 1, "Left", "to the left"),
        _arrow("➡", 2, "Right", "to the right"),
        _arrow("⬆", 3, "Up", "upwards"),
        _arrow("⬇", 4, "Down", "downwards"),
        _video("Animate (High motion)", "🎞️", 1, "A video of the picture with much movement"),
        _video("Animate (Low motion)", "🎞️", 2, "A video of the picture with little movement"),
        _video("Extend (High motion)", "⏩", 3, "A longer video with much movement"),
        _video("Extend (Low motion)", "⏩", 4, "A longer video with little movement"),
        _CANCEL,
    )
}
_HIDDEN = frozenset({"❤", "🔖", "✉", "favorite", "web", "cancel job"})
"""What only Midjourney's own site or the running job uses, as `_bare` spells it."""
