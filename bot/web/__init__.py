"""What the bot serves: pages for a browser, and an address for the API's events.

It knows HTTP, never Discord or SQL; what it shows, and what becomes of what it is sent, is behind a Protocol.
"""

from bot.web.hook_desk import HookDesk
from bot.web.mask_desk import MaskDesk, MaskTask
from bot.web.site import PortTaken, WebSite, site

__all__ = ["HookDesk", "MaskDesk", "MaskTask", "PortTaken", "WebSite", "site"]
