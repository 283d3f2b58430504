"""The bot's web site: the mask editor for browsers, and the webhook for the API's events.

It knows HTTP, never Discord or SQL: what the routes need from the bot they get through a Protocol.
"""

from bot.web.mask_routes import MaskEditor, MaskTask
from bot.web.site import PortTaken, WebSite, site
from bot.web.webhook_routes import WebhookReceiver

__all__ = ["MaskEditor", "MaskTask", "PortTaken", "WebSite", "WebhookReceiver", "site"]
