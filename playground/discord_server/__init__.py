"""A local Discord: REST, gateway and a page's protocol on real sockets, enough for an unmodified bot."""

from .driver import Member, Modal, Outcome
from .errors import Refused
from .files import Upload
from .logins import Logins
from .ratelimits import Limit, Limits
from .readers import buttons, media, selects, texts
from .server import DiscordServer
from .signatures import unsigned
from .watching import WaitTimeout

__all__ = [
    "DiscordServer",
    "Limit",
    "Limits",
    "Logins",
    "Member",
    "Modal",
    "Outcome",
    "Refused",
    "Upload",
    "WaitTimeout",
    "buttons",
    "media",
    "selects",
    "texts",
    "unsigned",
]
