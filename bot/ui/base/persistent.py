"""Base classes of persistent buttons and menus, which keep working after restarts: their custom_id holds a job's id.

Every custom_id begins with the version of its format; an old version stays registered when a new one is added.
"""

import re
from abc import abstractmethod
from typing import Any, ClassVar, Self, TypeVar, cast

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.services.queue.member_buckets import FreeUse, TooOften

I = TypeVar("I", bound="ui.Item[Any]")  # noqa: E741  # a discord.py item


class PersistentItem(ui.DynamicItem[I], template="ip1:none"):
    """Base of items that are recreated from their custom_id; reports errors to the member.

    `deferral` is how a press is deferred when its answer takes long: as that answer usually looks.
    """

    deferral: ClassVar[Deferral] = Deferral.PUBLIC

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Refuse presses that one member makes very often; called by discord.py before `callback`."""
        if await interaction.client.services.buckets.try_spend(interaction.user.id, FreeUse.PRESS):
            return True
        # An error raised here would be a refusal without a word.
        await interaction.client.report(interaction, TooOften())
        return False

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run the item's action and report its errors, which discord.py would only log."""
        try:
            await self.run(interaction)
        except Exception as error:
            await interaction.client.report(interaction, error)

    @abstractmethod
    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """The item's action when it is used."""


JOB_ID = r"(?P<job>[\w-]{1,32})"
"""The part of a custom_id pattern that matches the id of a job or a draft."""


class JobItem(PersistentItem[I], template="ip1:none"):
    """Base of the items on a job's reply; `job_id` comes from the custom_id."""

    def __init__(self, item: I, job_id: str) -> None:
        super().__init__(item)
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Recreate the item from its custom_id; called by discord.py."""
        return cls(cast("I", item), match["job"])


class DraftItem(JobItem[I], template="ip1:none"):
    """Base of the items that act on a draft; its id stands in the custom_id in place of a job's."""

    @property
    def draft_id(self) -> str:
        """The id of the draft."""
        return self.job_id


class NumberedButton(JobItem["ui.Button[Any]"], template="ip1:none"):
    """Base of the buttons that a job has several of, numbered in their custom_id."""

    def __init__(self, item: "ui.Button[Any]", job_id: str, number: int) -> None:
        super().__init__(item, job_id)
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Recreate the button from its custom_id; called by discord.py."""
        return cls(cast("ui.Button[Any]", item), match["job"], int(match["number"]))
