"""The answer to /enhance: the longer prompt, and a button to imagine it."""

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.ui.base.forms import PromptForm
from bot.ui.base.message import action_row
from bot.ui.base.persistent import JOB_ID, DraftItem
from bot.ui.base.text import escape, shorten
from bot.ui.start import imagine_from_form

PURPOSE = "enhanced"
"""The purpose under which drafts of enhanced prompts are stored."""

_FREE = "-# Free. Nothing is made until you say so."
_MAX_PROMPT = 3900
"""Characters of the escaped prompt that are shown; the form has the whole prompt."""


def enhanced_view(prompt: str, draft_id: str, notes: Sequence[str] = ()) -> ui.LayoutView:
    """A view with the prompt, notes about it, and the button to imagine it."""
    view = ui.LayoutView(timeout=None)
    lines = [shorten(escape(prompt), _MAX_PROMPT - sum(map(len, notes))), *(f"-# ℹ️ {note}" for note in notes), _FREE]
    view.add_item(ui.TextDisplay("\n".join(lines)))
    view.add_item(action_row(ImagineButton.build(draft_id)))
    return view


class ImagineButton(DraftItem[ui.Button[Any]], template=rf"ip1:words:{JOB_ID}"):
    """Opens a form with the prompt of a draft, and imagines what is sent."""

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
        await interaction.response.send_modal(PromptForm("Imagine", str(content["prompt"]), imagine_from_form))


ITEMS = (ImagineButton,)
