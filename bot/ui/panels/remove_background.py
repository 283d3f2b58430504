"""Removing a background: of a picture that is known, or of the one that a member picks from a message."""

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.services.images.inputs import WHOLE_PICTURE
from bot.services.kinds import RemoveBackgroundRequest
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB, DraftItem
from bot.ui.buttons.rows import action_row
from bot.ui.inputs.pictures import Input, gather_images
from bot.ui.job.view import gallery

_PURPOSE = "cutout"
_MOST = 10


async def remove_background(interaction: discord.Interaction[Bot], given: Input) -> None:
    """Start the job that removes the picture's background, and show it as the answer to this interaction."""
    await _start(interaction, await _address(interaction, given))


async def _address(interaction: discord.Interaction[Bot], given: Input) -> str:
    [picture] = await gather_images(interaction, [given], WHOLE_PICTURE, interaction.client.services.fetch)
    return picture.address


async def _start(interaction: discord.Interaction[Bot], address: str) -> None:
    opened = await interaction.client.services.jobs.create(
        RemoveBackgroundRequest(image=address), reply_target(interaction)
    )
    await interaction.client.services.replies.open(interaction, opened)


async def ask_which(interaction: discord.Interaction[Bot], pictures: Sequence[str]) -> None:
    """Show the member, and nobody else, these pictures with a menu that starts the job for one of them."""
    offered = list(pictures[:_MOST])
    draft = await interaction.client.services.drafts.keep(_PURPOSE, interaction.user.id, {"pictures": offered})
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay("Which picture? Removing its background costs 5 credits."))
    view.add_item(gallery([(address, f"Picture {place}") for place, address in enumerate(offered, 1)]))
    view.add_item(action_row(RemoveBackgroundMenu.build(draft, len(offered))))
    await interaction.response.send_message(view=view, ephemeral=True)


class RemoveBackgroundMenu(DraftItem[ui.Select[Any]], template=rf"ip1:cutout:{JOB}"):
    """The pictures of a message, by their numbers; it holds the id of a draft with their addresses."""

    @classmethod
    def build(cls, draft_id: str, count: int) -> Self:
        """The menu for so many pictures."""
        options = [discord.SelectOption(label=f"Picture {place + 1}", value=str(place)) for place in range(count)]
        custom_id = f"ip1:cutout:{draft_id}"
        return cls(ui.Select(custom_id=custom_id, placeholder="Choose a picture …", options=options), draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the job for the chosen picture."""
        drafts, member = interaction.client.services.drafts, interaction.user.id
        pictures = (await drafts.look(_PURPOSE, self.draft_id, member))["pictures"]
        assert isinstance(pictures, list)  # noqa: S101  # as it was kept
        address = await _address(interaction, Input("message", str(pictures[int(self.item.values[0])])))
        # A picture that can't be used leaves the others to choose from; a second click finds the menu used up.
        await drafts.take(_PURPOSE, self.draft_id, member)
        await _start(interaction, address)


ITEMS = (RemoveBackgroundMenu,)
