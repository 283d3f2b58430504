"""How old a reply is, which decides the ways that lead to it."""

from datetime import timedelta

import discord

from bot.store import ReplyTarget
from bot.ui.base import clock
from bot.ui.replies.buckets import BucketKey, BucketKind

_TOKEN_LIFE = timedelta(minutes=14)
"""Discord gives a token 15 minutes; the last one is left to clocks that differ."""

_FRESH = timedelta(minutes=55)
"""A message older than an hour may hardly be edited any more; the last minutes are left to what is on its way."""


def token_lives(reply: ReplyTarget) -> bool:
    """Whether the interaction's token still opens the reply."""
    return bool(reply.token) and clock.now() - reply.opened_at < _TOKEN_LIFE


def is_old(reply: ReplyTarget) -> bool:
    """Whether the reply's message is too old to be edited freely."""
    return reply.message_id is not None and clock.now() - discord.utils.snowflake_time(reply.message_id) > _FRESH


def budget_of(reply: ReplyTarget, *, token_over: bool = False) -> BucketKey:
    """What an edit of the reply counts for now; `token_over` says that the token was refused already."""
    if token_lives(reply) and not token_over:
        return BucketKey(BucketKind.TOKEN, reply.interaction_id)
    return BucketKey(BucketKind.CHANNEL, reply.channel_id or reply.user_id)
