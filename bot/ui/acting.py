"""The base of everything that can be used after any restart: what it does is done, and errors are reported."""

from abc import abstractmethod
from typing import Any, TypeVar

import discord
from discord import ui

from bot.client import Bot

I = TypeVar("I", bound="ui.Item[Any]")  # noqa: E741  # a discord.py item


class ActingItem(ui.DynamicItem[I], template="ip1:none"):
    """An item that is known by its custom_id alone; an error in what it does reaches the member."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was asked for. discord.py would only log an error here, so it is reported."""
        try:
            await self.act(interaction)
        except Exception as error:
            await interaction.client.report(interaction, error)

    @abstractmethod
    async def act(self, interaction: discord.Interaction[Bot]) -> None:
        """What the item does."""
