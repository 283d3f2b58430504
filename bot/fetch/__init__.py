"""Pictures from web addresses that anybody may have typed. Knows HTTP, never Discord."""

from bot.fetch.addresses import is_public
from bot.fetch.client import PublicFetch
from bot.fetch.errors import (
    FetchError,
    LeadsInACircle,
    NotAPicture,
    NotPublic,
    NotThere,
    TooBig,
    TooSlow,
    Unreachable,
)

__all__ = [
    "FetchError",
    "LeadsInACircle",
    "NotAPicture",
    "NotPublic",
    "NotThere",
    "PublicFetch",
    "TooBig",
    "TooSlow",
    "Unreachable",
    "is_public",
]
