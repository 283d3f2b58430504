"""What costs more than one press: named in numbers to the member alone, and started by a second press."""

from typing import Any, Self

import discord
from discord import ui

from bot.client.bot import Bot
from bot.services.jobs.batches import Batch
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB, DraftItem
from bot.ui.base.text import price


async def ask_to_confirm(interaction: discord.Interaction[Bot], batch: Batch, *, note: str | None = None) -> None:
    """Ask the member alone whether these jobs shall be started; `note` is a sentence about what is not among them."""
    draft_id = await interaction.client.services.batches.keep(batch, interaction.user.id)
    text = "\n".join(filter(None, [_question(batch), note]))
    view = ui.View(timeout=None)
    view.add_item(GoButton.build(draft_id)).add_item(NoButton.build(draft_id))
    if not interaction.response.is_done():
        await interaction.response.send_message(text, view=view, ephemeral=True)
        return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # Whatever comes first takes the place of "thinking" and is as public as that.
        await interaction.delete_original_response()
    await interaction.followup.send(text, view=view, ephemeral=True)


class GoButton(DraftItem[ui.Button[Any]], template=rf"ip1:go:{JOB}"):
    """Starts what was offered."""

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Confirm", style=discord.ButtonStyle.success, custom_id=f"ip1:go:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start one job after the other, each on a public reply of its own."""
        bot = interaction.client
        batch = await bot.services.batches.take(self.draft_id, interaction.user.id)
        number = len(batch.prompts)
        each = ", each on a reply of its own" if number > 1 else ""
        await _say(interaction, f"Starting {_jobs(number)}{each}.")
        # The answer was the edit, so the jobs' replies are further messages, and as public as any.
        replies = [reply_target(interaction, part) for part in range(1, number + 1)]
        started = await bot.services.batches.start(batch, replies, bot.services.replies.follow_up)
        if started.count < number:
            # What can't be shown is not sent.
            told = f"{started.count or 'None'} of {_jobs(number)} could be started. What was not started costs nothing."
            await interaction.edit_original_response(content=" ".join(filter(None, (told, started.refusal))))


class NoButton(DraftItem[ui.Button[Any]], template=rf"ip1:no:{JOB}"):
    """Drops what was offered."""

    @classmethod
    def build(cls, draft_id: str) -> Self:
        """The button for this draft."""
        button: ui.Button[Any] = ui.Button(
            label="Cancel", style=discord.ButtonStyle.secondary, custom_id=f"ip1:no:{draft_id}"
        )
        return cls(button, draft_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Take the draft, so that nobody can start it any more."""
        await interaction.client.services.batches.take(self.draft_id, interaction.user.id)
        await _say(interaction, "Nothing was started, and nothing was paid.")


async def _say(interaction: discord.Interaction[Bot], text: str) -> None:
    """Put a sentence in the place of the question and its buttons."""
    # discord.py adds the client's own default to new messages only.
    await interaction.response.edit_message(content=text, view=None, allowed_mentions=discord.AllowedMentions.none())


def _question(batch: Batch) -> str:
    number = len(batch.prompts)
    if batch.boost:
        return f"This starts **{_jobs(number)}** with boost, which may cost more credits than usual."
    if batch.cost is None:
        return f"This starts **{_jobs(number)}**, which {price(None)}."
    return f"This starts **{_jobs(number)}** for **{price(batch.cost)}**{' in all' if number > 1 else ''}."


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"


ITEMS = (GoButton, NoButton)
