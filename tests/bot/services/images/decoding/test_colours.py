"""Images of every mode and depth keep their colours when they are converted."""

import os
import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bot.services.images.decoding.inputs import prepare
from bot.services.images.decoding.results import fit_for_upload
from bot.services.images.inputs import IMAGE_PROMPT

Colour = tuple[int, int, int]
SIZE = (48, 40)
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def red_for_blue(profile: bytes = SRGB) -> bytes:
    """A profile that calls red what sRGB calls blue, and the other way round."""
    return profile.replace(b"rXYZ", b"tmp ", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmp ", b"bXYZ", 1)


def grey_profile() -> bytes:
    """A profile of grey with the tone curve of sRGB."""
    return SRGB[:16] + b"GRAY" + SRGB[20:].replace(b"rTRC", b"kTRC", 1)


def encoded(image: Image.Image, kind: str = "TIFF", **options: object) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def grey(colour: Colour) -> Colour:
    """The colour as an image without colours has it."""
    return Image.new("RGB", (1, 1), colour).convert("L").convert("RGB").getpixel((0, 0))  # pyright: ignore[reportReturnType]


def shown(image: Image.Image) -> Colour:
    """The colour in the middle of an image of one colour, in RGB."""
    pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]


def converted(data: bytes) -> Image.Image:
    """The image as it is after it was converted for the API."""
    made = prepare(data, "fox", replace(IMAGE_PROMPT, kinds=frozenset())).data
    assert made is not None
    return Image.open(BytesIO(made))


def fitted(data: bytes) -> Image.Image:
    """The image as it is after it was made smaller to be shown."""
    return Image.open(BytesIO(fit_for_upload(data, len(data) - 1).data))


def deep(mode: str, white: float) -> Callable[[Colour], Image.Image]:
    """Makes grey images of this mode, in which this number is white."""

    def made(colour: Colour) -> Image.Image:
        value = grey(colour)[0] / 255 * white
        image = Image.new(mode, SIZE, value if mode == "F" else round(value))
        # Tells which range is used, where no format does.
        image.paste(white if mode == "F" else round(white), (0, 0, 2, 2))
        image.paste(0, (2, 0, 4, 2))
        return image

    return made


def in_mode(mode: str) -> Callable[[Colour], Image.Image]:
    return lambda colour: Image.new("RGB", SIZE, colour).convert(mode)


def palette(colour: Colour) -> Image.Image:
    image = Image.new("P", SIZE, 3)
    image.putpalette([0, 0, 0] * 3 + list(colour))
    return image


def lab(colour: Colour) -> Image.Image:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB", 5000), "RGB", "LAB")
    made = ImageCms.applyTransform(Image.new("RGB", SIZE, colour), to_lab)
    assert made is not None
    return made


GREYS: dict[str, Callable[[Colour], Image.Image]] = {
    "L": in_mode("L"),
    "LA": in_mode("LA"),
    "I;16": deep("I;16", 65535),
    "I;16B": deep("I;16B", 65535),
    "I of 8 bits": deep("I", 255),
    "I of 16 bits": deep("I", 65535),
    "I of 31 bits": deep("I", 2**31 - 1),
    "F to 1": deep("F", 1.0),
    "F to 255": deep("F", 255.0),
    "F to 65535": deep("F", 65535.0),
    "F beyond": deep("F", 1e7),
}
COLOURED: dict[str, Callable[[Colour], Image.Image]] = {
    "P": palette,
    "PA": lambda colour: palette(colour).convert("PA"),
    "LAB": lab,
    **{mode: in_mode(mode) for mode in ("RGB", "RGBA", "RGBX", "CMYK", "YCbCr")},
}


@pytest.mark.parametrize("mode", GREYS)
@given(colour=COLOURS)
def test_grey_of_any_depth(mode: str, colour: Colour) -> None:
    """A grey value stays what it is, in whatever depth a file has it; none is clipped to white or black."""
    assert shown(converted(encoded(GREYS[mode](colour)))) == pytest.approx(grey(colour), abs=4)


@pytest.mark.parametrize("mode", COLOURED)
@given(colour=COLOURS)
def test_colour_of_any_mode(mode: str, colour: Colour) -> None:
    """A colour stays what it is, in whatever mode a file has it."""
    # Eight bits of LAB are coarse.
    tolerance = 40 if mode == "LAB" else 8
    assert shown(converted(encoded(COLOURED[mode](colour)))) == pytest.approx(colour, abs=tolerance)


@pytest.mark.parametrize("way", [converted, fitted], ids=["input", "result"])
@pytest.mark.parametrize("value", [0, 1000, 20_000, 32_768, 65_535])
def test_a_16_bit_png(way: Callable[[bytes], Image.Image], value: int) -> None:
    """A PNG of 16 bits keeps its greys, as an input and as a result."""
    data = encoded(Image.new("I;16", (200, 200), value), "PNG")
    image = Image.open(BytesIO(data))
    assert image.mode == "I;16"
    way_shown = shown(way(encoded(image, "PNG", compress_level=0)))
    assert way_shown == pytest.approx((round(value / 257),) * 3, abs=3)


def test_12_bits() -> None:
    """In a TIFF of 12 bits white is 4095."""
    pixels = bytes.fromhex("800800") * (SIZE[0] * SIZE[1] // 2)
    assert shown(converted(twelve_bit_tiff(pixels))) == pytest.approx((128,) * 3, abs=3)


def twelve_bit_tiff(pixels: bytes) -> bytes:
    """A grey TIFF of 12 bits a pixel."""
    entries = [(256, 3, SIZE[0]), (257, 3, SIZE[1]), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1)]
    entries += [(278, 3, SIZE[1]), (279, 4, len(pixels))]
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries
    )
    return struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels + directory + struct.pack("<I", 0)


