"""Small files that cost much to decode: refused before it, or decoded within a known amount of memory."""

import pytest

from benchmarks.hostile_files import even_png, even_webp, scan_bomb
from bot.services.images.decoding.inputs import prepare
from bot.services.images.decoding.memory import asking
from bot.services.images.decoding.opening import INPUT, MAX_SCANS, MAX_TRANSPARENT_PIXELS
from bot.services.images.decoding.results import fit_for_upload
from bot.services.images.formats import ImageError
from bot.services.images.inputs import IMAGE_PROMPT, ImageUse
from tests.bot.services.sample_images import picture


def refusal(data: bytes) -> str:
    """Why the image is refused, before any memory is asked for."""
    asked: list[int] = []
    with pytest.raises(ImageError) as caught, asking(asked.append):
        prepare(data, "fox", IMAGE_PROMPT)
    assert asked == []
    return caught.value.text


def test_a_jpeg_of_many_scans_is_not_decoded() -> None:
    """A JPEG with thousands of scans is refused for them, as an input and as a result."""
    assert "too many scans" in refusal(scan_bomb(8000))
    assert "too many scans" in refusal(scan_bomb(MAX_SCANS))
    with pytest.raises(ImageError, match="too many scans"):
        fit_for_upload(scan_bomb(8000), 10_000)


def test_ordinary_progressive_jpegs_pass() -> None:
    """Scans are counted as such: neither a progressive JPEG nor bytes behind or inside of its segments are refused."""
    whole = picture("JPEG", size=(200, 150), progressive=True, comment=b"\xff\xda" * 500)
    assert prepare(whole, "fox", IMAGE_PROMPT).data is None
    assert prepare(whole + b"\xff\xda\0\2" * 500, "fox", IMAGE_PROMPT).data is None
    assert prepare(scan_bomb(MAX_SCANS - 1, side=64), "fox", IMAGE_PROMPT).data is None


def test_what_decodes_to_too_much_is_refused_by_its_format() -> None:
    """A format whose decoder takes much memory has a lower limit on pixels, and the sentence says which."""
    assert "too many pixels for a WEBP: 14 million are the most" in refusal(even_webp())


def test_memory_is_asked_for_before_decoding() -> None:
    """A large image waits until its memory is free: all its pixels and the copy that is made, but not more."""
    asked: list[int] = []
    side = 3000
    with asking(asked.append):
        made = prepare(even_png(side), "fox", IMAGE_PROMPT)
        assert made.data is None
        assert asked == []
        prepare(even_png(side), "fox", ImageUse(max_bytes=1_000_000, max_pixels=1_000_000))
    [needed] = asked
    assert side**2 * 4 < needed < min(side**2 * 5, INPUT.memory)


def test_transparency_is_encoded_at_a_size_that_is_cheap() -> None:
    """What stays transparent is made smaller before it is encoded: that takes many times its memory."""
    made = prepare(even_png(2600), "fox", ImageUse(max_bytes=1_000_000, kinds=frozenset()))
    assert made.width * made.height <= MAX_TRANSPARENT_PIXELS < 2600 * 2600
    assert made.width == made.height
