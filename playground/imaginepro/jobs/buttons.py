"""Which buttons a finished job offers, and the kinds of follow-up they start."""

from __future__ import annotations

from dataclasses import dataclass

REROLL = "🔄"
CANCEL = "Cancel Job"
SQUARE = "Make Square"
REGION = "Vary (Region)"
CUSTOM_ZOOM = "Custom Zoom"

GRID = ("U1", "U2", "U3", "U4", REROLL, "V1", "V2", "V3", "V4")
ARROWS = ("\u2b05\ufe0f", "\u27a1\ufe0f", "\u2b06\ufe0f", "\u2b07\ufe0f")
ZOOM = ("Zoom Out 2x", "Zoom Out 1.5x")
VARY = ("Vary (Subtle)", "Vary (Strong)", REGION)
ANIMATE = ("Animate (High motion)", "Animate (Low motion)")
EXTEND = ("Extend (High motion)", "Extend (Low motion)")
# Of use on Midjourney's own site and its Discord alone; one has no label at all.
OWN_SITE = ("\u2764\ufe0f", "\U0001f516", "\u2709\ufe0f", "Favorite", "Web", "")
FILM_GRID = ("U1", "U2", "U3", "U4", REROLL)


@dataclass(frozen=True)
class FollowUp:
    """What a button does: its group, its price in credits and its usual length in seconds."""

    group: str
    price: int
    seconds: float


# Five credits are documented for upscale and variation. The others make a whole new grid and no price is
# published for them, so they cost what a fast imagine costs; the region edit likewise.
_UPSCALE_TILE = FollowUp("tile", 5, 6)
_UPSCALE = FollowUp("upscale", 5, 24)
_VARY = FollowUp("vary", 5, 34)
_REROLL = FollowUp("reroll", 10, 40)
_WIDER = FollowUp("wider", 10, 38)
_REGION = FollowUp("region", 10, 36)
_FILM = FollowUp("film", 10, 60)

FOLLOW_UPS: dict[str, FollowUp] = {
    **dict.fromkeys(("U1", "U2", "U3", "U4"), _UPSCALE_TILE),
    **dict.fromkeys(("V1", "V2", "V3", "V4", "Vary (Subtle)", "Vary (Strong)"), _VARY),
    **dict.fromkeys((*ZOOM, *ARROWS, SQUARE, CUSTOM_ZOOM), _WIDER),
    **{f"{redo}Upscale ({how})": _UPSCALE for redo in ("", "Redo ") for how in ("Subtle", "Creative", "2x", "4x")},
    REROLL: _REROLL,
    REGION: _REGION,
    **dict.fromkeys((*ANIMATE, *EXTEND), _FILM),
}


def offered(*, grid: bool, upscaled: bool, square: bool, older_model: bool) -> tuple[str, ...]:
    """The labels Midjourney shows under a picture of this nature, in its order."""
    if grid:
        return GRID
    names = ("2x", "4x") if older_model else ("Subtle", "Creative")
    if upscaled:
        return (*(f"Redo Upscale ({name})" for name in names), *OWN_SITE)
    upscales = (f"Upscale ({name})" for name in names)
    widths = (*ZOOM, CUSTOM_ZOOM, *(() if square else (SQUARE,)))
    return (*upscales, *VARY, *widths, *ARROWS, *ANIMATE, *OWN_SITE)


def offered_under_film(button: str) -> tuple[str, ...]:
    """The labels under a film that this button made: four films in one, or one of them."""
    return (*EXTEND, *OWN_SITE) if FOLLOW_UPS[button].group == "tile" else FILM_GRID
