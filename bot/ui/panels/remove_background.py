"""Starts remove-background jobs, for a given picture or for one chosen from a message."""

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.services import prices
from bot.services.follow_ups.layout import ROW_SIZE
from bot.services.images.inputs import WHOLE_PICTURE
from bot.services.kinds import RemoveBackgroundRequest
from bot.store import DraftUse
from bot.ui.base.location import reply_target
from bot.ui.base.message import action_row
from bot.ui.base.persistent import JOB_ID, DraftItem, NumberedButton
from bot.ui.base.text import price
from bot.ui.inputs.pictures import ImageInput, gather_images
from bot.ui.job.view import gallery

_PURPOSE = "cutout"
_MAX_PICTURES = 10


async def remove_background(interaction: discord.Interaction[Bot], image: ImageInput) -> None:
    """Start a job that removes the picture's background and answer the interaction with it."""
    await _start(interaction, await _prepared_url(interaction, image))


async def _prepared_url(interaction: discord.Interaction[Bot], image: ImageInput) -> str:
    [picture] = await gather_images(interaction, [image], WHOLE_PICTURE, interaction.client.services.fetch)
    return picture.url


async def _start(interaction: discord.Interaction[Bot], url: str, draft: DraftUse | None = None) -> None:
    opened = await interaction.client.services.jobs.create(
        RemoveBackgroundRequest(image=url), reply_target(interaction), draft=draft
    )
    await interaction.client.services.replies.open(interaction, opened)


async def ask_which_picture(interaction: discord.Interaction[Bot], urls: Sequence[str]) -> None:
    """Show these pictures in an ephemeral message, with a button for each to start the job for it.

    Buttons, since a menu would send nothing for a picture that was chosen before and could not be used then.
    """
    offered_urls = list(urls[:_MAX_PICTURES])
    draft_id = await interaction.client.services.drafts.keep(_PURPOSE, interaction.user.id, {"pictures": offered_urls})
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(f"Which picture? Removing its background costs {price(prices.REMOVE_BACKGROUND)}."))
    view.add_item(gallery([(url, f"Picture {number}") for number, url in enumerate(offered_urls, 1)]))
    for first in range(0, len(offered_urls), ROW_SIZE):
        numbers = range(first, min(first + ROW_SIZE, len(offered_urls)))
        view.add_item(action_row(*(PictureButton.build(draft_id, number) for number in numbers)))
    await interaction.response.send_message(view=view, ephemeral=True)


class PictureButton(NumberedButton, template=rf"ip1:cut:{JOB_ID}:(?P<number>\d)"):
    """Starts the job for one picture of a message; the draft in its custom_id has the URLs of all."""

    @classmethod
    def build(cls, draft_id: str, number: int) -> Self:
        """The button for the picture of this number, counted from 0."""
        button: ui.Button[Any] = ui.Button(label=f"Picture {number + 1}", custom_id=f"ip1:cut:{draft_id}:{number}")
        return cls(button, draft_id, number)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the job for the picture."""
        # A draft's id stands in place of a job's.
        await _start_chosen(interaction, self.job_id, self.number)


class PictureMenu(DraftItem[ui.Select[Any]], template=rf"ip1:cutout:{JOB_ID}"):
    """The menu of these pictures by number that earlier versions showed in place of the buttons."""

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the job for the chosen picture."""
        await _start_chosen(interaction, self.draft_id, int(self.item.values[0]))


async def _start_chosen(interaction: discord.Interaction[Bot], draft_id: str, number: int) -> None:
    drafts, member = interaction.client.services.drafts, interaction.user.id
    pictures = (await drafts.look(_PURPOSE, draft_id, member))["pictures"]
    assert isinstance(pictures, list)  # noqa: S101  # as it was stored
    url = await _prepared_url(interaction, ImageInput("message", str(pictures[number])))
    # Only now: an unusable picture leaves the others to choose from, and a double click finds the draft used up.
    await _start(interaction, url, await drafts.use_of(_PURPOSE, draft_id, member))


ITEMS = (PictureButton, PictureMenu)
