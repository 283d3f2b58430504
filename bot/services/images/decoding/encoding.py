"""Encodes images within a number of bytes."""

import math
from io import BytesIO

from PIL import Image, ImageOps

from bot.services.images.formats import ImageError, ImageKind, Upload

_QUALITIES = (92, 85, 76)
_WORST_SAVES = 0.5
"""The last quality makes a file of about this part of the first one's bytes."""

_WEBP_METHOD = 1
"""Half the time of the usual 4, for files a little larger."""

_SMALLEST_SIDE = 64
_OUT_OF_MEMORY = "encoding error 1"


def encoded_within(image: Image.Image, max_bytes: int, unfit: str) -> Upload:
    """The image, RGB or RGBA, in lower quality, then in smaller sizes, until it fits.

    Raises ImageError with the text `unfit`.
    """
    while True:
        size = 0.0
        for quality in _QUALITIES:
            data, filename = _encode(image, quality)
            if len(data) <= max_bytes:
                return Upload(data, filename, image.width, image.height)
            size = len(data)
            if size * _WORST_SAVES > 2 * max_bytes:
                # Far from fitting: further tries at this size take seconds and are for nothing.
                size *= _WORST_SAVES
                break
        factor = min(0.9 * math.sqrt(max(max_bytes, 0) / size), 0.75)
        if min(image.size) * factor < _SMALLEST_SIDE:
            raise ImageError(unfit)
        image = ImageOps.scale(image, factor, Image.Resampling.LANCZOS)


def _encode(image: Image.Image, quality: int) -> tuple[bytes, str]:
    # JPEG is much faster than WEBP on large pictures, but has no transparency.
    kind = ImageKind.WEBP if image.mode == "RGBA" else ImageKind.JPEG
    target = BytesIO()
    # The pixels are sRGB by now, so the profile of the image that they come from would be wrong.
    if kind is ImageKind.WEBP:
        _save_webp(image, target, quality)
    else:
        image.save(target, "JPEG", quality=quality, comment=b"")
    return target.getvalue(), f"picture.{kind}"


def _save_webp(image: Image.Image, target: BytesIO, quality: int) -> None:
    try:
        image.save(target, "WEBP", quality=quality, method=_WEBP_METHOD, icc_profile=b"", exif=b"", xmp=b"")
    except ValueError as error:
        if str(error) == _OUT_OF_MEMORY:
            raise MemoryError from error
        raise
