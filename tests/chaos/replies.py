"""Reads the bot's messages as the members of a chaos run see them."""

import re
from collections.abc import Iterator
from typing import Any

from playground.discord_server import DiscordServer, buttons, texts
from playground.discord_server.state.channels import EPHEMERAL, LOADING, StoredMessage
from playground.discord_server.state.seed import APPLICATION_ID

Message = dict[str, Any]

_PERCENT = re.compile(r"\*\*\d+ %\*\*")
_JOB_IN_ID = re.compile(r"ip1:[a-z]+:([\w-]{1,32})")


def bot_messages(discord: DiscordServer) -> list[StoredMessage]:
    """All messages of the bot."""
    channels = discord.world.channels.values()
    every = [stored for channel in channels for stored in channel.messages.values()]
    return [stored for stored in every if stored.message["author"]["id"] == APPLICATION_ID]


def is_unfinished(message: Message) -> bool:
    """Whether the message shows neither a result nor an error or another answer."""
    empty = not message["components"] and not message["content"]
    return bool(message["flags"] & LOADING) or empty or is_progress(message)


def is_progress(message: Message) -> bool:
    """Whether the message shows a job that has not ended: with Cancel, a percentage, or on its way to be cancelled."""
    shown = bool(message["components"])
    cancelling = shown and "Cancelling" in texts(message)
    return "Cancel" in map(name_of, buttons(message)) or cancelling or (shown and has_percentage(message))


def has_percentage(message: Message) -> bool:
    """Whether the message shows how far a job is."""
    return _PERCENT.search(texts(message)) is not None


def is_private(message: Message) -> bool:
    """Whether the message is ephemeral."""
    return bool(message["flags"] & EPHEMERAL)


def job_ids(message: Message) -> Iterator[str]:
    """The ids in the custom_ids of the message's buttons; they may be ids of jobs."""
    for button in buttons(message):
        if found := _JOB_IN_ID.match(button.get("custom_id") or ""):
            yield found[1]


def name_of(button: Message) -> str:
    """The label of a button, the emoji of one without."""
    return button.get("label") or (button.get("emoji") or {}).get("name") or ""
