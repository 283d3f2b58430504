"""The INTERACTION_CREATE event."""

from playground.discord_server.base.json import Json
from playground.discord_server.messages.admission import stated_limit
from playground.discord_server.state import seed
from playground.discord_server.state.app_installs import app_permissions, context
from playground.discord_server.state.channels import DM
from playground.discord_server.state.permissions import permissions
from playground.discord_server.state.world import World

from .interaction import Interaction


def interaction_create(world: World, interaction: Interaction) -> Json:
    """What the bot receives of an interaction."""
    channel, user_id = interaction.channel, interaction.user_id
    payload: Json = {
        "id": interaction.id,
        "application_id": seed.APPLICATION_ID,
        "type": interaction.type,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": channel.id,
        "channel": {**channel.payload(), "permissions": str(permissions(world, user_id, channel))},
        "app_permissions": str(app_permissions(world, channel)),
        "locale": world.members[user_id].locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": interaction.owners,
        "context": context(channel),
        "attachment_size_limit": stated_limit(world, channel, user_id),
    }
    if interaction.source is not None:
        payload["message"] = interaction.source.message
    return payload | whereabouts(world, interaction)


def whereabouts(world: World, interaction: Interaction) -> Json:
    """The guild and member, or in a direct message the user."""
    channel, user_id = interaction.channel, interaction.user_id
    if channel.type == DM:
        return {"user": world.users[user_id]}
    allowed = str(permissions(world, user_id, channel))
    guild = world.guild_of(channel)
    locale = guild.locale if guild is not None else "en-US"
    return {
        "guild_id": channel.guild_id,
        "guild_locale": locale,
        "guild": {"id": channel.guild_id, "locale": locale, "features": []},
        "member": {**world.members[user_id].payload(), "permissions": allowed},
    }
