"""Pictures that members give: what goes as it is, what is converted, what is refused."""

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.services.images.formats import ImageError, ImageKind, sniff
from bot.services.images.inputs import IMAGE_PROMPT, MAX_IMAGE_BYTES, ImageUse, PreparedImage, check_length, prepare
from tests.bot.services.sample_images import moving, picture, png_header

MEGABYTE = 1024 * 1024
KINDS = pytest.mark.parametrize("pillow_name", ["PNG", "JPEG", "WEBP", "GIF"])
FOREIGN = pytest.mark.parametrize("pillow_name", ["BMP", "TIFF", "AVIF"])


def complaint(data: bytes, name: str = "fox.png", use: ImageUse = IMAGE_PROMPT) -> str:
    with pytest.raises(ImageError) as caught:
        prepare(data, name, use)
    return caught.value.text


def seen(made: PreparedImage) -> Image.Image:
    """The converted picture, decoded; it is what its name and its numbers say."""
    assert made.data is not None
    kind = sniff(made.data)
    assert made.filename == f"picture.{kind}"
    image = Image.open(BytesIO(made.data))
    image.load()
    assert image.size == (made.width, made.height)
    return image


@KINDS
def test_usual_pictures_go_as_they_are(pillow_name: str) -> None:
    """The four kinds that the API reads are known by content, whatever their name, and left alone."""
    made = prepare(picture(pillow_name), "picture.txt", IMAGE_PROMPT)
    assert made == PreparedImage(None, f"picture.{ImageKind[pillow_name]}", 64, 48)


@FOREIGN
def test_other_kinds_are_converted(pillow_name: str) -> None:
    """Pictures that the API can't read become a JPEG of the same size, and the member is told."""
    made = prepare(picture(pillow_name), "fox.bin", IMAGE_PROMPT)
    assert made.note == f"`fox.bin` was converted from {pillow_name} for ImaginePro."
    assert (seen(made).format, seen(made).size) == ("JPEG", (64, 48))


def test_kinds_that_a_use_does_not_take_are_converted() -> None:
    """Which kinds go as they are is up to the use."""
    use = replace(IMAGE_PROMPT, kinds=frozenset({ImageKind.JPEG, ImageKind.PNG}))
    assert prepare(picture("PNG"), "fox.png", use).data is None
    made = prepare(picture("GIF"), "fox.gif", use)
    assert seen(made).format == "JPEG"
    assert made.note == "`fox.gif` was converted from GIF for ImaginePro."


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_moving_pictures_the_first_is_taken(kind: str) -> None:
    """Animations of every kind that can move become a still picture of their beginning."""
    made = prepare(moving(kind), "fox", IMAGE_PROMPT)
    assert made.note == "Only the first picture of `fox` is used."
    [(_, color)] = seen(made).convert("RGB").resize((1, 1)).getcolors() or []
    assert color == pytest.approx((255, 0, 0), abs=10)
    assert prepare(moving(kind), "fox", replace(IMAGE_PROMPT, may_move=True)).data is None


def test_a_photo_with_a_second_picture_inside_does_not_move() -> None:
    """Phones keep a second picture in a JPEG; it is a photo all the same."""
    target = BytesIO()
    first, second = (Image.new("RGB", (64, 64), color) for color in ("red", "blue"))
    first.save(target, "MPO", save_all=True, append_images=[second])
    assert prepare(target.getvalue(), "phone.jpg", IMAGE_PROMPT).data is None


def test_a_heavy_picture_is_made_smaller() -> None:
    """More bytes than the use takes are brought down, and the member is told."""
    data = picture(size=(900, 600))
    made = prepare(data, "fox.png", replace(IMAGE_PROMPT, max_bytes=100_000))
    assert len(data) > 100_000 >= len(made.data or data)
    assert seen(made).width / seen(made).height == pytest.approx(1.5, rel=0.02)
    assert made.note == "`fox.png` was made smaller for ImaginePro."


