"""Images in any of Pillow's modes as 8-bit sRGB, which is what JPEG and WEBP files without a profile mean."""

# Pillow's types name numpy, which is not installed.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import math
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageCms

_DEEP_16 = 65535
_BITS_PER_SAMPLE = 258
_COLOUR_SPACES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}
"""The modes of Pillow that pixels in a profile's colour space have."""


class SrgbConverter:
    """Converts parts of one image, of its own mode, to 8-bit sRGB by the image's colour profile.

    `mode` is RGB, or RGBA for an image with transparency. Create it with the decoded image.
    """

    def __init__(self, image: Image.Image) -> None:
        self.mode = "RGBA" if image.has_transparency_data else "RGB"
        self._range = _deep_range(image)
        self._transform = _transform(image.info.get("icc_profile"), _base_mode(image.mode))

    def changes(self, image: Image.Image) -> bool:
        """Whether converting makes any difference."""
        return image.mode != self.mode or self._transform is not None

    def __call__(self, part: Image.Image) -> Image.Image:
        """The part in `mode`."""
        base = self._base(part)
        if self._transform is not None:
            colours = ImageCms.applyTransform(base, self._transform)
            assert colours is not None  # noqa: S101  # None only where it changes the image itself
        else:
            colours = base.convert("RGB")
        if self.mode == "RGBA":
            colours.putalpha(self._alpha(part))
        return colours

    def _base(self, part: Image.Image) -> Image.Image:
        """The colours alone, in the mode that a profile describes."""
        if self._range is not None:
            return _scaled(part, *self._range)
        if part.mode in {"La", "RGBa"}:
            # Multiplied by their transparency.
            part = part.convert("LA" if part.mode == "La" else "RGBA")
        base = _base_mode(part.mode)
        return part if part.mode == base else part.convert(base)

    def _alpha(self, part: Image.Image) -> Image.Image:
        clear = part.info.get("transparency")
        if part.mode.startswith("I") and isinstance(clear, int):
            table = [255] * (_DEEP_16 + 1)
            table[min(max(clear, 0), _DEEP_16)] = 0
            return part.convert("I").point(table, "L")
        if isinstance(clear, tuple) and max(clear) > 255:
            # Of a PNG with 16 bits a channel, of which Pillow keeps the upper eight.
            part.info["transparency"] = tuple(value >> 8 for value in clear)
        if part.mode == "La":
            part = part.convert("LA")
        return part.convert("RGBA").getchannel("A")


def _base_mode(mode: str) -> str:
    if mode in {"L", "LA", "La", "1", "F"} or mode.startswith("I"):
        return "L"
    return mode if mode in {"CMYK", "LAB"} else "RGB"


def _deep_range(image: Image.Image) -> tuple[float, float] | None:
    """The values that are black and white in an image with more than eight bits; None for others."""
    if image.mode.startswith("I;16"):
        bits = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (16,))[0]
        return 0, 2 ** min(int(bits), 16) - 1
    if image.mode not in {"I", "F"}:
        return None
    low, high = map(float, image.getextrema())  # pyright: ignore[reportArgumentType]  # one channel
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0, 1
    # No format says what is white here. Whole numbers are usually those of 8 or 16 bits, fractions end at 1, and
    # a little above it where the picture was sharpened.
    for white, most in ((1, 2), (255, 255), (_DEEP_16, _DEEP_16)):
        if low >= 0 and high <= most and (white > 1 or image.mode == "F"):
            return 0, white
    return low, max(high, low + 1)


def _scaled(part: Image.Image, black: float, white: float) -> Image.Image:
    """The part in eight bits, rounded."""
    numbers = part.convert("I").convert("F") if part.mode.startswith("I;16") else part.convert("F")
    factor = 255 / (white - black)
    return numbers.point(lambda value: value * factor + (0.5 - black * factor)).convert("L")


def _transform(profile: object, base: str) -> ImageCms.ImageCmsTransform | None:
    """The transformation of pixels in mode `base` to sRGB; None where there is none to do."""
    if base == "LAB":
        return _lab_to_srgb()
    if not isinstance(profile, bytes):
        return None
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = str(getattr(given.profile, "xcolor_space", ""))
        if _COLOUR_SPACES.get(space.strip().upper()) != base:
            return None
        return _to_srgb(given, base)
    except (ImageCms.PyCMSError, OSError, ValueError):
        # Many files have a damaged profile, or one that can't be used for input. Browsers ignore it as well.
        return None


def _to_srgb(profile: ImageCms.ImageCmsProfile, base: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        base,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


@lru_cache(maxsize=1)
def _lab_to_srgb() -> ImageCms.ImageCmsTransform:
    return _to_srgb(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")
