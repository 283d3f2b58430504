"""The current time, by which the age of messages and attachment URLs is judged; tests replace it."""

from datetime import UTC, datetime, timedelta

import discord

_FREE_EDIT_AGE = timedelta(minutes=55)
"""Discord limits edits of messages older than an hour; five minutes are a margin for edits in flight."""


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


def is_old_message(message_id: int) -> bool:
    """Whether the message is so old that Discord limits its edits."""
    return now() - discord.utils.snowflake_time(message_id) > _FREE_EDIT_AGE