def test_a_wide_picture_is_made_smaller() -> None:
    """More pixels than the use takes are brought down, though the bytes would fit."""
    target = BytesIO()
    Image.new("RGB", (600, 400), "red").save(target, "PNG")
    made = prepare(target.getvalue(), "fox.png", replace(IMAGE_PROMPT, max_pixels=60_000))
    assert seen(made).size == (300, 200)
    assert made.note == "`fox.png` was made smaller for ImaginePro."


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_transparency_survives(kind: str) -> None:
    """A see-through picture becomes a WEBP, which can show it."""
    clear = Image.effect_noise((200, 200), 90).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((200, 200)))
    target = BytesIO()
    clear.save(target, kind)
    made = prepare(target.getvalue(), "fox", replace(IMAGE_PROMPT, max_bytes=30_000))
    assert (seen(made).format, seen(made).mode) == ("WEBP", "RGBA")


def test_a_turned_photo_stands_upright() -> None:
    """The orientation that a camera notes counts for the size that is told, and is applied when converting."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture("JPEG", size=(300, 200), exif=exif)
    whole = prepare(data, "fox.jpg", IMAGE_PROMPT)
    assert (whole.data, whole.width, whole.height) == (None, 200, 300)
    assert seen(prepare(data, "fox.jpg", replace(IMAGE_PROMPT, max_bytes=len(data) - 1))).size == (200, 300)


@pytest.mark.parametrize("pillow_name", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_cut_off_picture_is_damaged(pillow_name: str) -> None:
    """Half a file of any kind is found out, not passed on."""
    data = picture(pillow_name, size=(200, 200))
    assert "damaged" in complaint(data[: len(data) // 2])


@pytest.mark.parametrize("data", [b"hello, I am a text file", b"%PDF-1.7", b"<svg/>", b"RIFF0000WAVE", b"BM000000"])
def test_other_files_are_not_pictures(data: bytes) -> None:
    """A text file called .png is named and refused."""
    assert complaint(data) == "`fox.png` is not a picture. Use a PNG, JPEG, WEBP or GIF."


@pytest.mark.parametrize("data", [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"])
def test_photos_of_apple_phones_are_named(data: bytes) -> None:
    """HEIC can't be read, and the sentence says what to do."""
    assert complaint(data) == "`fox.png` is a picture of the kind HEIC, which can't be read. Save it as JPEG."


def test_avif_is_named_where_pillow_can_not_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some builds of Pillow lack AVIF."""
    monkeypatch.setattr("bot.services.images.inputs.features.check", lambda _: False)
    assert "of the kind AVIF, which can't be read" in complaint(picture("AVIF"))


def test_an_empty_file_is_refused() -> None:
    """Zero bytes get their own sentence."""
    assert complaint(b"") == "`fox.png` is empty. Use another picture."


def test_a_30_mb_file_is_refused_with_both_sizes() -> None:
    """The size is judged before the content, and both numbers are given."""
    text = complaint(b"\x89PNG\r\n\x1a\n" + bytes(30 * MEGABYTE))
    assert "31 MB" in text
    assert f"{MAX_IMAGE_BYTES // MEGABYTE} MB is the most" in text
    check_length(MAX_IMAGE_BYTES, "fox.png")
    with pytest.raises(ImageError, match="11 MB; 10 MB is the most"):
        check_length(MAX_IMAGE_BYTES + 1, "fox.png")


@pytest.mark.parametrize("size", [(7000, 7000), (60_000, 60_000), (20_000, 40)])
def test_too_many_pixels_are_refused_from_the_header(size: tuple[int, int]) -> None:
    """A tiny file that claims a huge picture is never decoded."""
    assert "too many pixels" in complaint(png_header(*size))


@pytest.mark.parametrize("size", [(31, 200), (200, 31), (1, 1)])
def test_a_tiny_picture_is_refused_with_its_size(size: tuple[int, int]) -> None:
    """Too small on either side is too small."""
    assert f"has only {size[0]} × {size[1]} pixels; 32 on each side are the least" in complaint(picture(size=size))


def test_what_can_not_be_made_small_enough_is_told() -> None:
    """A picture that would have to vanish is refused."""
    assert "can't be made small enough" in complaint(picture(), use=replace(IMAGE_PROMPT, max_bytes=10))


def test_a_hostile_file_name_does_not_act() -> None:
    """A name with backticks, mentions and line breaks stays inside inline code, in one line."""
    text = complaint(b"no", "`@everyone`\n\u202e" + "x" * 300)
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
        prepare(data, "fox.png", replace(IMAGE_PROMPT, max_bytes=1500))
    except ImageError:
        return "sentence"
    return "picture"
