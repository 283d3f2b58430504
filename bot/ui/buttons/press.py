"""What a pressed follow-up does: starts at once, or opens a form when it needs more input."""

import re
from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.services.follow_ups.catalog import follow_up
from bot.services.follow_ups.extra_input import is_custom_zoom, is_region, remixed, takes_prompt, zoom_factor
from bot.store import JobRecord
from bot.ui.base.forms import Form, PromptForm, prompt_input
from bot.ui.base.persistent import JOB_ID
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
        await interaction.response.send_modal(ZoomForm(job.id, index, job))
    elif bot.services.remix and takes_prompt(label):
        await interaction.response.send_modal(RemixForm(job.id, index, job))
    else:
        await start_follow_up(interaction, job_id, index)


class RemixForm(PromptForm, template=rf"ip1:f:remix:{JOB_ID}:(?P<number>\d{{1,3}})"):
    """A new prompt for a follow-up. `job` is the one whose button was pressed, None to read what was sent."""

    def __init__(self, job_id: str, index: int, job: JobRecord | None = None) -> None:
        button, prompt = (follow_up(job.buttons[index]), job.prompt) if job is not None else (follow_up(""), "")
        name = button.label if button.icon_only else button.text
        # A picture made from pictures alone can be varied without a prompt too.
        super().__init__(f"Remix {name}", f"ip1:f:remix:{job_id}:{index}", prompt, required=bool(prompt))
        self._job_id = job_id
        self._index = index

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form with the job's prompt."""
        job, index = await _pressed(interaction, match)
        return cls(job.id, index, job)

    @classmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form, to be read."""
        return cls(match["job"], int(match["number"]))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Start the follow-up."""
        job = await interaction.client.services.jobs.get(self._job_id)
        prompt = remixed(interaction.client.services.composer, job, self.prompt.value)
        await start_follow_up(interaction, job.id, self._index, prompt=prompt)


class ZoomForm(Form, template=rf"ip1:f:zoom:{JOB_ID}:(?P<number>\d{{1,3}})"):
    """A form for a custom zoom: the factor and the prompt. `job` as for `RemixForm`."""

    def __init__(self, job_id: str, index: int, job: JobRecord | None = None) -> None:
        super().__init__("Custom zoom", f"ip1:f:zoom:{job_id}:{index}")
        self._job_id = job_id
        self._index = index
        prompt = job.prompt if job is not None else ""
        self.zoom: ui.TextInput[Any] = ui.TextInput(custom_id="zoom", default="1.5", max_length=6)
        self.prompt = prompt_input(prompt, required=bool(prompt))
        self.add_item(ui.Label(text="Zoom", description="From 1 to 2: how much more is shown", component=self.zoom))
        self.add_item(ui.Label(text="Prompt", component=self.prompt))

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form with the job's prompt."""
        job, index = await _pressed(interaction, match)
        return cls(job.id, index, job)

    @classmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form, to be read."""
        return cls(match["job"], int(match["number"]))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Start the zoom."""
        job = await interaction.client.services.jobs.get(self._job_id)
        composer = interaction.client.services.composer
        zoom, prompt = zoom_factor(self.zoom.value), remixed(composer, job, self.prompt.value)
        await start_follow_up(interaction, job.id, self._index, prompt=prompt, zoom=zoom)


async def _pressed(interaction: discord.Interaction[Bot], match: re.Match[str]) -> tuple[JobRecord, int]:
    """The job and button that a form is about. Raises `UserError` if the button is not offered."""
    job, index = await interaction.client.services.jobs.get(match["job"]), int(match["number"])
    interaction.client.services.jobs.button(job, index)
    return job, index


FORMS = (RemixForm, ZoomForm)
