"""A prompt that was written out, and the button that makes a picture of it."""

from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.ui.base.forms import PromptForm
from bot.ui.base.message import action_row
from bot.ui.base.persistent import JOB, DraftItem
from bot.ui.base.text import escape, shorten
from bot.ui.start import imagine_words

PURPOSE = "enhanced"
"""What the drafts of such prompts are called."""

_FREE = "-# Free. Nothing is made until you say so."
_ROOM = 3900
"""Characters for the prompt, which may double when it is escaped; the form has all of it."""


def enhanced_view(prompt: str, draft_id: str) -> ui.LayoutView:
    """The prompt, and the button that offers to make a picture of it."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(f"{shorten(escape(prompt), _ROOM)}\n{_FREE}"))
    view.add_item(action_row(ImagineButton.build(draft_id)))
    return view


class ImagineButton(DraftItem[ui.Button[Any]], template=rf"ip1:words:{JOB}"):
    """Opens a form with the prompt of a draft; sent, it becomes a picture."""

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Imagine", emoji="🎨", style=discord.ButtonStyle.primary, custom_id=f"ip1:words:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Open the form."""
        content = await interaction.client.services.drafts.look(PURPOSE, self.draft_id, interaction.user.id)
        await interaction.response.send_modal(PromptForm("Imagine", str(content["prompt"]), imagine_words))


ITEMS = (ImagineButton,)
