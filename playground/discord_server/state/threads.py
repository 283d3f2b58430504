"""What a closed thread still takes: archived, locked, or both."""

from typing import TYPE_CHECKING

from playground.discord_server.base.errors import refusal

from . import seed
from .channels import FORUM, Channel
from .permission_bits import MANAGE_THREADS
from .permissions import granted, permissions, sending

if TYPE_CHECKING:
    from .world import World


def is_locked_to(world: "World", user_id: str, channel: Channel) -> bool:
    """Whether the channel is a locked thread that this user may not manage."""
    return channel.locked and not granted(world, user_id, channel) & MANAGE_THREADS


def open_to_messages(world: "World", channel: Channel) -> None:
    """Refuse a new message of the bot's where none is taken; one in an archived thread brings it back."""
    if channel.closed:
        raise refusal("cannot_dm")
    if channel.type == FORUM:
        raise refusal("non_text_channel")
    if is_locked_to(world, seed.APPLICATION_ID, channel):
        raise refusal("locked_thread")
    world.set_thread(channel, archived=False)


def open_to_edits(world: "World", channel: Channel) -> None:
    """Refuse an edit of the bot's in a thread that is archived, or locked to it."""
    if channel.archived:
        raise refusal("archived_thread")
    if is_locked_to(world, seed.APPLICATION_ID, channel):
        raise refusal("locked_thread")


def open_to_answers(world: "World", channel: Channel) -> None:
    """Refuse an answer to an interaction in a locked thread, which Discord then calls archived.

    One in an archived thread brings it back, as other messages do.
    """
    if is_locked_to(world, seed.APPLICATION_ID, channel):
        raise refusal("archived_thread")
    world.set_thread(channel, archived=False)


def open_to_changed_answers(world: "World", channel: Channel) -> None:
    """Refuse to change an answer in a thread that is archived, or locked to the bot."""
    if channel.archived or is_locked_to(world, seed.APPLICATION_ID, channel):
        raise refusal("archived_thread")


def may_reopen(world: "World", user_id: str, channel: Channel) -> bool:
    """Whether the user's client can take the thread out of the archive, as it does before a press or a command."""
    return bool(permissions(world, user_id, channel) & sending(channel)) and not is_locked_to(world, user_id, channel)
