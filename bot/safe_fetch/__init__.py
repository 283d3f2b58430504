"""Downloads of pictures from addresses that members typed: HTTP, public hosts only, never Discord."""

from bot.safe_fetch.client import PublicFetch
from bot.safe_fetch.errors import (
    FetchError,
    NotAnImage,
    NotFound,
    NotPublic,
    RedirectLoop,
    TooBig,
    TooManyAtOnce,
    TooSlow,
    Unreachable,
)
from bot.safe_fetch.public_addresses import is_public

__all__ = [
    "FetchError",
    "NotAnImage",
    "NotFound",
    "NotPublic",
    "PublicFetch",
    "RedirectLoop",
    "TooBig",
    "TooManyAtOnce",
    "TooSlow",
    "Unreachable",
    "is_public",
]
