"""The one place where an error becomes a sentence for the member and a line for the operator."""

import logging

import aiohttp
import discord
from discord import app_commands

from bot.errors import UserError
from bot.imaginepro import ImagineProError
from bot.ui.base.message import plain_view
from bot.ui.base.text import escape, shorten

log = logging.getLogger(__name__)

_MAX_CONTENT = 2000
_ROOM = 3900
"""Characters of a message's texts, a few less than Discord takes."""

_UNEXPECTED = "Something went wrong inside the bot. Nothing was started by this; please try again."

_STOPPING = "The bot is being restarted, so nothing was started. Try again in a minute."


class RejectedForm(UserError):
    """What is wrong, with the words that a member had written: their form is gone, and they may have been work."""

    def __init__(self, cause: UserError, written: str) -> None:
        super().__init__(cause.text)
        self.cause = cause
        self.written = written


async def report(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell whoever acted what happened, visible to them alone. Never raises."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if getattr(interaction.client, "is_stopping", False) and not isinstance(cause, UserError):
        log.warning("an interaction came while the bot was stopping: %r", cause, extra={"interaction": interaction.id})
        cause = UserError(_STOPPING)
    if not isinstance(cause, UserError):
        log.error(
            "an interaction failed",
            exc_info=cause,
            extra={"interaction": interaction.id, "custom_id": (interaction.data or {}).get("custom_id")},
        )
    try:
        await _reply(interaction, sentence(cause), cause.written if isinstance(cause, RejectedForm) else "")
    except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as failure:
        # The last is aiohttp's word for a connection that the bot has closed: it has ended by then.
        log.warning("an error could not be shown: %s", failure, extra={"interaction": interaction.id})


def sentence(error: BaseException) -> str:
    """What a person is told of the error, as text that Discord shows letter for letter."""
    match error:
        case RejectedForm():
            return sentence(error.cause)
        case ImagineProError():
            # These may quote the far end, which may quote anybody.
            return escape(error.text)
        case UserError():
            return error.text
        case app_commands.CheckFailure():
            return "You can't use this here."
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return "This command has changed. Reload Discord (Ctrl+R, or restart the app) and try again."
        case _:
            return _UNEXPECTED


async def _reply(interaction: discord.Interaction, text: str, written: str) -> None:
    back = f"> {shorten(escape(written), _ROOM - len(text))}" if written else ""
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # Whatever comes first takes the place of the public "thinking" message and is as public as that. If something
        # came already, it has the form of a job's reply. The words are still the member's alone.
        await interaction.edit_original_response(view=plain_view(text))
        if back:
            await interaction.followup.send(view=plain_view(back), ephemeral=True)
        return
    whole = f"{text}\n{back}" if back else text
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    if len(whole) <= _MAX_CONTENT:
        await send(whole, ephemeral=True)
    else:
        await send(view=plain_view(whole), ephemeral=True)