@pytest.mark.parametrize("way", [converted, fitted], ids=["input", "result"])
@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("JPEG", "RGB"), ("WEBP", "RGB"), ("PNG", "P"), ("PNG", "RGBA")]
)
@given(colour=COLOURS)
def test_profiles_of_colour(way: Callable[[bytes], Image.Image], kind: str, mode: str, colour: Colour) -> None:
    """Colours are converted by the file's profile, which is left out of the file that is made."""
    image = palette(colour) if mode == "P" else Image.new("RGB", SIZE, colour)
    if mode == "RGBA":
        image.putalpha(200)
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    # Some bytes more than what is made of it, for the result.
    data = encoded(image, kind, icc_profile=red_for_blue() + os.urandom(3000), **options)
    made = way(data)
    assert shown(made) == pytest.approx(colour[::-1], abs=10)
    assert not made.info.get("icc_profile")


def test_a_profile_of_grey() -> None:
    """A grey image with a profile for grey is converted by it."""
    made = converted(encoded(Image.new("L", SIZE, 77), "PNG", icc_profile=grey_profile()))
    assert shown(made) == pytest.approx((77,) * 3, abs=3)


@pytest.mark.parametrize("profile", [b"no profile", SRGB[:200], grey_profile(), SRGB[:12] + b"link" + SRGB[16:]])
def test_profiles_that_do_not_fit_are_ignored(profile: bytes) -> None:
    """A damaged profile, or one of another colour space, changes nothing."""
    made = converted(encoded(Image.new("RGB", SIZE, (200, 30, 10)), "PNG", icc_profile=profile))
    assert shown(made) == pytest.approx((200, 30, 10), abs=4)


def alpha(image: Image.Image) -> tuple[int, ...]:
    """The transparency at the left and the right."""
    channel = image.convert("RGBA").getchannel("A")
    found = [channel.getpixel((x, 20)) for x in (2, SIZE[0] - 3)]
    return tuple(value for value in found if isinstance(value, int))


def with_two_halves(mode: str, left: object, right: object) -> Image.Image:
    image = Image.new(mode, SIZE, left)  # pyright: ignore[reportArgumentType]
    image.paste(right, (SIZE[0] // 2, 0, *SIZE))  # pyright: ignore[reportArgumentType]
    return image


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (with_two_halves("L", 0, 90), {"transparency": 0}),
        (with_two_halves("1", 0, 255), {"transparency": 0}),
        (with_two_halves("I;16", 300, 40_000), {"transparency": 300}),
        (with_two_halves("RGB", (1, 2, 3), (90, 80, 70)), {"transparency": (1, 2, 3)}),
        (with_two_halves("P", 0, 1), {"transparency": 0}),
        (with_two_halves("P", 0, 1), {"transparency": bytes([0, 255])}),
        (with_two_halves("LA", (5, 0), (90, 255)), {}),
        (with_two_halves("RGBA", (5, 5, 5, 0), (90, 80, 70, 255)), {}),
    ],
    ids=["L", "1", "I;16", "RGB", "P", "P with several", "LA", "RGBA"],
)
def test_transparency_of_any_mode(image: Image.Image, options: dict[str, object]) -> None:
    """What is transparent stays transparent, however the file says so, and the rest opaque."""
    assert alpha(converted(encoded(image, "PNG", **options))) == (0, 255)


@given(st.integers(1, 8), st.sampled_from([1_000_000, 1500, 700]))
def test_orientation_is_kept_at_any_size(turn: int, max_pixels: int) -> None:
    """The EXIF orientation is applied once, with and without making the image smaller."""
    exif = Image.Exif()
    exif[0x0112] = turn
    image = Image.new("RGB", SIZE, "black")
    image.paste("white", (0, 0, SIZE[0] // 2, SIZE[1] // 2))
    for kind in ("JPEG", "PNG", "TIFF", "WEBP"):
        data = encoded(image, kind, exif=exif)
        made = prepare(data, "fox", replace(IMAGE_PROMPT, kinds=frozenset(), max_pixels=max_pixels, min_side=1)).data
        assert made is not None
        found = Image.open(BytesIO(made)).convert("L")
        wide = turn < 5
        assert (found.width > found.height) == wide
        corners = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
        bright = [found.getpixel((int(x * found.width), int(y * found.height))) > 128 for x, y in corners]  # pyright: ignore[reportOperatorIssue]
        assert bright == [index == {1: 0, 2: 1, 3: 2, 4: 3, 5: 0, 6: 1, 7: 2, 8: 3}[turn] for index in range(4)]


def test_strips_leave_no_seam() -> None:
    """An image that is converted a strip at a time is the same as one that is converted whole."""
    side = 2400
    image = Image.radial_gradient("L").resize((side, side)).convert("RGB")
    made = prepare(encoded(image, "PNG"), "fox", replace(IMAGE_PROMPT, max_pixels=640_000, max_bytes=10**7)).data
    assert made is not None
    whole = image.resize((800, 800), Image.Resampling.LANCZOS)
    differences = Image.open(BytesIO(made)).convert("L"), whole.convert("L")
    assert max(abs(a - b) for a, b in zip(differences[0].tobytes(), differences[1].tobytes(), strict=True)) <= 6
