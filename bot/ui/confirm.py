"""Asks for confirmation before jobs that cost more than usual, with the number of jobs and their price."""

from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.services.jobs.batches import Batch
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB_ID, DraftItem
from bot.ui.base.text import price


async def ask_to_confirm(interaction: discord.Interaction[Bot], batch: Batch, *, note: str | None = None) -> None:
    """Ask the member, in an ephemeral message, whether to start these jobs; `note` is about what was left out."""
    draft_id = await interaction.client.services.batches.keep(batch, interaction.user.id)
    text = "\n".join(filter(None, [_question(batch), note]))
    view = ui.View(timeout=None)
    view.add_item(ConfirmButton.build(draft_id)).add_item(DismissButton.build(draft_id))
    if not interaction.response.is_done():
        await interaction.response.send_message(text, view=view, ephemeral=True)
        return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # The first message would replace the public "thinking" and be public too.
        await interaction.delete_original_response()
    await interaction.followup.send(text, view=view, ephemeral=True)


class ConfirmButton(DraftItem[ui.Button[Any]], template=rf"ip1:go:{JOB_ID}"):
    """Starts the jobs of a draft."""

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Confirm", style=discord.ButtonStyle.success, custom_id=f"ip1:go:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the jobs one after the other, each with a public reply of its own."""
        bot = interaction.client
        batch = await bot.services.batches.take(self.draft_id, interaction.user.id)
        number = len(batch.prompts)
        each = ", each on a reply of its own" if number > 1 else ""
        await _replace_question(interaction, f"Starting {_job_count(number)}{each}.")
        # The edit was the interaction's answer, so the jobs' replies are follow-up messages, which are public.
        replies = [reply_target(interaction, part) for part in range(1, number + 1)]
        started = await bot.services.batches.start(batch, replies, bot.services.replies.follow_up)
        if started.count < number:
            # A job whose reply can't be shown is not submitted.
            text = (
                f"{started.count or 'None'} of {_job_count(number)} could be started. "
                "What was not started costs nothing."
            )
            await interaction.edit_original_response(content=" ".join(filter(None, (text, started.refusal))))


class DismissButton(DraftItem[ui.Button[Any]], template=rf"ip1:no:{JOB_ID}"):
    """Discards the draft."""

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Cancel", style=discord.ButtonStyle.secondary, custom_id=f"ip1:no:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Remove the draft, so that it can't be started any more."""
        await interaction.client.services.batches.take(self.draft_id, interaction.user.id)
        await _replace_question(interaction, "Nothing was started, and nothing was paid.")


async def _replace_question(interaction: discord.Interaction[Bot], text: str) -> None:
    """Edit the question and its buttons into a sentence."""
    # discord.py applies the client's default to new messages only.
    await interaction.response.edit_message(content=text, view=None, allowed_mentions=discord.AllowedMentions.none())


def _question(batch: Batch) -> str:
    number = len(batch.prompts)
    if batch.boost:
        return f"This starts **{_job_count(number)}** with boost, which may cost more credits than usual."
    if batch.cost is None:
        return f"This starts **{_job_count(number)}**, which {price(None)}."
    return f"This starts **{_job_count(number)}** for **{price(batch.cost)}**{' in all' if number > 1 else ''}."


def _job_count(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"


ITEMS = (ConfirmButton, DismissButton)
