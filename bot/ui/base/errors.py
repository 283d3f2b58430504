"""Reports errors: a sentence to the member, a log line to the operator. Nothing else shows errors."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp
import discord
from discord import app_commands

from bot.client.requests import codes
from bot.errors import UserError
from bot.imaginepro import ImagineProError
from bot.services.jobs.service import UnknownPicture
from bot.services.prompt import clean_text
from bot.store import is_outage
from bot.ui.base import clock
from bot.ui.base.message import plain_view
from bot.ui.base.text import escape, shorten

log = logging.getLogger(__name__)

_MAX_CONTENT = 2000
_MAX_VIEW_TEXT = 3900
"""Characters in all texts of a view together, a few less than Discord allows."""

_CLOSED_THREAD = frozenset({codes.ARCHIVED_THREAD, codes.LOCKED_THREAD})
"""Discord's error codes for an answer in a thread that is archived or locked."""

_TOO_LATE = frozenset({codes.UNKNOWN_INTERACTION, *codes.EXPIRED_TOKEN})
"""Discord's error codes for an answer to an interaction that it no longer waits for."""

_RECENT = timedelta(days=1)
"""A message of this age belongs to a job that the database knows, unless another process has sent it."""

_UNEXPECTED = "Something went wrong inside the bot. Nothing was started by this; please try again."

_DATABASE_AWAY = "The bot can't reach its database at the moment, so nothing was started. Try again in a minute."

_STOPPING = "The bot is being restarted, so nothing was started. Try again in a minute."


class WithWords(Exception):
    """An error of a form; `written` is the member's text, shown to them again."""

    def __init__(self, cause: Exception, written: str) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.written = written


async def report(interaction: discord.Interaction, error: BaseException) -> None:
    """Show the error to the member, visible to them alone, and log it unless it is a `UserError`. Never raises."""
    cause, written = (error.cause, error.written) if isinstance(error, WithWords) else (error, "")
    cause = cause.original if isinstance(cause, app_commands.CommandInvokeError) else cause
    if getattr(interaction.client, "is_stopping", False) and not isinstance(cause, UserError):
        log.warning("an interaction came while the bot was stopping: %r", cause, extra={"interaction": interaction.id})
        cause = UserError(_STOPPING)
    _look_for_another_process(interaction, cause)
    if any(getattr(each, "code", None) in _CLOSED_THREAD for each in (cause, cause.__cause__)):
        # Members can use commands in a locked thread, and Discord takes no answer there, not even a private one.
        log.info("an interaction in a closed thread can't be answered", extra={"interaction": interaction.id})
        return
    if isinstance(cause, discord.HTTPException) and cause.code in _TOO_LATE:
        # As after a standstill of the process. Discord has already said that the bot did not respond.
        log.warning("an answer came too late: %s", cause, extra={"interaction": interaction.id})
        return
    if is_outage(cause):
        # The outage has lines of its own.
        log.warning("an interaction failed while the database was away", extra={"interaction": interaction.id})
        cause = UserError(_DATABASE_AWAY)
    if not isinstance(cause, UserError):
        log.error(
            "an interaction failed",
            exc_info=cause,
            extra={"interaction": interaction.id, "custom_id": (interaction.data or {}).get("custom_id")},
        )
    try:
        await _reply(interaction, error_text(cause), written)
    except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as failure:
        # RuntimeError: aiohttp raises it when the bot has stopped and closed its session.
        _look_for_another_process(interaction, failure)
        log.warning("an error could not be shown: %s", failure, extra={"interaction": interaction.id})


def _look_for_another_process(interaction: discord.Interaction, error: BaseException) -> None:
    """Note signs of another process with the same token: each gets every interaction, and answers some of them."""
    other_process = getattr(interaction.client, "other_process", None)
    if other_process is None:
        return
    message = interaction.message
    if isinstance(error, UnknownPicture) and message is not None and clock.now() - message.created_at < _RECENT:
        other_process.suspect(f"This database does not know the job of a recent message ({message.id}).")
    elif any(getattr(each, "code", None) == codes.ALREADY_ANSWERED for each in (error, error.__cause__)):
        other_process.suspect(f"An interaction ({interaction.id}) was answered before this process did.")


def error_text(error: BaseException) -> str:
    """The sentence to show for an error, escaped where it quotes text from outside."""
    match error:
        case ImagineProError():
            # These may quote the API, and the API may quote a prompt.
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
    whole = f"{text}\n> {shorten(escape(written), _MAX_VIEW_TEXT - len(text))}" if clean_text(written) else text
    try:
        await _send(interaction.response.send_message, whole)
    except discord.InteractionResponded:
        await _send(interaction.followup.send, whole)


async def _send(send: Callable[..., Awaitable[object]], text: str) -> None:
    if len(text) <= _MAX_CONTENT:
        await send(text, ephemeral=True)
    else:
        await send(view=plain_view(text), ephemeral=True)
