"""The answer to /enhance: the longer prompt, and a button to imagine it."""

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.client.answers import Deferral
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
    """Opens a form with the prompt of a draft."""

    deferral = Deferral.PRIVATE

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Imagine", emoji="🎨", style=discord.ButtonStyle.primary, custom_id=f"ip1:words:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Open the form."""
        await interaction.response.send_modal(await EnhancedForm.of_draft(interaction, self.draft_id))


class EnhancedForm(PromptForm, template=rf"ip1:f:words:{JOB_ID}"):
    """The prompt of a draft, to be changed; imagines what is sent."""

    def __init__(self, draft_id: str, prompt: str = "") -> None:
        super().__init__("Imagine", f"ip1:f:words:{draft_id}", prompt)

    @classmethod
    async def of_draft(cls, interaction: discord.Interaction[Bot], draft_id: str) -> Self:
        """The form with the draft's prompt. Raises `UserError` if the draft has expired or is another member's."""
        content = await interaction.client.services.drafts.look(PURPOSE, draft_id, interaction.user.id)
        return cls(draft_id, str(content["prompt"]))

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form with the draft's prompt."""
        return await cls.of_draft(interaction, match["job"])

    @classmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form, to be read."""
        return cls(match["job"])

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Imagine what was written."""
        await imagine_from_form(interaction, self.prompt.value)


ITEMS = (ImagineButton,)
FORMS = (EnhancedForm,)
