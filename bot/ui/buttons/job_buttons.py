"""The buttons on a job's reply: follow-ups, cancel, retry. Their custom_id is enough to work after a restart."""

from typing import Any, Self

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.services.follow_ups.layout import ButtonStyle, FollowUp
from bot.ui.base.location import reply_target
from bot.ui.base.persistent import JOB_ID, JobItem, NumberedButton
from bot.ui.base.select_reset import reset_selects
from bot.ui.buttons.press import press
from bot.ui.inputs.message_images import input_copies_in

_STYLES = {
    ButtonStyle.PRIMARY: discord.ButtonStyle.primary,
    ButtonStyle.SECONDARY: discord.ButtonStyle.secondary,
    ButtonStyle.SUCCESS: discord.ButtonStyle.success,
    ButtonStyle.DANGER: discord.ButtonStyle.danger,
}
_MAX_DESCRIPTION = 100


class FollowUpButton(NumberedButton, template=rf"ip1:press:{JOB_ID}:(?P<number>\d{{1,3}})"):
    """Starts a follow-up such as U1; its number is the index in the job's list of buttons from the API."""

    @classmethod
    def build(cls, follow_up: FollowUp, job_id: str, index: int) -> Self:
        """The button for this follow-up."""
        button: ui.Button[Any] = ui.Button(
            label=None if follow_up.icon_only else follow_up.text,
            emoji=follow_up.emoji,
            style=_STYLES[follow_up.style],
            custom_id=f"ip1:press:{job_id}:{index}",
        )
        return cls(button, job_id, index)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the follow-up, or link to the one an earlier press has started."""
        await press(interaction, self.job_id, self.number)


class MoreMenu(JobItem[ui.Select[Any]], template=rf"ip1:more:{JOB_ID}:(?P<part>\d{{1,2}})"):
    """A menu of the follow-ups that don't fit as buttons; its values are indexes as in `FollowUpButton`."""

    @classmethod
    def build(cls, follow_ups: list[tuple[int, FollowUp]], job_id: str, part: int) -> Self:
        """The menu for at most 25 follow-ups and their indexes."""
        options = [
            discord.SelectOption(
                label=follow_up.text,
                value=str(index),
                emoji=follow_up.emoji,
                description=follow_up.description[:_MAX_DESCRIPTION]
                if follow_up.description != follow_up.text
                else None,
            )
            for index, follow_up in follow_ups
        ]
        select: ui.Select[Any] = ui.Select(
            custom_id=f"ip1:more:{job_id}:{part}", placeholder="More …", options=options, min_values=1, max_values=1
        )
        return cls(select, job_id)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run the item's action, then let members choose the same entry again."""
        await super().callback(interaction)
        await reset_selects(interaction)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the chosen follow-up."""
        await press(interaction, self.job_id, int(self.item.values[0]))


class CancelButton(JobItem[ui.Button[Any]], template=rf"ip1:cancel:{JOB_ID}"):
    """Cancels the job."""

    deferral = Deferral.PRIVATE

    @classmethod
    def build(cls, job_id: str) -> Self:
        """The button for a running job."""
        custom_id = f"ip1:cancel:{job_id}"
        return cls(ui.Button(label="Cancel", style=discord.ButtonStyle.danger, custom_id=custom_id), job_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Ask the API to stop the job; its reply shows the outcome."""
        bot = interaction.client
        job = await bot.services.jobs.get(self.job_id)
        if job.state.is_final and job.reply.message_id is None:
            # The bot stopped after sending this message and before saving its id, so it was never edited.
            await bot.services.replies.refresh_stale_reply(interaction, job)
            return
        may_manage = interaction.permissions.manage_messages and interaction.guild_id is not None
        message_id = interaction.message.id if interaction.message is not None else None
        await bot.services.jobs.cancel(self.job_id, interaction.user.id, may_manage=may_manage, message_id=message_id)
        await interaction.response.send_message("Cancelling. The reply shows what became of it.", ephemeral=True)


class RetryButton(JobItem[ui.Button[Any]], template=rf"ip1:retry:{JOB_ID}"):
    """Sends the same request again, as a new job."""

    @classmethod
    def build(cls, job_id: str, *, may_be_paid: bool = False) -> Self:
        """The button for a job that ended without a result; labelled differently when it `may_be_paid` already."""
        button: ui.Button[Any] = ui.Button(
            label="Submit again" if may_be_paid else "Retry",
            emoji="🔁",
            style=discord.ButtonStyle.primary,
            custom_id=f"ip1:retry:{job_id}",
        )
        return cls(button, job_id)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Start the new job, or link to the one an earlier press has started."""
        # Addresses of attachments to commands end; the reply's own files stay as long as it does.
        copies = input_copies_in(interaction.message) if interaction.message is not None else {}
        opened = await interaction.client.services.jobs.retry(self.job_id, reply_target(interaction), copies)
        await interaction.client.services.replies.open(interaction, opened)


ITEMS = (FollowUpButton, MoreMenu, CancelButton, RetryButton)
