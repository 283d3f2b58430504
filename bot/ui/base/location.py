"""Where a reply is on Discord: its target for editing, its links for people, the scope of its settings."""

import discord

from bot.services.prompt import clean_text
from bot.store import JobRecord, ReplyTarget

_MAX_NAME = 100
"""Characters of a display name that are kept; Discord allows 32."""


def reply_target(interaction: discord.Interaction, part: int = 0) -> ReplyTarget:
    """The target of this interaction's original response, or of its follow-up message number `part`."""
    return ReplyTarget(
        interaction_id=interaction.id,
        application_id=interaction.application_id,
        token=interaction.token,
        opened_at=interaction.created_at,
        user_id=interaction.user.id,
        user_name=clean_text(interaction.user.display_name)[:_MAX_NAME],
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        part=part,
        upload_limit=upload_limit(interaction),
    )


def upload_limit(interaction: discord.Interaction) -> int:
    """Bytes that a file in an answer to this interaction may have, as Discord says; 0 where none may be attached.

    Discord overstates the limit for some members: a file that is refused has to be made smaller.
    """
    permissions = interaction.app_permissions
    # A value without any bit is one that was not sent.
    if permissions.value and not (permissions.attach_files or permissions.administrator):
        return 0
    return interaction.filesize_limit


def settings_scope_of(source: discord.Interaction | ReplyTarget) -> int:
    """The id under which settings are stored: the server's, or the channel's in direct messages."""
    user_id = source.user_id if isinstance(source, ReplyTarget) else source.user.id
    return source.guild_id or source.channel_id or user_id


def message_link(job: JobRecord) -> str | None:
    """The link to the job's reply, or None while it has none."""
    reply = job.reply
    if reply.channel_id is None or reply.message_id is None:
        return None
    return f"{channel_link(reply)}/{reply.message_id}"


def channel_link(reply: ReplyTarget) -> str:
    """The link to the channel of the reply."""
    guild = "@me" if reply.in_dm or reply.guild_id is None else reply.guild_id
    return f"https://discord.com/channels/{guild}/{reply.channel_id}"
