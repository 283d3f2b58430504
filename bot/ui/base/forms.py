"""Modals: their base class, and the one that asks for a prompt."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.prompt import MAX_PROMPT
from bot.ui.base.errors import RejectedForm
from bot.ui.base.text import shorten

_TIMEOUT_SECONDS = 14 * 60.0
_MAX_TITLE = 45

PromptHandler = Callable[[discord.Interaction[Bot], str], Awaitable[None]]


class Form(ui.Modal):
    """Base of all modals: reports errors to the member, along with the prompt they wrote.

    A modal that is closed without being sent stays in memory until its timeout.
    """

    prompt: ui.TextInput[Any]

    def __init__(self, title: str) -> None:
        super().__init__(title=shorten(title, _MAX_TITLE), timeout=_TIMEOUT_SECONDS)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report the error to the member; discord.py would only log it."""
        written = self.prompt.value
        if isinstance(error, UserError) and written.strip() != (self.prompt.default or "").strip():
            error = RejectedForm(error, written)
        await interaction.client.report(interaction, error)


class PromptForm(Form):
    """A modal with a prompt to edit. `on_prompt` gets the text written; `introduction` stands above the box."""

    def __init__(
        self,
        title: str,
        prompt: str,
        on_prompt: PromptHandler,
        *,
        required: bool = True,
        introduction: str | None = None,
    ) -> None:
        super().__init__(title)
        self._on_prompt = on_prompt
        self.prompt = prompt_input(prompt, required=required)
        if introduction is not None:
            self.add_item(ui.TextDisplay(introduction))
        self.add_item(ui.Label(text="Prompt", component=self.prompt))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Pass the text to `on_prompt`."""
        await self._on_prompt(interaction, self.prompt.value)


def prompt_input(prompt: str, *, required: bool = True) -> ui.TextInput[Any]:
    """A text box for a prompt, limited to what the API accepts."""
    return ui.TextInput(
        style=discord.TextStyle.paragraph, default=prompt[:MAX_PROMPT], max_length=MAX_PROMPT, required=required
    )
