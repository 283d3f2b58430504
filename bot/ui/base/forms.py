"""Forms: their base, and the one that asks for a prompt."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.prompt import MAX_PROMPT
from bot.ui.base.errors import RejectedForm
from bot.ui.base.text import shorten

_LIFE_SECONDS = 14 * 60.0
_MAX_TITLE = 45

Written = Callable[[discord.Interaction[Bot], str], Awaitable[None]]


class Form(ui.Modal):
    """Base of all forms. discord.py would only log an error in one, so it is reported, with the `prompt` written.

    One that is closed without being sent is forgotten after a while; it would stay in memory for ever.
    """

    prompt: ui.TextInput[Any]

    def __init__(self, title: str) -> None:
        super().__init__(title=shorten(title, _MAX_TITLE), timeout=_LIFE_SECONDS)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Tell the member."""
        written = self.prompt.value
        if isinstance(error, UserError) and written.strip() != (self.prompt.default or "").strip():
            error = RejectedForm(error, written)
        await interaction.client.report(interaction, error)


class PromptForm(Form):
    """Asks for a prompt, beginning with the one given; `act` gets what was written. `says` stands above the box."""

    def __init__(
        self, title: str, prompt: str, act: Written, *, required: bool = True, says: str | None = None
    ) -> None:
        super().__init__(title)
        self._act = act
        self.prompt = prompt_input(prompt, required=required)
        if says is not None:
            self.add_item(ui.TextDisplay(says))
        self.add_item(ui.Label(text="Prompt", component=self.prompt))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Pass on what was written."""
        await self._act(interaction, self.prompt.value)


def prompt_input(prompt: str, *, required: bool = True) -> ui.TextInput[Any]:
    """A box for a prompt, as long as the API takes one."""
    return ui.TextInput(
        style=discord.TextStyle.paragraph, default=prompt[:MAX_PROMPT], max_length=MAX_PROMPT, required=required
    )
