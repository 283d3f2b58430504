"""A form in which a prompt can be changed before it becomes a picture."""

from typing import Any

import discord
from discord import ui

from bot.client import Bot
from bot.services.prompt import MAX_PROMPT, ImagineOptions, PromptError, clean_text, compose_prompt
from bot.ui.address import reply_address
from bot.ui.plain import plain_view
from bot.ui.text import escape, shorten

_OPEN_SECONDS = 3600.0
"""How long a form waits to be sent off; Discord does not tell when one is put away."""

_ROOM = 3900
"""Characters of a view's texts, a few less than Discord takes."""


class PromptForm(ui.Modal):
    """Holds a prompt; sent off, it starts a job on a public reply."""

    def __init__(self, title: str, prompt: str) -> None:
        super().__init__(title=title, timeout=_OPEN_SECONDS)
        self._prompt: ui.TextInput[Any] = ui.TextInput(
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=clean_text(prompt)[:MAX_PROMPT],
            max_length=MAX_PROMPT,
        )
        self.add_item(
            ui.Label(text="Prompt", description="Change it as you like; flags go at the end.", component=self._prompt)
        )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Start the job; what is wrong with the prompt is told to the member alone."""
        bot: Bot = interaction.client
        try:
            prompt = compose_prompt(self._prompt.value, ImagineOptions())
        except PromptError as error:
            # The form is gone, and the text may have been work: it comes back to be copied.
            typed = shorten(escape(self._prompt.value), _ROOM - len(error.text))
            await interaction.response.send_message(view=plain_view(f"{error.text}\n> {typed}"), ephemeral=True)
            return
        opened = await bot.jobs.imagine(prompt, reply_address(interaction))
        await bot.replies.open(interaction, opened)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report it as any other error; discord.py would only log it."""
        await interaction.client.report(interaction, error)
