"""Who is pinged by a message: what its text names, as far as the bot allows it."""

import re

from playground.discord_server.base.json import Json
from playground.discord_server.base.message_readers import texts
from playground.discord_server.state.world import World

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(?:everyone|here)\b")


def mentions(world: World, message: Json, allowed: Json | None, replied: Json | None) -> Json:
    """The mention fields of a message object."""
    text = texts({**message, "embeds": []})
    everything = {"parse": ["users", "roles", "everyone"], "replied_user": True}
    rule = everything if allowed is None else allowed
    users = _permitted(USER.findall(text), rule, "users")
    roles = _permitted(ROLE.findall(text), rule, "roles")
    found = [world.users[user_id] for user_id in users if user_id in world.users]
    if replied and rule.get("replied_user") and replied not in found:
        found.append(replied)
    return {
        "mentions": found,
        "mention_roles": [role_id for role_id in roles if role_id in world.guild.roles],
        "mention_everyone": bool(EVERYONE.search(text)) and "everyone" in (rule.get("parse") or []),
    }


def _permitted(named: list[str], rule: Json, kind: str) -> list[str]:
    """The ids that may be pinged, each once, in the order of the text."""
    by_id = {str(each) for each in rule.get(kind) or []}
    everyone = kind in (rule.get("parse") or [])
    return [each for each in dict.fromkeys(named) if everyone or each in by_id]
