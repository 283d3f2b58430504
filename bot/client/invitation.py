"""What a server has to give the bot: scopes and permissions, and the link that asks for them."""

import discord

SCOPES = ("bot", "applications.commands")

PERMISSIONS = {
    "View Channels": discord.Permissions(view_channel=True),
    "Send Messages": discord.Permissions(send_messages=True),
    "Send Messages in Threads": discord.Permissions(send_messages_in_threads=True),
    "Attach Files": discord.Permissions(attach_files=True),
    "Read Message History": discord.Permissions(read_message_history=True),
}
"""Each permission that the bot uses, by its name in Discord. History is read for the bot's own messages: those that a
process sent before it could note them, and old replies that a new message refers to."""

NEEDED = discord.Permissions(sum(each.value for each in PERMISSIONS.values()))


def invitation(application_id: int) -> str:
    """The link that adds the bot to a server, for those who manage it."""
    return discord.utils.oauth_url(application_id, permissions=NEEDED, scopes=SCOPES)


def missing_permissions(granted: int) -> list[str]:
    """The names of the permissions that these bits lack; none for an administrator's."""
    if discord.Permissions(granted).administrator:
        return []
    return [name for name, each in PERMISSIONS.items() if each.value & granted != each.value]
