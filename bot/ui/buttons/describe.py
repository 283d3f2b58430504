"""Buttons under a described picture: imagine one or all of its prompts, or describe it again."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.jobs.batches import Batch
from bot.services.kinds import DescribeRequest, request_of
from bot.services.prompt import Composer, Prompt, PromptError, clean_text
from bot.services.queue.member_buckets import TooOften
from bot.store import JobRecord
from bot.ui.base import clock
from bot.ui.base.errors import error_text
from bot.ui.base.forms import PromptForm
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB_ID, JobItem, NumberedButton
from bot.ui.base.text import escape, shorten
from bot.ui.confirm import ask_to_confirm
from bot.ui.inputs.message_images import image_urls_in
from bot.ui.start import imagine_from_form, preflight

MAX_PROMPTS = 4
"""Midjourney finds four prompts; each gets a button."""


def prompts_text(texts: Sequence[str], limit: int) -> str:
    """The prompts, numbered as their buttons, in at most `limit` characters together."""
    shown = texts[:MAX_PROMPTS]
    limit_each = limit // len(shown) - len("**1** \n\n")
    return "\n\n".join(f"**{number}** {shorten(escape(text), limit_each)}" for number, text in enumerate(shown, 1))


_ATTACHMENT_URL_LIFETIME = timedelta(hours=23)
"""Discord's attachment URLs are valid for a day."""

_MAX_REASON = 380
"""Characters of the reason why a prompt can't be sent, so that four fit into one message."""

_NO_PROMPT = "This prompt is not there any more. Describe the picture again."


class PromptButton(NumberedButton, template=rf"ip1:prompt:{JOB_ID}:(?P<number>\d)"):
    """Opens one of the prompts, counted from 1, in a form."""

    deferral = Deferral.PRIVATE

    @classmethod
    def build(cls, job_id: str, number: int) -> Self:
        """The button for this prompt."""
        return cls(ui.Button(label=str(number), custom_id=f"ip1:prompt:{job_id}:{number}"), job_id, number)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Open the form."""
        await interaction.response.send_modal(await DescribedForm.of_job(interaction, self.job_id, self.number))


class DescribedForm(PromptForm, template=rf"ip1:f:described:{JOB_ID}:(?P<number>\d)"):
    """One of a job's prompts, to be changed; imagines what is sent."""

    def __init__(self, job_id: str, number: int, prompt: str = "") -> None:
        super().__init__(f"Imagine prompt {number}", f"ip1:f:described:{job_id}:{number}", prompt)

    @classmethod
    async def of_job(cls, interaction: discord.Interaction[Bot], job_id: str, number: int) -> Self:
        """The form with this prompt of the job. Raises `UserError` when there is none."""
        job = await interaction.client.services.jobs.get(job_id)
        if not 1 <= number <= len(job.texts):
            raise UserError(_NO_PROMPT)
        composer = interaction.client.services.composer
        return cls(job_id, number, _editable(composer, job.texts[number - 1]))

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form with the prompt."""
        return await cls.of_job(interaction, match["job"], int(match["number"]))

    @classmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form, to be read."""
        return cls(match["job"], int(match["number"]))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Imagine what was written."""
        await imagine_from_form(interaction, self.prompt.value)


class ImagineAllButton(JobItem[ui.Button[Any]], template=rf"ip1:prompts:{JOB_ID}"):
    """Imagines every prompt, after the member has confirmed the cost."""

    deferral = Deferral.PRIVATE

    @classmethod
    def build(cls, job_id: str) -> Self:
        """The button for a described picture."""
        return cls(ui.Button(label="Imagine all", custom_id=f"ip1:prompts:{job_id}"), job_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Ask for confirmation."""
        job = await interaction.client.services.jobs.get(self.job_id)
        prompts, left_out = await _sendable_prompts(interaction, job)
        if not prompts:
            raise UserError("\n".join(left_out) or _NO_PROMPT)
        await ask_to_confirm(interaction, Batch(prompts), note="\n".join(left_out))


class DescribeAgainButton(JobItem[ui.Button[Any]], template=rf"ip1:describe:{JOB_ID}"):
    """Describes the same picture again, as a new job."""

    @classmethod
    def build(cls, job_id: str) -> Self:
        """The button for a described picture."""
        button: ui.Button[Any] = ui.Button(
            emoji="🔄", style=discord.ButtonStyle.primary, custom_id=f"ip1:describe:{job_id}"
        )
        return cls(button, job_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the job, or link to the one that a double click has started."""
        bot = interaction.client
        job = await bot.services.jobs.get(self.job_id)
        request = DescribeRequest(url=_picture_url(job, interaction.message))
        opened = await bot.services.jobs.create(request, reply_target(interaction), parent=job)
        await bot.services.replies.open(interaction, opened)


def _editable(composer: Composer, text: str) -> str:
    """The prompt as it would be sent; the description itself when it has no words."""
    try:
        return composer.described(text).full
    except PromptError:
        return clean_text(text)


async def _sendable_prompts(
    interaction: discord.Interaction[Bot], job: JobRecord
) -> tuple[tuple[Prompt, ...], list[str]]:
    """The prompts that can be sent unchanged, and a sentence about each of the others."""
    prompts: list[Prompt] = []
    left_out: list[str] = []
    for number, text in enumerate(job.texts[:MAX_PROMPTS], 1):
        try:
            prompt = interaction.client.services.composer.described(text)
            await preflight(interaction, prompt.full)
        except TooOften:
            raise
        except UserError as error:
            reason = shorten(error_text(error), _MAX_REASON)
            left_out.append(f"Prompt {number} can't be sent as it is: {reason} Press {number} to change it.")
        else:
            prompts.append(prompt)
    return tuple(prompts), left_out


def _picture_url(job: JobRecord, message: discord.Message | None) -> str:
    """The picture's URL: the original one for a day, later the one in the reply."""
    shown = image_urls_in(message) if message is not None else []
    if shown and clock.now() - job.created_at > _ATTACHMENT_URL_LIFETIME:
        return shown[0]
    [url] = request_of(job).inputs
    return url


ITEMS = (PromptButton, ImagineAllButton, DescribeAgainButton)
"""The item classes of this module, for the registry."""

FORMS = (DescribedForm,)
