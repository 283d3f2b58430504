"""Where replies stand."""

import discord

from bot.store import JobRecord, ReplyTarget


def reply_target(interaction: discord.Interaction, part: int = 0) -> ReplyTarget:
    """The address of the reply that this interaction will get, or of its follow-up message number `part`."""
    return ReplyTarget(
        interaction_id=interaction.id,
        application_id=interaction.application_id,
        token=interaction.token,
        opened_at=interaction.created_at,
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        part=part,
        upload_limit=interaction.filesize_limit,
    )


def settings_scope_of(where: discord.Interaction | ReplyTarget) -> int:
    """The id under which things are set for where this happens: the server's, or the channel's of direct messages."""
    user_id = where.user_id if isinstance(where, ReplyTarget) else where.user.id
    return where.guild_id or where.channel_id or user_id


def message_link(job: JobRecord) -> str | None:
    """The address of the job's reply for people, or None while it has none."""
    reply = job.reply
    if reply.channel_id is None or reply.message_id is None:
        return None
    return f"{channel_link(reply)}/{reply.message_id}"


def channel_link(reply: ReplyTarget) -> str:
    """The address, for people, of the channel in which the reply stands."""
    place = "@me" if reply.in_dm or reply.guild_id is None else reply.guild_id
    return f"https://discord.com/channels/{place}/{reply.channel_id}"
