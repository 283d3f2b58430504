"""What a pressed follow-up does: starts at once, or opens a form when it needs more input."""

from typing import Any

import discord
from discord import ui

from bot.client.bot import Bot
from bot.services.follow_ups.catalog import follow_up
from bot.services.follow_ups.extra_input import is_custom_zoom, is_region, remixed, takes_prompt, zoom_factor
from bot.store import JobRecord
from bot.ui.base.forms import Form, PromptForm, prompt_input
from bot.ui.buttons.region import ask_for_region
from bot.ui.start import start_follow_up


async def press(interaction: discord.Interaction[Bot], job_id: str, index: int) -> None:
    """Start the follow-up at `index` in the job's list of buttons, or first ask for the input it needs."""
    bot = interaction.client
    job = await bot.services.jobs.get(job_id)
    label = bot.services.jobs.button(job, index)
    if is_region(label):
        await ask_for_region(interaction, job, index)
    elif is_custom_zoom(label):
        await interaction.response.send_modal(ZoomForm(job, index))
    elif bot.services.remix and takes_prompt(label):
        await interaction.response.send_modal(_remix_form(job, index, label))
    else:
        await start_follow_up(interaction, job_id, index)


def _remix_form(job: JobRecord, index: int, label: str) -> PromptForm:
    async def start(interaction: discord.Interaction[Bot], text: str) -> None:
        await start_follow_up(interaction, job.id, index, prompt=remixed(job, text))

    # A picture made from pictures alone can be varied without a prompt too.
    button = follow_up(label)
    name = label if button.icon_only else button.text
    return PromptForm(f"Remix {name}", job.prompt, start, required=bool(job.prompt))


class ZoomForm(Form):
    """A form for a custom zoom: the factor and the prompt."""

    def __init__(self, job: JobRecord, index: int) -> None:
        super().__init__("Custom zoom")
        self._job = job
        self._index = index
        self.zoom: ui.TextInput[Any] = ui.TextInput(default="1.5", max_length=6)
        self.prompt = prompt_input(job.prompt, required=bool(job.prompt))
        self.add_item(ui.Label(text="Zoom", description="From 1 to 2: how much more is shown", component=self.zoom))
        self.add_item(ui.Label(text="Prompt", component=self.prompt))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Start the zoom."""
        zoom, prompt = zoom_factor(self.zoom.value), remixed(self._job, self.prompt.value)
        await start_follow_up(interaction, self._job.id, self._index, prompt=prompt, zoom=zoom)
