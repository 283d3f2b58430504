"""The control panel beside the chat: what the bot asks of both servers, and everything that can be done to it."""

from .sockets import panel_routes

__all__ = ["panel_routes"]
