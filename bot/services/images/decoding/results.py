"""Images from the API, fitted to an upload limit."""

from bot.services.images.decoding.encoding import encoded_within
from bot.services.images.decoding.opening import RESULT, displayed_size, opened, reserve_memory
from bot.services.images.decoding.shrinking import upright
from bot.services.images.formats import ImageError, ImageKind, Upload, sniff

_MAX_SHOWN_PIXELS = 25_000_000
"""In a copy that has to be encoded again. The reply has a link to the original."""


def fit_for_upload(data: bytes, max_bytes: int) -> Upload:
    """The picture in at most `max_bytes`: unchanged when it fits, else encoded again and shrunk if needed.

    Raises ImageError when the bytes are no picture, or can't be made small enough.
    """
    kind = sniff(data)
    unreadable = "The picture that came back can't be read. Try again."
    if kind is None:
        raise ImageError(unreadable)
    with opened(data, kind.name, RESULT, unreadable) as image:
        if len(data) <= max_bytes:
            size = displayed_size(image)
            if kind is ImageKind.PNG:
                image.verify()
            return Upload(data, f"picture.{kind}", *size)
        reserve_memory(image, RESULT, _MAX_SHOWN_PIXELS)
        plain = upright(image, _MAX_SHOWN_PIXELS)
    # Encoding needs the memory.
    del image
    unfit = "The picture is too large to be shown here. Open the original instead."
    return encoded_within(plain, max_bytes, unfit)
