"""Asks for confirmation before jobs that cost more than usual, with the number of jobs and their price."""

from typing import Any, Self

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.services.jobs.batches import Batch, BatchResult
from bot.services.queue.member_buckets import FreeUse
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB_ID, DraftItem
from bot.ui.base.text import price

_MAX_NOTES = 3
"""Notes about prompts that fit into the question beside those about what was left out."""


async def ask_to_confirm(interaction: discord.Interaction[Bot], batch: Batch, *, note: str | None = None) -> None:
    """Ask the member, in an ephemeral message, whether to start these jobs; `note` is about what was left out."""
    await interaction.client.services.buckets.spend(interaction.user.id, FreeUse.LIST)
    draft_id = await interaction.client.services.batches.keep(batch, interaction.user.id)
    notes = dict.fromkeys(note for prompt in batch.prompts for note in prompt.notes)
    text = "\n".join(filter(None, [_question(batch), note, *(f"-# ℹ️ {each}" for each in [*notes][:_MAX_NOTES])]))
    view = ui.View(timeout=None)
    view.add_item(ConfirmButton.build(draft_id)).add_item(DismissButton.build(draft_id))
    await interaction.response.send_message(text, view=view, ephemeral=True)


class ConfirmButton(DraftItem[ui.Button[Any]], template=rf"ip1:go:{JOB_ID}"):
    """Starts the jobs of a draft."""

    deferral = Deferral.UPDATE

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Confirm", style=discord.ButtonStyle.success, custom_id=f"ip1:go:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Answer that the jobs start, each with a public reply of its own, and start them."""
        batches, reply = interaction.client.services.batches, reply_target(interaction)
        # The answer is an edit, so the jobs' replies are follow-up messages, which are public.
        async with batches.starting(self.draft_id, interaction.user.id, reply) as batch:
            number = len(batch.prompts)
            each = ", each on a reply of its own" if number > 1 else ""
            await _replace_question(interaction, f"Starting {jobs_text(number)}{each}.")


class DismissButton(DraftItem[ui.Button[Any]], template=rf"ip1:no:{JOB_ID}"):
    """Discards the draft."""

    deferral = Deferral.UPDATE

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Cancel", style=discord.ButtonStyle.secondary, custom_id=f"ip1:no:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Remove the draft, so that it can't be started any more."""
        await interaction.client.services.batches.drop(self.draft_id, interaction.user.id)
        await _replace_question(interaction, "Nothing was started, and nothing was paid.")


async def _replace_question(interaction: discord.Interaction[Bot], text: str) -> None:
    """Edit the question and its buttons into a sentence."""
    # discord.py applies the client's default to new messages only.
    await interaction.response.edit_message(content=text, view=None, allowed_mentions=discord.AllowedMentions.none())


def _question(batch: Batch) -> str:
    number = len(batch.prompts)
    if batch.boost:
        return f"This starts **{jobs_text(number)}** with boost, which may cost more credits than usual."
    if batch.cost is None:
        return f"This starts **{jobs_text(number)}**, which {price(None)}."
    return f"This starts **{jobs_text(number)}** for **{price(batch.cost)}**{' in all' if number > 1 else ''}."


def result_text(result: BatchResult) -> str:
    """What a member is told when not all jobs of a batch were started."""
    started = f"{result.count or 'None'} of {jobs_text(result.total)} could be started."
    return " ".join(filter(None, [started, "What was not started costs nothing.", result.refusal]))


def jobs_text(number: int) -> str:
    """A number of jobs, in words."""
    return "1 job" if number == 1 else f"{number} jobs"


ITEMS = (ConfirmButton, DismissButton)
