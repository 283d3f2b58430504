"""What the bot serves: pages for a browser, and an address for the API's events.

It knows HTTP, never Discord or SQL; what it shows, and what becomes of what it is sent, is behind a Protocol.
"""

from bot.web.mask_routes import MaskDesk, MaskTask
from bot.web.site import PortTaken, WebSite, site
from bot.web.webhook_routes import WebhookDesk

__all__ = ["MaskDesk", "MaskTask", "PortTaken", "WebSite", "WebhookDesk", "site"]
