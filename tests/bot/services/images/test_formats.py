"""Pictures judged by their bytes and fitted to where they go."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.services.images.formats import ImageError, ImageKind, fit_for_upload, sniff
from tests.bot.services.sample_images import picture, png_header

MEGABYTE = 1024 * 1024


KINDS = pytest.mark.parametrize(
    ("pillow_name", "kind"),
    [("PNG", ImageKind.PNG), ("JPEG", ImageKind.JPEG), ("WEBP", ImageKind.WEBP), ("GIF", ImageKind.GIF)],
)


@KINDS
def test_the_kind_is_told_by_the_bytes(pillow_name: str, kind: ImageKind) -> None:
    """All four kinds are known by content."""
    assert sniff(picture(pillow_name)) is kind


@pytest.mark.parametrize(
    "data", [b"", b"hello, I am a text file", b"%PDF-1.7", b"<svg/>", b"RIFF0000WAVE", b"BM000000"]
)
def test_other_files_are_no_pictures(data: bytes) -> None:
    """Whatever begins in another way is none of them."""
    assert sniff(data) is None


def test_too_many_pixels_are_refused_from_the_header() -> None:
    """A tiny file that claims a huge picture is never decoded."""
    with pytest.raises(ImageError, match="too many pixels"):
        fit_for_upload(png_header(60_000, 60_000), MEGABYTE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_small_result_is_uploaded_untouched(kind: str) -> None:
    """Bytes within the limit stay the same, under a fixed name with the right ending."""
    data = picture(kind)
    upload = fit_for_upload(data, len(data))
    assert upload.data is data
    assert upload.filename == f"picture.{sniff(data)}"
    assert (upload.width, upload.height) == (64, 48)


def test_a_large_result_is_encoded_anew_at_its_full_size() -> None:
    """A heavy PNG becomes a JPEG of the same width and height within the limit."""
    data = picture(size=(600, 400))
    upload = fit_for_upload(data, len(data) // 2)
    assert len(upload.data) <= len(data) // 2
    assert (upload.filename, sniff(upload.data)) == ("picture.jpg", ImageKind.JPEG)
    assert (upload.width, upload.height) == (600, 400)


def test_a_result_that_quality_cannot_help_is_shrunk() -> None:
    """With very little room the picture gets smaller and keeps its proportions."""
    upload = fit_for_upload(picture(size=(600, 400)), 20_000)
    assert len(upload.data) <= 20_000
    assert upload.width < 600
    assert upload.width / upload.height == pytest.approx(1.5, rel=0.02)
    assert Image.open(BytesIO(upload.data)).size == (upload.width, upload.height)


def test_transparency_survives() -> None:
    """A see-through picture becomes a WEBP, which can show it."""
    clear = Image.effect_noise((400, 400), 90).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((400, 400)))
    target = BytesIO()
    clear.save(target, "PNG")
    upload = fit_for_upload(target.getvalue(), 50_000)
    assert upload.filename == "picture.webp"
    assert Image.open(BytesIO(upload.data)).mode == "RGBA"


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    """An opaque picture with an alpha channel is a photo like any other."""
    data = picture(size=(400, 400), mode="RGBA")
    assert fit_for_upload(data, len(data) // 2).filename == "picture.jpg"


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK"])
def test_every_colour_mode_can_be_encoded(mode: str) -> None:
    """Grey, palette, 16-bit and print pictures fit as well."""
    target = BytesIO()
    Image.effect_noise((300, 300), 90).convert("I" if mode == "I;16" else mode).convert(mode).save(
        target, "JPEG" if mode == "CMYK" else "PNG"
    )
    assert len(fit_for_upload(target.getvalue(), 4000).data) <= 4000


def test_a_turned_photo_stands_upright() -> None:
    """The orientation a camera notes counts for the size that is told, and is applied when encoding."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture("JPEG", size=(300, 200), exif=exif)
    assert (fit_for_upload(data, len(data)).width, fit_for_upload(data, len(data)).height) == (200, 300)
    upload = fit_for_upload(data, len(data) - 1)
    assert (upload.width, upload.height) == Image.open(BytesIO(upload.data)).size == (200, 300)


@pytest.mark.parametrize("max_bytes", [0, 10, -5])
def test_a_result_that_cannot_fit_is_told(max_bytes: int) -> None:
    """Without room for any picture the sentence points to the original."""
    with pytest.raises(ImageError, match="Open the original"):
        fit_for_upload(picture(), max_bytes)


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_result_that_is_no_picture_is_told(data: bytes) -> None:
    """An error page or a stump in place of the picture ends in a sentence."""
    with pytest.raises(ImageError, match="can't be read"):
        fit_for_upload(data, MEGABYTE)


@given(
    st.sampled_from([picture(kind, size=(24, 24)) for kind in ("PNG", "JPEG", "WEBP", "GIF")]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=12),
    st.integers(0, 2000),
)
def test_spoiled_bytes_raise_nothing_but_sentences(data: bytes, spoilt: list[tuple[int, int]], cut: int) -> None:
    """Changed or missing bytes are either still a picture or told in a sentence."""
    spoiled = bytearray(data)
    for position, byte in spoilt:
        spoiled[position % len(spoiled)] = byte
    whole = bytes(spoiled)
    outcomes = [_outcome(whole), _outcome(whole[: len(whole) - cut % len(whole)])]
    assert set(outcomes) <= {"picture", "sentence"}


def _outcome(data: bytes) -> str:
    try:
        fit_for_upload(data, 700)
    except ImageError:
        return "sentence"
    return "picture"
