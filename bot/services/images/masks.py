"""Masks for Vary (Region): white parts of the picture may change, black ones stay. `workers` makes and checks them."""

from base64 import b64encode

from bot.errors import UserError

MAX_MASK_BYTES = 8 * 1024 * 1024
GRID_SIDE = 3


class MaskError(UserError):
    """The mask can't be used; the text says why and what to do."""


def encoded(mask: bytes) -> str:
    """The mask in Base64 without a `data:` prefix, as the image API takes it."""
    return b64encode(mask).decode("ascii")
