"""What each button makes of its parent: the new sheet of pictures, one or four."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from playground.imaginepro.pictures.painting import Inlay, Patch, Picture, View, World

from .buttons import ARROWS, CUSTOM_ZOOM, FOLLOW_UPS, SQUARE

if TYPE_CHECKING:
    from playground.imaginepro.pictures.painting.colours import Colour

    from .prompt import Prompt

Sheet = tuple[Picture, ...]

_PAN = dict(zip(ARROWS, ((-1, 0), (1, 0), (0, -1), (0, 1)), strict=True))
_STRENGTH = {"Vary (Subtle)": 0.16, "Vary (Strong)": 0.5}
_TILE_STRENGTH = 0.34


def imagined(
    prompt: Prompt, seed: int, side: int, palette: tuple[Colour, ...] = (), inlays: tuple[Inlay, ...] = ()
) -> Sheet:
    """A first grid: four worlds of one theme, each with the same pictures laid in."""
    view = View.of_aspect(*prompt.aspect)
    worlds = [World.imagine(prompt.text, seed, tile, palette) for tile in range(4)]
    return _grid([Picture(world, view, side // 2, prompt.text, inlays=inlays) for world in worlds])


def pressed(
    button: str, sheet: Sheet, seed: int, side: int, *, mask: bytes = b"", revised: Prompt | None = None
) -> Sheet:
    """The sheet a button makes of its parent's; reroll is not among them, for it repeats another making.

    `revised` is the prompt that came with the button: its words are drawn where the button redraws.
    """
    group = FOLLOW_UPS[button].group
    if group == "tile":
        return (replace(sheet[int(button[1]) - 1], side=side, number=None, detail=1),)
    if group == "upscale":
        return (_upscaled(button, sheet[0], seed),)
    if group == "vary":
        tile = sheet[int(button[1]) - 1] if button.startswith("V") and button[1].isdigit() else sheet[0]
        return _varied(_reworded(tile, revised), _STRENGTH.get(button, _TILE_STRENGTH), seed, side)
    if group == "region":
        return _region(sheet[0], mask, seed, side, revised)
    return _wider(button, sheet[0], seed, side, revised)


def _grid(tiles: list[Picture]) -> Sheet:
    return tuple(replace(tile, number=number) for number, tile in enumerate(tiles, start=1))


def _upscaled(button: str, parent: Picture, seed: int) -> Picture:
    # A redo keeps the size and redraws only the details.
    factor = 1 if button.startswith("Redo") else 4 if "4x" in button else 2
    world = parent.world
    if "Creative" in button or button.startswith("Redo"):
        world = world.varied(0.05, random.Random(f"{seed}:upscale"))
    return replace(parent, world=world, side=parent.side * factor, detail=2)


def _varied(parent: Picture, strength: float, seed: int, side: int) -> Sheet:
    tiles = [
        replace(parent, world=parent.world.varied(strength, random.Random(f"{seed}:{tile}")), side=side // 2, detail=0)
        for tile in range(4)
    ]
    return _grid(tiles)


def _reworded(parent: Picture, revised: Prompt | None) -> Picture:
    """The picture with the subjects of other words, in the light and the landscape it has."""
    if revised is None or not revised.text:
        return parent
    told = World.imagine(revised.text, 0, 0)
    return replace(parent, world=replace(parent.world, subjects=told.subjects), caption=revised.text)


def _wider(button: str, parent: Picture, seed: int, side: int, revised: Prompt | None) -> Sheet:
    if button == CUSTOM_ZOOM:
        view = parent.view.wider((revised and revised.zoom) or 1.5)
    else:
        view = _wider_view(button, parent.view)
    tiles = [
        replace(parent, world=parent.world.settled(parent.view, seed + tile), view=view, side=side // 2, detail=0)
        for tile in range(4)
    ]
    return _grid(tiles)


def _wider_view(button: str, view: View) -> View:
    if button in _PAN:
        return view.panned(*_PAN[button])
    if button == SQUARE:
        return view.squared()
    factor = button.removeprefix("Zoom Out ").removesuffix("x")
    return view.wider(float(factor))


def _region(parent: Picture, mask: bytes, seed: int, side: int, revised: Prompt | None) -> Sheet:
    base = _reworded(parent, revised).world
    worlds = [base.varied(0.9, random.Random(f"{seed}:{tile}")) for tile in range(4)]
    tiles = [
        replace(parent, patches=(*parent.patches, Patch(mask, parent.view, world)), side=side // 2, detail=0)
        for world in worlds
    ]
    return _grid(tiles)
