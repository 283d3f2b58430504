"""Users, members, roles and the guild, as Discord writes them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from playground.discord_server.base.json import Json

from . import permission_bits, seed
from .uploads import DEFAULT_LIMIT, LIMIT_OF_TIER

JOINED = "2024-01-01T00:00:00+00:00"


def user_object(user_id: str, name: str, shown_as: str | None, bot: bool = False) -> Json:
    """A user as every payload carries it."""
    user: Json = {
        "id": user_id,
        "username": name,
        "global_name": shown_as,
        "discriminator": "0000" if bot else "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    return {**user, "bot": True} if bot else user


def role_object(role_id: str, name: str, bits: int, color: int, of_bot: bool, *, position: int) -> Json:
    """A role of the guild."""
    role: Json = {
        "id": role_id,
        "name": name,
        "permissions": str(bits),
        "position": position,
        "color": color,
        "colors": {"primary_color": color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": of_bot,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return {**role, "tags": {"bot_id": seed.APPLICATION_ID}} if of_bot else role


@dataclass
class Member:
    """A user's membership of the guild."""

    user: Json
    roles: list[str] = field(default_factory=list)
    nick: str | None = None
    locale: str = "en-US"  # of their client
    time_out_until: float | None = None

    def in_time_out(self, now: float) -> bool:
        """Whether a moderator has put them in time-out."""
        return self.time_out_until is not None and now < self.time_out_until

    def payload(self) -> Json:
        """The member object, with its user."""
        return {"user": self.user, **self.without_user()}

    def without_user(self) -> Json:
        """The member object as a message carries it beside its author."""
        return {
            "roles": list(self.roles),
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "joined_at": JOINED,
            "premium_since": None,
            "communication_disabled_until": stamped(self.time_out_until),
            "pending": False,
            "deaf": False,
            "mute": False,
            "flags": 0,
        }


def stamped(time: float | None) -> str | None:
    """A time as Discord writes it."""
    return None if time is None else datetime.fromtimestamp(time, UTC).isoformat()


@dataclass
class Guild:
    """The one guild there is."""

    id: str
    name: str
    owner_id: str
    roles: dict[str, Json]
    attachment_limit: int = DEFAULT_LIMIT
    premium_tier: int = 0
    locale: str = "en-US"

    def boost(self, tier: int) -> None:
        """Give the guild this boost tier, 0 to 3. Do it before the bot connects: no event announces it later."""
        self.premium_tier, self.attachment_limit = tier, LIMIT_OF_TIER[tier]

    def payload(self) -> Json:
        """The guild object of the REST API."""
        return {
            "id": self.id,
            "name": self.name,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "home_header": None,
            "owner_id": self.owner_id,
            "owner": False,
            "region": "us-central",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "widget_enabled": False,
            "widget_channel_id": None,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "nsfw": False,
            "premium_tier": self.premium_tier,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "preferred_locale": self.locale,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "safety_alerts_channel_id": None,
            "application_id": None,
            "vanity_url_code": None,
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": list(self.roles.values()),
            "max_members": 500_000,
            "max_presences": None,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "incidents_data": None,
        }


def seeded_users() -> dict[str, Json]:
    """The people and the bot, by id."""
    people = {user_id: user_object(user_id, name, shown) for user_id, name, shown, _ in seed.USERS}
    bot = user_object(seed.APPLICATION_ID, seed.BOT_NAME, None, bot=True)
    return {**people, seed.APPLICATION_ID: bot}


def seeded_guild(owner_id: str) -> Guild:
    """The guild with its roles."""
    roles = {row[0]: role_object(*row, position=position) for position, row in enumerate(seed.ROLES)}
    return Guild(seed.GUILD_ID, seed.GUILD_NAME, owner_id, roles)


def seeded_elsewhere(owner_id: str) -> Guild:
    """The guild in which the bot is no member; no member has a role there."""
    everyone = role_object(seed.ELSEWHERE_ID, "@everyone", permission_bits.EVERYONE, 0, False, position=0)
    return Guild(seed.ELSEWHERE_ID, seed.ELSEWHERE_NAME, owner_id, {seed.ELSEWHERE_ID: everyone})


def seeded_members(users: dict[str, Json]) -> dict[str, Member]:
    """Everybody's membership, by user id."""
    members = {user_id: Member(users[user_id], list(roles)) for user_id, _, _, roles in seed.USERS}
    members[seed.APPLICATION_ID] = Member(users[seed.APPLICATION_ID], [seed.BOT_ROLE])
    return members
