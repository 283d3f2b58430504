"""How long a reply can be edited, and by which route: interaction token or channel."""

from datetime import timedelta

from bot.store import ReplyTarget
from bot.ui.base import clock
from bot.ui.replies.edits.buckets import BucketKey, BucketKind

_TOKEN_LIFETIME = timedelta(minutes=14)
"""A token is valid for 15 minutes; one is a margin for clocks that differ."""


def has_valid_token(reply: ReplyTarget) -> bool:
    """Whether the reply can still be edited with the interaction's token."""
    return bool(reply.token) and clock.now() - reply.opened_at < _TOKEN_LIFETIME


def is_old(reply: ReplyTarget) -> bool:
    """Whether the message is so old that Discord limits its edits."""
    return reply.message_id is not None and clock.is_old_message(reply.message_id)


def bucket_key_of(reply: ReplyTarget, *, token_refused: bool = False) -> BucketKey:
    """The rate-limit bucket of an edit made now; `token_refused` means that Discord refused the token already."""
    if has_valid_token(reply) and not token_refused:
        return BucketKey(BucketKind.TOKEN, reply.interaction_id)
    return BucketKey(BucketKind.CHANNEL, reply.channel_id or reply.user_id)
