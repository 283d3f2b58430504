"""Which formats this Python's Pillow was built with."""

from io import BytesIO

from PIL import Image

from bot.services.images.formats import ImageKind


def lacking_formats() -> list[str]:
    """The names of the formats that can't be read or written; empty when all is well."""
    return [kind.name for kind in ImageKind if not _works(kind)]


def _works(kind: ImageKind) -> bool:
    buffer = BytesIO()
    try:
        Image.new("RGB", (2, 2)).save(buffer, kind.name)
        with Image.open(BytesIO(buffer.getvalue()), formats=(kind.name,)) as image:
            image.load()
    except (ImportError, OSError, KeyError):
        return False
    return True
