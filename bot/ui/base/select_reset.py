"""Resets the select menus of a message: Discord's client sends nothing for the entry that it shows as chosen."""

import logging

import aiohttp
import discord
from discord.http import Route

from bot.ui.base import clock

log = logging.getLogger(__name__)


async def reset_selects(interaction: discord.Interaction) -> None:
    """Let every client show the menus of the interaction's message as before their use. Never raises.

    An edit that changes nothing is enough: clients redraw an edited message. Without effect for ephemeral messages,
    which only the answer to the interaction can edit, and for old ones.
    """
    message = interaction.message
    if message is None or message.flags.ephemeral or clock.is_old_message(message.id):
        # The few edits that an old message has left are kept for results.
        return
    route = Route(
        "PATCH", "/channels/{channel_id}/messages/{message_id}", channel_id=message.channel.id, message_id=message.id
    )
    # The flag is set already, and can't be removed. Components are left alone: an edit of the job's may be under way.
    body = {"flags": message.flags.value & discord.MessageFlags.components_v2.flag}
    try:
        await interaction.client.http.request(route, json=body)
    except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
        log.info("a menu could not be reset: %s", error, extra={"message_id": message.id})
