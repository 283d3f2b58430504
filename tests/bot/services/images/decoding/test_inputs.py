"""Pictures from members: sent unchanged, converted or refused."""

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.services.images.decoding.inputs import prepare
from bot.services.images.formats import ImageError, ImageKind, sniff
from bot.services.images.inputs import IMAGE_PROMPT, MAX_IMAGE_BYTES, ImageUse, PreparedImage, check_length
from tests.bot.services.sample_images import moving, picture, png_header

MEGABYTE = 1024 * 1024
KINDS = pytest.mark.parametrize("pillow_name", ["PNG", "JPEG", "WEBP", "GIF"])
UNSUPPORTED = pytest.mark.parametrize("pillow_name", ["BMP", "TIFF", "AVIF"])


def refusal(data: bytes, name: str = "fox.png", use: ImageUse = IMAGE_PROMPT) -> str:
    with pytest.raises(ImageError) as caught:
        prepare(data, name, use)
    return caught.value.text


def decoded(made: PreparedImage) -> Image.Image:
    """The converted picture, decoded, after checking its file name and size."""
    assert made.data is not None
    kind = sniff(made.data)
    assert made.filename == f"picture.{kind}"
    image = Image.open(BytesIO(made.data))
    image.load()
    assert image.size == (made.width, made.height)
    return image


@KINDS
def test_supported_formats_are_unchanged(pillow_name: str) -> None:
    """Pictures in the four supported formats are recognised by content and not converted."""
    made = prepare(picture(pillow_name), "picture.txt", IMAGE_PROMPT)
    assert made == PreparedImage(None, f"picture.{ImageKind[pillow_name]}", 64, 48)


@UNSUPPORTED
def test_other_formats_are_converted(pillow_name: str) -> None:
    """Pictures in other formats become a JPEG of the same size, with a note."""
    made = prepare(picture(pillow_name), "fox.bin", IMAGE_PROMPT)
    assert made.note == f"`fox.bin` was converted from {pillow_name} for ImaginePro."
    assert (decoded(made).format, decoded(made).size) == ("JPEG", (64, 48))


def test_formats_depend_on_the_use() -> None:
    """A use with fewer formats converts the others."""
    use = replace(IMAGE_PROMPT, kinds=frozenset({ImageKind.JPEG, ImageKind.PNG}))
    assert prepare(picture("PNG"), "fox.png", use).data is None
    made = prepare(picture("GIF"), "fox.gif", use)
    assert decoded(made).format == "JPEG"
    assert made.note == "`fox.gif` was converted from GIF for ImaginePro."


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_first_frame_of_animations(kind: str) -> None:
    """Of an animation only the first frame is used, unless the use allows animations."""
    made = prepare(moving(kind), "fox", IMAGE_PROMPT)
    assert made.note == "Only the first picture of `fox` is used."
    [(_, color)] = decoded(made).convert("RGB").resize((1, 1)).getcolors() or []
    assert color == pytest.approx((255, 0, 0), abs=10)
    assert prepare(moving(kind), "fox", replace(IMAGE_PROMPT, may_move=True)).data is None


def test_mpo_is_no_animation() -> None:
    """A JPEG with a second picture inside (MPO) is not an animation."""
    target = BytesIO()
    first, second = (Image.new("RGB", (64, 64), color) for color in ("red", "blue"))
    first.save(target, "MPO", save_all=True, append_images=[second])
    assert prepare(target.getvalue(), "phone.jpg", IMAGE_PROMPT).data is None


def test_byte_limit() -> None:
    """A picture above the use's byte limit is made smaller, with a note."""
    data = picture(size=(900, 600))
    made = prepare(data, "fox.png", replace(IMAGE_PROMPT, max_bytes=100_000))
    assert len(data) > 100_000 >= len(made.data or data)
    assert decoded(made).width / decoded(made).height == pytest.approx(1.5, rel=0.02)
    assert made.note == "`fox.png` was made smaller for ImaginePro."


def test_pixel_limit() -> None:
    """A picture above the use's pixel limit is made smaller."""
    target = BytesIO()
    Image.new("RGB", (600, 400), "red").save(target, "PNG")
    made = prepare(target.getvalue(), "fox.png", replace(IMAGE_PROMPT, max_pixels=60_000))
    assert decoded(made).size == (300, 200)
    assert made.note == "`fox.png` was made smaller for ImaginePro."


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_transparency_survives(kind: str) -> None:
    """A transparent picture becomes a WEBP, which keeps the transparency."""
    clear = Image.effect_noise((200, 200), 90).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((200, 200)))
    target = BytesIO()
    clear.save(target, kind)
    made = prepare(target.getvalue(), "fox", replace(IMAGE_PROMPT, max_bytes=30_000))
    assert (decoded(made).format, decoded(made).mode) == ("WEBP", "RGBA")


