"""The message of an ended job whose words or links are refused where it is shown, by AutoMod or Discord's filters."""

import discord
from discord import ui

from bot.services.presenter import JobEnding
from bot.store import JobState
from bot.ui.base.message import Message, action_row, gallery, panel
from bot.ui.base.text import escape
from bot.ui.buttons.job_buttons import RetryButton
from bot.ui.buttons.rows import result_rows
from bot.ui.job.names import action_name

_DONE = discord.Colour(0x3BA55D)
_FAILED = discord.Colour(0xED4245)
_WHERE = "Use /job in direct messages with the bot to see all of it."


def blocked_message(ending: JobEnding) -> Message:
    """The job's files and buttons without the member's words, a reason or any link."""
    job = ending.job
    done = job.state is JobState.DONE
    text = "The text of this result" if done else "This job ended without a result, and the reason"
    lines = [
        f"**{escape(action_name(job))}**",
        f"-# <@{job.reply.user_id}>",
        f"⚠️ {text} may not be shown in this channel: its moderation refuses it. {_WHERE}",
    ]
    items: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay("\n".join(lines))]
    if ending.uploads:
        files = [(f"attachment://{upload.filename}", "Result" if done else "Picture") for upload in ending.uploads]
        items.append(gallery(files, spoiler=not done))
    if done:
        items += result_rows(job)
    else:
        items.append(action_row(RetryButton.build(job.id, may_be_paid=job.state is JobState.UNCONFIRMED)))
    return Message(panel(*items, colour=_DONE if done else _FAILED), ending.uploads)
