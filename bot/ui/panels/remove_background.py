"""Starts remove-background jobs, for a given picture or for one chosen from a message."""

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.services import prices
from bot.services.images.inputs import WHOLE_PICTURE
from bot.services.kinds import RemoveBackgroundRequest
from bot.store import DraftUse
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB_ID, DraftItem
from bot.ui.base.text import price
from bot.ui.buttons.rows import action_row
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
    """Show these pictures in an ephemeral message, with a menu to start the job for one of them."""
    offered_urls = list(urls[:_MAX_PICTURES])
    draft_id = await interaction.client.services.drafts.keep(_PURPOSE, interaction.user.id, {"pictures": offered_urls})
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(f"Which picture? Removing its background costs {price(prices.REMOVE_BACKGROUND)}."))
    view.add_item(gallery([(url, f"Picture {number}") for number, url in enumerate(offered_urls, 1)]))
    view.add_item(action_row(RemoveBackgroundMenu.build(draft_id, len(offered_urls))))
    await interaction.response.send_message(view=view, ephemeral=True)


class RemoveBackgroundMenu(DraftItem[ui.Select[Any]], template=rf"ip1:cutout:{JOB_ID}"):
    """A menu of a message's pictures by number; the draft in its custom_id has their URLs."""

    @classmethod
    def build(cls, draft_id: str, count: int) -> Self:
        """The menu for `count` pictures."""
        options = [discord.SelectOption(label=f"Picture {index + 1}", value=str(index)) for index in range(count)]
        custom_id = f"ip1:cutout:{draft_id}"
        return cls(ui.Select(custom_id=custom_id, placeholder="Choose a picture …", options=options), draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the job for the chosen picture."""
        drafts, member = interaction.client.services.drafts, interaction.user.id
        pictures = (await drafts.look(_PURPOSE, self.draft_id, member))["pictures"]
        assert isinstance(pictures, list)  # noqa: S101  # as it was stored
        url = await _prepared_url(interaction, ImageInput("message", str(pictures[int(self.item.values[0])])))
        # Only now: an unusable picture leaves the others to choose from, and a double click finds the draft used up.
        await _start(interaction, url, await drafts.use_of(_PURPOSE, self.draft_id, member))


ITEMS = (RemoveBackgroundMenu,)
