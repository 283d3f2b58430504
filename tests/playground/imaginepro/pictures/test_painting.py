"""The painter on its own: nothing a prompt or a chain of buttons asks for breaks it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.imaginepro.jobs.buttons import ARROWS
from playground.imaginepro.jobs.follow_up_pictures import imagined, pressed
from playground.imaginepro.jobs.prompt import Prompt
from playground.imaginepro.pictures.painting import paint, paint_sheet
from playground.imaginepro.pictures.painting.silhouettes import ABSTRACT_NOUNS, SILHOUETTES

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60), st.integers(1, 99999), st.integers(1, 99999), st.lists(COLOURS, max_size=6))
def test_any_prompt_can_be_painted(text: str, width: int, height: int, palette: list):
    """Any words, ratio and colours make a picture."""
    prompt = Prompt(text, flags={"ar": f"{width}:{height}"})
    image = paint_sheet(imagined(prompt, 1, 64, tuple(palette)))
    assert min(image.size) >= 2


@pytest.mark.parametrize("noun", sorted(set(SILHOUETTES) - set(ABSTRACT_NOUNS)))
def test_known_things_are_in_the_picture(noun: str):
    """The named thing is what stands there, and it covers a part of the scene."""
    (tile, *_) = imagined(Prompt.parse(noun), 1, 128)
    bare = replace(tile, world=replace(tile.world, subjects=()))
    assert [name for name, _ in tile.world.subjects] == [noun]
    assert paint(tile).tobytes() != paint(bare).tobytes()


@pytest.mark.parametrize("label", ["Zoom Out 2x", *ARROWS])
def test_the_world_goes_on(label: str):
    """Eight times the same button still gives a picture, and soon enough."""
    sheet = imagined(Prompt.parse("an owl in a snowy forest at night, mountains, city"), 1, 128)
    for seed in range(8):
        sheet = pressed(label, pressed("U1", sheet, seed, 128), seed, 128)
    assert paint_sheet(sheet).width > 0
