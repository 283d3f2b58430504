"""Base of the cogs with entries in the context menu of messages."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot

MessageAction = Callable[[discord.Interaction[Any], discord.Message], Coroutine[Any, Any, None]]


class ContextMenuCog(commands.Cog):
    """Adds `entries`, callbacks by name, to the context menu: discord.py binds only a cog's slash commands.

    The answers of `private` entries are usually for the member alone.
    """

    def __init__(
        self, bot: Bot, entries: Mapping[str, MessageAction], *, private: frozenset[str] = frozenset()
    ) -> None:
        self._bot = bot
        self._menus = [
            app_commands.ContextMenu(name=name, callback=action, extras=PRIVATE_ANSWER if name in private else {})
            for name, action in entries.items()
        ]

    async def cog_load(self) -> None:
        """Add the entries to the command tree."""
        for menu in self._menus:
            self._bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Remove them from the command tree."""
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)
