"""The bot's pages for a browser. They know HTTP, never Discord or SQL; what they show comes through a Protocol."""

from bot.web.mask_desk import MaskDesk, MaskTask
from bot.web.site import WebSite, site

__all__ = ["MaskDesk", "MaskTask", "WebSite", "site"]
