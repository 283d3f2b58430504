"""The base of everything that can be used on a message and has to work for ever: it holds a job's id and no more.

Every custom_id begins with the version of its format; an old version stays registered when a new one comes.
"""

import re
from abc import abstractmethod
from typing import Any, Self, TypeVar, cast

import discord
from discord import ui

from bot.client.bot import Bot

I = TypeVar("I", bound="ui.Item[Any]")  # noqa: E741  # a discord.py item


class PersistentItem(ui.DynamicItem[I], template="ip1:none"):
    """An item that is known by its custom_id alone; an error in what it does reaches the member."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was asked for. discord.py would only log an error here, so it is reported."""
        try:
            await self.run(interaction)
        except Exception as error:
            await interaction.client.report(interaction, error)

    @abstractmethod
    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """What the item does."""


JOB = r"(?P<job>[\w-]{1,32})"
"""The part of a custom_id that is the id of a job, or of a draft."""


class JobItem(PersistentItem[I], template="ip1:none"):
    """Base of the items on a job's reply: what is pressed is done, and an error in it reaches the member."""

    def __init__(self, item: I, job_id: str) -> None:
        super().__init__(item)
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The item that was used, as Discord sent it back."""
        return cls(cast("I", item), match["job"])


class DraftItem(JobItem[I], template="ip1:none"):
    """Base of the items that decide on a draft, whose id stands where a job's would."""

    @property
    def draft_id(self) -> str:
        """The draft that was decided on."""
        return self.job_id


class NumberedButton(JobItem["ui.Button[Any]"], template="ip1:none"):
    """Base of the buttons of which a job has several, told apart by a number."""

    def __init__(self, item: "ui.Button[Any]", job_id: str, number: int) -> None:
        super().__init__(item, job_id)
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed, as Discord sent it back."""
        return cls(cast("ui.Button[Any]", item), match["job"], int(match["number"]))
