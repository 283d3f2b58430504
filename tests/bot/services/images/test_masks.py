"""Masks as they come from strangers and from the grid: exact, black and white, of the picture's size."""

from base64 import b64decode
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.errors import UserError
from bot.services.images.masks import MAX_MASK_BYTES, checked_mask, encoded, grid_mask
from tests.bot.services.images.test_formats import png_header

EMPTY = "Paint the part that should change first."
SIDES = st.integers(1, 40)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def opened(mask: bytes) -> Image.Image:
    """The mask, decoded; fails unless it is a PNG of pure black and white grey."""
    image = Image.open(BytesIO(mask))
    assert (image.format, image.mode) == ("PNG", "L")
    assert sum(image.histogram()[1:255]) == 0
    return image


def painted(size: tuple[int, int] = (60, 40), mode: str = "L") -> Image.Image:
    """A black picture with a white rectangle."""
    image = Image.new("RGB", size, "black")
    image.paste("white", (8, 5, 28, 15))
    return image.convert(mode)


def complaint(data: bytes, width: int = 60, height: int = 40) -> str:
    with pytest.raises(UserError) as caught:
        checked_mask(data, width, height)
    return caught.value.text


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_ordinary_mode_means_the_same(mode: str) -> None:
    """However the editor wrote black and white, the mask is white in the rectangle alone."""
    mask = opened(checked_mask(saved(painted(mode=mode)), 60, 40))
    assert mask.getbbox() == (8, 5, 28, 15)
    assert mask.histogram()[255] == 200


def test_a_webp_is_taken_too() -> None:
    """The image API's own example is a WebP."""
    mask = opened(checked_mask(saved(painted(mode="RGB"), "WEBP", lossless=True), 60, 40))
    assert mask.getbbox() == (8, 5, 28, 15)


def test_greys_are_decided() -> None:
    """From the middle on a pixel is white, below it black."""
    grey = Image.frombytes("L", (4, 1), bytes([0, 127, 128, 255]))
    assert opened(checked_mask(saved(grey), 4, 1)).tobytes() == bytes([0, 0, 255, 255])


def test_what_is_transparent_stays() -> None:
    """White that nobody sees is not painted."""
    clear = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
    assert complaint(saved(clear)) == EMPTY
    clear.paste((255, 255, 255, 255), (8, 5, 28, 15))
    assert opened(checked_mask(saved(clear), 60, 40)).getbbox() == (8, 5, 28, 15)


def test_an_empty_mask_is_refused_and_a_full_one_is_not() -> None:
    """Nothing painted is an oversight; everything painted is a wish."""
    assert complaint(saved(Image.new("L", (60, 40), 0))) == EMPTY
    assert opened(checked_mask(saved(Image.new("L", (60, 40), 255)), 60, 40)).getextrema() == (255, 255)


@pytest.mark.parametrize("size", [(40, 60), (61, 40), (60, 39), (1, 1)])
def test_another_size_than_the_picture_is_named(size: tuple[int, int]) -> None:
    """A mask that doesn't fit is not stretched."""
    text = complaint(saved(Image.new("L", size, 255)))
    assert f"{size[0]} × {size[1]} pixels" in text
    assert "60 × 40" in text


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"hello", saved(painted(mode="RGB"), "JPEG")])
def test_other_kinds_are_refused(data: bytes) -> None:
    """JPEG would blur the edges, and the rest are no masks at all."""
    assert "not a PNG or WebP" in complaint(data)


def test_a_cut_off_mask_is_damaged() -> None:
    """Half a mask is not taken for one that is black in its lower half."""
    whole = saved(Image.effect_noise((60, 40), 90))
    assert "damaged" in complaint(whole[: len(whole) // 2])


def test_a_deep_mask_is_refused() -> None:
    """Sixteen bits of grey are not silently clipped to white."""
    assert "can't be read" in complaint(saved(Image.new("I;16", (60, 40), 200)))


def test_a_bomb_is_never_decoded() -> None:
    """A header that claims more pixels than a result can have is refused by its claim, and so is a heavy file."""
    assert "too many pixels" in complaint(png_header(15_000, 15_000), 15_000, 15_000)
    assert "more than 8 MB" in complaint(b"\x89PNG\r\n\x1a\n" + bytes(MAX_MASK_BYTES))


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_complain(noise: bytes) -> None:
    """Whatever follows a PNG's beginning, the answer is a sentence."""
    assert complaint(saved(painted())[:40] + noise)


@given(SIDES, SIDES, st.data())
def test_a_mask_comes_back_as_it_was(width: int, height: int, data: st.DataObject) -> None:
    """Black and white pixels are kept one by one, and checking twice changes nothing."""
    pixels = bytes(data.draw(st.lists(st.sampled_from([0, 255]), min_size=width * height, max_size=width * height)))
    sent = saved(Image.frombytes("L", (width, height), pixels))
    if 255 not in pixels:
        assert complaint(sent, width, height) == EMPTY
        return
    mask = checked_mask(sent, width, height)
    assert opened(mask).tobytes() == pixels
    assert checked_mask(mask, width, height) == mask


@given(st.integers(3, 50), st.integers(3, 50))
def test_the_nine_cells_cover_the_picture_once(width: int, height: int) -> None:
    """Every pixel belongs to exactly one cell, at sizes that three doesn't divide too."""
    cells = [opened(grid_mask({cell}, width, height)) for cell in range(9)]
    total = Image.new("I", (width, height))
    for cell in cells:
        total = ImageChops.add(total.convert("L"), cell.point([0] * 255 + [1]))
    assert total.convert("L").getextrema() == (1, 1)
    assert opened(grid_mask(range(9), width, height)).getextrema() == (255, 255)


def test_cells_are_counted_row_by_row() -> None:
    """Cell 5 is the right one of the middle row."""
    assert opened(grid_mask([5], 90, 60)).getbbox() == (60, 20, 90, 40)
    assert opened(grid_mask([0, 3, 6], 90, 60)).getbbox() == (0, 0, 30, 60)


def test_an_empty_or_foreign_choice_is_refused() -> None:
    """Nothing chosen, or a tenth part, is answered in words."""
    with pytest.raises(UserError, match=EMPTY):
        grid_mask([], 90, 60)
    for wrong in (9, -1):
        with pytest.raises(UserError, match="nine parts"):
            grid_mask([wrong], 90, 60)


@given(st.binary(max_size=100))
def test_encoding_has_no_prefix(mask: bytes) -> None:
    """The image API takes bare Base64."""
    assert b64decode(encoded(mask), validate=True) == mask