def test_exif_orientation_is_applied() -> None:
    """The EXIF orientation is used for the reported size and applied when converting."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture("JPEG", size=(300, 200), exif=exif)
    whole = prepare(data, "fox.jpg", IMAGE_PROMPT)
    assert (whole.data, whole.width, whole.height) == (None, 200, 300)
    assert decoded(prepare(data, "fox.jpg", replace(IMAGE_PROMPT, max_bytes=len(data) - 1))).size == (200, 300)


@pytest.mark.parametrize("pillow_name", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_truncated_picture_is_damaged(pillow_name: str) -> None:
    """A truncated picture in any format is refused."""
    data = picture(pillow_name, size=(200, 200))
    assert "damaged" in refusal(data[: len(data) // 2])


@pytest.mark.parametrize("data", [b"hello, I am a text file", b"%PDF-1.7", b"<svg/>", b"RIFF0000WAVE", b"BM000000"])
def test_other_files_are_not_pictures(data: bytes) -> None:
    """Files that are no pictures are refused by name."""
    assert refusal(data) == "`fox.png` is not a picture. Use a PNG, JPEG, WEBP or GIF."


@pytest.mark.parametrize("data", [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"])
def test_heic_is_refused(data: bytes) -> None:
    """HEIC is refused with advice."""
    assert refusal(data) == "`fox.png` is a picture of the kind HEIC, which can't be read. Save it as JPEG."


def test_avif_without_support(monkeypatch: pytest.MonkeyPatch) -> None:
    """AVIF is refused where Pillow was built without it."""
    monkeypatch.setattr("bot.services.images.decoding.inputs.features.check", lambda _: False)
    assert "of the kind AVIF, which can't be read" in refusal(picture("AVIF"))


def test_an_empty_file_is_refused() -> None:
    """An empty file is refused with its own sentence."""
    assert refusal(b"") == "`fox.png` is empty. Use another picture."


def test_a_30_mb_file_is_refused_with_both_sizes() -> None:
    """A file above the size limit is refused before it is read, with both sizes."""
    text = refusal(b"\x89PNG\r\n\x1a\n" + bytes(30 * MEGABYTE))
    assert "31 MB" in text
    assert f"{MAX_IMAGE_BYTES // MEGABYTE} MB is the most" in text
    check_length(MAX_IMAGE_BYTES, "fox.png")
    with pytest.raises(ImageError, match="11 MB; 10 MB is the most"):
        check_length(MAX_IMAGE_BYTES + 1, "fox.png")


@pytest.mark.parametrize("size", [(7000, 7000), (60_000, 60_000), (20_000, 40)])
def test_too_many_pixels_are_refused_from_the_header(size: tuple[int, int]) -> None:
    """A small file with a huge size in its header is refused without decoding."""
    assert "too many pixels" in refusal(png_header(*size))


@pytest.mark.parametrize("size", [(31, 200), (200, 31), (1, 1)])
def test_a_tiny_picture_is_refused_with_its_size(size: tuple[int, int]) -> None:
    """A picture too small on one side is refused with its size."""
    assert f"has only {size[0]} × {size[1]} pixels; 32 on each side are the least" in refusal(picture(size=size))


def test_what_can_not_be_made_small_enough_is_refused() -> None:
    """A picture that can't be made small enough is refused."""
    assert "can't be made small enough" in refusal(picture(), use=replace(IMAGE_PROMPT, max_bytes=10))


def test_a_hostile_file_name_is_escaped() -> None:
    """A hostile file name is escaped and stays in inline code on one line."""
    text = refusal(b"no", "`@everyone`\n\u202e" + "x" * 300)
    assert text.startswith("`'@everyone' xxx")
    assert text.count("`") == 2
    assert len(text) < 150


@given(
    st.sampled_from(
        [picture(kind, size=(40, 40)) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")]
        + [moving(kind) for kind in ("GIF", "WEBP", "PNG")]
    ),
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
        prepare(data, "fox.png", replace(IMAGE_PROMPT, max_bytes=1500))
    except ImageError:
        return "sentence"
    return "picture"
