"""Cogs that have entries in the menu of messages."""

from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import Bot

OfMessage = Callable[[discord.Interaction[Any], discord.Message], Coroutine[Any, Any, None]]


class MenuCog(commands.Cog):
    """Offers `entries`, by their names, in the menu of every message; discord.py itself only binds slash commands."""

    def __init__(self, bot: Bot, entries: dict[str, OfMessage]) -> None:
        self._bot = bot
        self._menus = [app_commands.ContextMenu(name=name, callback=act) for name, act in entries.items()]

    async def cog_load(self) -> None:
        """Offer the entries."""
        for menu in self._menus:
            self._bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take them back."""
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)
