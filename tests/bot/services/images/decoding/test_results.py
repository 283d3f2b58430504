"""Fitting pictures to an upload limit."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.services.images.decoding.results import fit_for_upload
from bot.services.images.formats import ImageError, ImageKind, sniff
from tests.bot.services.sample_images import picture, png_header

MEGABYTE = 1024 * 1024


def test_too_many_pixels_are_refused_from_the_header() -> None:
    """A small file with a huge size in its header is refused without decoding."""
    with pytest.raises(ImageError, match="too many pixels"):
        fit_for_upload(png_header(60_000, 60_000), MEGABYTE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_small_picture_is_unchanged(kind: str) -> None:
    """A picture within the limit is unchanged and gets a fixed name with the right extension."""
    data = picture(kind)
    upload = fit_for_upload(data, len(data))
    assert upload.data is data
    assert upload.filename == f"picture.{sniff(data)}"
    assert (upload.width, upload.height) == (64, 48)


def test_a_large_picture_is_reencoded() -> None:
    """A PNG above the limit becomes a JPEG of the same size within the limit."""
    data = picture(size=(600, 400))
    upload = fit_for_upload(data, len(data) // 2)
    assert len(upload.data) <= len(data) // 2
    assert (upload.filename, sniff(upload.data)) == ("picture.jpg", ImageKind.JPEG)
    assert (upload.width, upload.height) == (600, 400)


def test_a_low_limit_scales_down() -> None:
    """With a very low limit the picture is scaled down and keeps its proportions."""
    upload = fit_for_upload(picture(size=(600, 400)), 20_000)
    assert len(upload.data) <= 20_000
    assert upload.width < 600
    assert upload.width / upload.height == pytest.approx(1.5, rel=0.02)
    assert Image.open(BytesIO(upload.data)).size == (upload.width, upload.height)


def test_transparency_survives() -> None:
    """A transparent picture becomes a WEBP, which keeps the transparency."""
    clear = Image.effect_noise((400, 400), 90).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((400, 400)))
    target = BytesIO()
    clear.save(target, "PNG")
    upload = fit_for_upload(target.getvalue(), 50_000)
    assert upload.filename == "picture.webp"
    assert Image.open(BytesIO(upload.data)).mode == "RGBA"


def test_an_opaque_alpha_channel_is_dropped() -> None:
    """An alpha channel without transparency is dropped."""
    data = picture(size=(400, 400), mode="RGBA")
    assert fit_for_upload(data, len(data) // 2).filename == "picture.jpg"


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK"])
def test_every_colour_mode_can_be_encoded(mode: str) -> None:
    """Grey, palette, 16-bit and CMYK pictures can be fitted."""
    target = BytesIO()
    Image.effect_noise((300, 300), 90).convert("I" if mode == "I;16" else mode).convert(mode).save(
        target, "JPEG" if mode == "CMYK" else "PNG"
    )
    assert len(fit_for_upload(target.getvalue(), 4000).data) <= 4000


def test_exif_orientation_is_applied() -> None:
    """The EXIF orientation is used for the reported size and applied when encoding."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture("JPEG", size=(300, 200), exif=exif)
    assert (fit_for_upload(data, len(data)).width, fit_for_upload(data, len(data)).height) == (200, 300)
    upload = fit_for_upload(data, len(data) - 1)
    assert (upload.width, upload.height) == Image.open(BytesIO(upload.data)).size == (200, 300)


@pytest.mark.parametrize("max_bytes", [0, 10, -5])
def test_an_impossible_limit(max_bytes: int) -> None:
    """With an impossible limit the error points to the original."""
    with pytest.raises(ImageError, match="Open the original"):
        fit_for_upload(picture(), max_bytes)


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_file_that_is_no_picture(data: bytes) -> None:
    """A file that is no picture raises an error with a sentence."""
    with pytest.raises(ImageError, match="can't be read"):
        fit_for_upload(data, MEGABYTE)


@given(
    st.sampled_from([picture(kind, size=(24, 24)) for kind in ("PNG", "JPEG", "WEBP", "GIF")]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=12),
    st.integers(0, 2000),
)
def test_corrupted_bytes(data: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    """Corrupted bytes are either still a picture or raise an ImageError."""
    corrupted = bytearray(data)
    for position, byte in changes:
        corrupted[position % len(corrupted)] = byte
    whole = bytes(corrupted)
    outcomes = [_outcome(whole), _outcome(whole[: len(whole) - cut % len(whole)])]
    assert set(outcomes) <= {"picture", "sentence"}


def _outcome(data: bytes) -> str:
    try:
        fit_for_upload(data, 700)
    except ImageError:
        return "sentence"
    return "picture"
