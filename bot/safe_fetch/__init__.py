"""Downloads of pictures from addresses that members typed, and of results: HTTP, public hosts only, never Discord."""

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
from bot.safe_fetch.sessions import PublicSessions

__all__ = [
    "FetchError",
    "NotAnImage",
    "NotFound",
    "NotPublic",
    "PublicFetch",
    "PublicSessions",
    "RedirectLoop",
    "TooBig",
    "TooManyAtOnce",
    "TooSlow",
    "Unreachable",
    "is_public",
]
