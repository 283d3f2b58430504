"""Masks from files and from grid cells: black and white, of the picture's size."""

import os
from base64 import b64decode
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.errors import UserError
from bot.services.images.decoding.masks import checked_mask, grid_mask
from bot.services.images.masks import MAX_MASK_BYTES, encoded
from tests.bot.services.sample_images import png_header

EMPTY = "Paint the part that should change first."
SIDES = st.integers(1, 40)


def image_bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def decoded(mask: bytes) -> Image.Image:
    """The mask, decoded to grey, after checking that it is a PNG of one bit a pixel."""
    image = Image.open(BytesIO(mask))
    assert (image.format, image.mode) == ("PNG", "1")
    return image.convert("L")


def painted_image(size: tuple[int, int] = (60, 40), mode: str = "L") -> Image.Image:
    """A black picture with a white rectangle."""
    image = Image.new("RGB", size, "black")
    image.paste("white", (8, 5, 28, 15))
    return image.convert(mode)


def refusal(data: bytes, width: int = 60, height: int = 40) -> str:
    with pytest.raises(UserError) as caught:
        checked_mask(data, width, height)
    return caught.value.text


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_ordinary_mode(mode: str) -> None:
    """Masks in every ordinary image mode give the same result."""
    mask = decoded(checked_mask(image_bytes(painted_image(mode=mode)), 60, 40))
    assert mask.getbbox() == (8, 5, 28, 15)
    assert mask.histogram()[255] == 200


def test_webp_is_accepted() -> None:
    """A WebP is accepted, as in the API's own example."""
    mask = decoded(checked_mask(image_bytes(painted_image(mode="RGB"), "WEBP", lossless=True), 60, 40))
    assert mask.getbbox() == (8, 5, 28, 15)


def test_grey_threshold() -> None:
    """Grey pixels become white from 128 on, else black."""
    grey = Image.frombytes("L", (4, 1), bytes([0, 127, 128, 255]))
    assert decoded(checked_mask(image_bytes(grey), 4, 1)).tobytes() == bytes([0, 0, 255, 255])


def test_transparent_white_is_ignored() -> None:
    """Transparent white does not count as painted."""
    clear = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
    assert refusal(image_bytes(clear)) == EMPTY
    clear.paste((255, 255, 255, 255), (8, 5, 28, 15))
    assert decoded(checked_mask(image_bytes(clear), 60, 40)).getbbox() == (8, 5, 28, 15)


def test_an_empty_mask_is_refused_and_a_full_one_is_not() -> None:
    """An empty mask is refused, a full one accepted."""
    assert refusal(image_bytes(Image.new("L", (60, 40), 0))) == EMPTY
    assert decoded(checked_mask(image_bytes(Image.new("L", (60, 40), 255)), 60, 40)).getextrema() == (255, 255)


@pytest.mark.parametrize("size", [(40, 60), (61, 40), (60, 39), (1, 1)])
def test_another_size_is_refused(size: tuple[int, int]) -> None:
    """A mask of another size is refused with both sizes."""
    text = refusal(image_bytes(Image.new("L", size, 255)))
    assert f"{size[0]} × {size[1]} pixels" in text
    assert "60 × 40" in text


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"hello", image_bytes(painted_image(mode="RGB"), "JPEG")])
def test_other_formats_are_refused(data: bytes) -> None:
    """JPEG and other files are refused as masks."""
    assert "not a PNG or WebP" in refusal(data)


def test_a_truncated_mask_is_damaged() -> None:
    """A truncated mask is refused."""
    whole = image_bytes(Image.effect_noise((60, 40), 90))
    assert "damaged" in refusal(whole[: len(whole) // 2])


def test_a_16_bit_mask_is_scaled() -> None:
    """In a mask of 16 bits grey counts as in one of eight: it is not clipped to white."""
    deep = Image.new("I;16", (60, 40), 200)
    assert refusal(image_bytes(deep)) == EMPTY
    deep.paste(65535, (8, 5, 28, 15))
    assert decoded(checked_mask(image_bytes(deep), 60, 40)).getbbox() == (8, 5, 28, 15)


def test_a_mask_of_noise_is_kept_in_few_bytes() -> None:
    """A mask takes no more than a bit for each pixel, however it is painted."""
    noise = Image.frombytes("1", (800, 800), os.urandom(800 * 100))
    assert len(checked_mask(image_bytes(noise.convert("RGBA")), 800, 800)) < 800 * 800 / 8 * 1.05


def test_too_large_masks_are_not_decoded() -> None:
    """A mask with too many pixels in its header, or too many bytes, is refused without decoding."""
    assert "too many pixels" in refusal(png_header(15_000, 15_000), 15_000, 15_000)
    assert "more than 8 MB" in refusal(b"\x89PNG\r\n\x1a\n" + bytes(MAX_MASK_BYTES))


@given(st.binary(max_size=200))
def test_corrupted_bytes_are_refused(noise: bytes) -> None:
    """Any corrupted PNG raises an error with a sentence."""
    assert refusal(image_bytes(painted_image())[:40] + noise)


@given(SIDES, SIDES, st.data())
def test_a_mask_is_kept_exactly(width: int, height: int, data: st.DataObject) -> None:
    """A black and white mask is kept exactly, also when checked again."""
    pixels = bytes(data.draw(st.lists(st.sampled_from([0, 255]), min_size=width * height, max_size=width * height)))
    sent = image_bytes(Image.frombytes("L", (width, height), pixels))
    if 255 not in pixels:
        assert refusal(sent, width, height) == EMPTY
        return
    mask = checked_mask(sent, width, height)
    assert decoded(mask).tobytes() == pixels
    assert checked_mask(mask, width, height) == mask


@given(st.integers(3, 50), st.integers(3, 50))
def test_the_nine_cells_cover_the_picture_once(width: int, height: int) -> None:
    """The nine cells cover every pixel exactly once, at any size."""
    cells = [decoded(grid_mask({cell}, width, height)) for cell in range(9)]
    total = Image.new("I", (width, height))
    for cell in cells:
        total = ImageChops.add(total.convert("L"), cell.point([0] * 255 + [1]))
    assert total.convert("L").getextrema() == (1, 1)
    assert decoded(grid_mask(range(9), width, height)).getextrema() == (255, 255)


def test_cells_are_numbered_row_by_row() -> None:
    """Cells are numbered row by row, so cell 5 is on the right of the middle row."""
    assert decoded(grid_mask([5], 90, 60)).getbbox() == (60, 20, 90, 40)
    assert decoded(grid_mask([0, 3, 6], 90, 60)).getbbox() == (0, 0, 30, 60)


def test_an_empty_or_unknown_choice_is_refused() -> None:
    """An empty choice and an unknown cell are refused."""
    with pytest.raises(UserError, match=EMPTY):
        grid_mask([], 90, 60)
    for wrong in (9, -1):
        with pytest.raises(UserError, match="nine parts"):
            grid_mask([wrong], 90, 60)


@given(st.binary(max_size=100))
def test_base64_has_no_prefix(mask: bytes) -> None:
    """A mask is encoded as Base64 without a data URL prefix."""
    assert b64decode(encoded(mask), validate=True) == mask
