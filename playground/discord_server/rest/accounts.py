"""The bot's account, its application, other users, and where the gateway is."""

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.state import permission_bits, seed
from playground.discord_server.state.members import Guild

from .guilds import the_guild
from .routing import Call, Routes

routes = Routes()

EMBEDDED = 1 << 17
"""The application's flag for an Activity."""


@routes("GET", "/gateway", bot_only=False)
async def gateway(call: Call) -> Json:
    """Where to connect."""
    return {"url": call.core.gateway.url}


@routes("GET", "/gateway/bot")
async def gateway_bot(call: Call) -> Json:
    """Where to connect, with how many shards."""
    start = call.core.gateway.identify_limits.session_start_limit(call.core.clock.now())
    return {"url": call.core.gateway.url, "shards": call.core.shards, "session_start_limit": start}


@routes("GET", "/users/@me")
async def me(call: Call) -> Json:
    """The bot's own user."""
    more = {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None, "premium_type": 0}
    return {**call.core.world.bot, **more}


@routes("GET", "/users/{user_id}")
async def user(call: Call) -> Json:
    """A user."""
    found = call.core.world.users.get(call.snowflake("user_id"))
    if found is None:
        raise refusal("unknown_user")
    return found


@routes("GET", "/users/@me/guilds")
async def guilds(call: Call) -> list[Json]:
    """The guilds the bot is in, a page of them."""
    world = call.core.world
    found = [of_bot(each) for each in [world.guild, *world.other_guilds]]
    if call.query.get("with_counts", "").lower() in ("true", "1"):
        count = len(world.members)
        counts = {"approximate_member_count": count, "approximate_presence_count": count}
        found = [each | counts for each in found]
    return call.page(found, lambda each: each["id"], 200, 200)


@routes("GET", "/users/@me/guilds/{guild_id}/member")
async def own_member(call: Call) -> Json:
    """The bot's own membership of a guild."""
    the_guild(call)
    return call.core.world.members[seed.APPLICATION_ID].payload()


def of_bot(guild: Guild) -> Json:
    """A guild as it is listed for its member, the bot."""
    about: Json = {"id": guild.id, "name": guild.name, "icon": None, "banner": None, "features": []}
    return {**about, "owner": False, "permissions": str(permission_bits.BOT)}


@routes("POST", "/users/@me/channels")
async def open_dm(call: Call) -> Json:
    """The direct message channel with a user."""
    recipient = str(call.object().get("recipient_id"))
    if recipient == seed.APPLICATION_ID:
        raise refusal("cannot_dm")
    if recipient not in call.core.world.users:
        raise refusal("unknown_user")
    channel = call.core.world.dm(recipient)
    call.core.world.direct_messages.open(channel, recipient)
    return channel.payload()


@routes("GET", "/oauth2/applications/@me")
@routes("GET", "/applications/@me")
async def application(call: Call) -> Json:
    """The bot's application, with its owner and what the developer portal has set."""
    world = call.core.world
    flags = EMBEDDED if call.core.commands.entry_point else 0
    return {
        "id": seed.APPLICATION_ID,
        "name": seed.BOT_NAME,
        "icon": None,
        "description": "",
        "type": None,
        "bot": world.bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "owner": world.users[world.guild.owner_id],
        "team": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "integration_types_config": {"0": {}, **({"1": {}} if call.core.commands.for_users else {})},
        **world.portal,
    }
