"""The buttons under a described picture: its prompts as pictures, one or all, and the description once more."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.jobs.batches import Batch
from bot.services.kinds import DescribeRequest, request_of
from bot.services.prompt import ImagineOptions, Prompt, compose_prompt
from bot.store import JobRecord
from bot.ui.base import clock
from bot.ui.base.errors import sentence
from bot.ui.base.forms import PromptForm
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB, JobItem, NumberedButton
from bot.ui.base.text import escape, shorten
from bot.ui.confirm import ask_to_confirm
from bot.ui.inputs.message_images import images_in
from bot.ui.start import imagine_words, preflight

MAX_PROMPTS = 4
"""Midjourney finds four; each has a button."""


def prompts_text(texts: Sequence[str], room: int) -> str:
    """The prompts, each with the number of its button, in at most `room` characters together."""
    shown = texts[:MAX_PROMPTS]
    room_each = room // len(shown) - len("**1** \n\n")
    return "\n\n".join(f"**{number}** {shorten(escape(text), room_each)}" for number, text in enumerate(shown, 1))


_ADDRESS_LIFE = timedelta(hours=23)
"""Discord's addresses of attachments are good for a day."""

_MAX_WHY = 380
"""Characters of the reason why a prompt can't be sent: four of them fit into one message."""

_NO_PROMPT = "This prompt is not there any more. Describe the picture again."


class PromptButton(NumberedButton, template=rf"ip1:prompt:{JOB}:(?P<number>\d)"):
    """Opens one of the prompts, counted from 1, to be changed and made a picture."""

    @classmethod
    def build(cls, job_id: str, number: int) -> Self:
        """The button for this prompt."""
        return cls(ui.Button(label=str(number), custom_id=f"ip1:prompt:{job_id}:{number}"), job_id, number)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Open the form."""
        job = await interaction.client.services.jobs.get(self.job_id)
        if not 1 <= self.number <= len(job.texts):
            raise UserError(_NO_PROMPT)
        form = PromptForm(f"Imagine prompt {self.number}", job.texts[self.number - 1], imagine_words)
        await interaction.response.send_modal(form)


class ImagineAllButton(JobItem[ui.Button[Any]], template=rf"ip1:prompts:{JOB}"):
    """Makes a picture of every prompt, once the member has confirmed what that costs."""

    @classmethod
    def build(cls, job_id: str) -> Self:
        """The button for a described picture."""
        return cls(ui.Button(label="Imagine all", custom_id=f"ip1:prompts:{job_id}"), job_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Ask for confirmation."""
        job = await interaction.client.services.jobs.get(self.job_id)
        prompts, left_out = await _usable(interaction, job)
        if not prompts:
            raise UserError("\n".join(left_out) or _NO_PROMPT)
        await ask_to_confirm(interaction, Batch(prompts), note="\n".join(left_out))


class DescribeAgainButton(JobItem[ui.Button[Any]], template=rf"ip1:describe:{JOB}"):
    """Describes the same picture once more, as a job of its own."""

    @classmethod
    def build(cls, job_id: str) -> Self:
        """The button for a described picture."""
        button: ui.Button[Any] = ui.Button(
            emoji="🔄", style=discord.ButtonStyle.primary, custom_id=f"ip1:describe:{job_id}"
        )
        return cls(button, job_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the job, or lead to the one that a press just before has started."""
        bot = interaction.client
        job = await bot.services.jobs.get(self.job_id)
        order = DescribeRequest(url=_address(job, interaction.message))
        opened = await bot.services.jobs.create(order, reply_target(interaction), parent=job)
        await bot.services.replies.open(interaction, opened)


async def _usable(interaction: discord.Interaction[Bot], job: JobRecord) -> tuple[tuple[Prompt, ...], list[str]]:
    """The prompts that can be sent as they are, and a sentence for each of the others."""
    prompts: list[Prompt] = []
    left_out: list[str] = []
    for number, text in enumerate(job.texts[:MAX_PROMPTS], 1):
        try:
            prompt = compose_prompt(text, ImagineOptions())
            await preflight(interaction, prompt.full)
        except UserError as error:
            why = shorten(sentence(error), _MAX_WHY)
            left_out.append(f"Prompt {number} can't be sent as it is: {why} Press {number} to change it.")
        else:
            prompts.append(prompt)
    return tuple(prompts), left_out


def _address(job: JobRecord, message: discord.Message | None) -> str:
    """Where the picture can be fetched: where it was at first, later where the reply shows it."""
    shown = images_in(message) if message is not None else []
    if shown and clock.now() - job.created_at > _ADDRESS_LIFE:
        return shown[0]
    [url] = request_of(job).inputs
    return url


ITEMS = (PromptButton, ImagineAllButton, DescribeAgainButton)
"""What these buttons are registered by."""
