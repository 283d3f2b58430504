"""A local Discord: REST, gateway and a page's protocol on real sockets, enough for an unmodified bot."""

from .base.errors import Refused
from .base.identify_limits import IdentifyLimits
from .base.message_readers import buttons, media, selects, texts
from .base.rate_limits import Limit, Limits
from .base.waiting import WaitTimeout
from .members.driver import Member, Modal, Outcome
from .server import DiscordServer
from .state.files import Upload
from .state.signed_urls import unsigned

__all__ = [
    "DiscordServer",
    "IdentifyLimits",
    "Limit",
    "Limits",
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
