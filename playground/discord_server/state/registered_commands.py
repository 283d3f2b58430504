"""The application commands the bot has registered."""

from collections.abc import Callable

from playground.discord_server.base.clock import Clock, Snowflakes
from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json

from . import seed

CHAT_INPUT = 1
MESSAGE = 3
ENTRY_POINT = 4  # of an Activity
APP_HANDLER, LAUNCHES_ACTIVITY = 1, 2
MOST_NEW = 200
DAY = 24 * 3600.0


def command_object(command_id: str, version: str, body: Json, guild_id: str | None) -> Json:
    """A registered command, with the defaults that Discord fills in."""
    command: Json = {
        "id": command_id,
        "application_id": seed.APPLICATION_ID,
        "version": version,
        "type": body.get("type") or CHAT_INPUT,
        "name": body["name"],
        "name_localizations": body.get("name_localizations"),
        "description": body.get("description") or "",
        "description_localizations": body.get("description_localizations"),
        "default_member_permissions": _permissions(body.get("default_member_permissions")),
        "nsfw": bool(body.get("nsfw")),
        "integration_types": body.get("integration_types") or [0],
        "contexts": body.get("contexts"),
        "dm_permission": body.get("dm_permission") is not False,
    }
    if body.get("options"):
        command["options"] = body["options"]
    if command["type"] == ENTRY_POINT:
        command["handler"] = body.get("handler") or APP_HANDLER
    return {**command, "guild_id": guild_id} if guild_id else command


def _permissions(value: object) -> str | None:
    return None if value is None else str(value)


class Commands:
    """Commands by place: None holds the global ones, a guild's id its own."""

    def __init__(self, snowflakes: Snowflakes, clock: Clock) -> None:
        self._snowflakes = snowflakes
        self._clock = clock
        self._made: list[tuple[str | None, float]] = []  # where and when there was a new one
        self._places: dict[str | None, dict[str, Json]] = {}
        self.listeners: list[Callable[[], None]] = []

    def all_of(self, guild_id: str | None) -> list[Json]:
        """The commands of one place, in the order of their registration."""
        return list(self._places.get(guild_id, {}).values())

    @property
    def entry_point(self) -> Json | None:
        """The command with which members open the application's Activity."""
        return next((each for each in self.all_of(None) if each["type"] == ENTRY_POINT), None)

    def enable_activities(self) -> Json:
        """Make the application one with an Activity, as in the portal: its entry point is registered with that."""
        body: Json = {"name": "launch", "description": "Launch an activity", "type": ENTRY_POINT}
        command, _ = self.put(None, {**body, "handler": LAUNCHES_ACTIVITY})
        return command

    def everywhere(self) -> list[Json]:
        """All commands a member of the guild is offered."""
        return [command for place in self._places.values() for command in place.values()]

    def named(self, name: str, kind: int = CHAT_INPUT, guild_id: str | None = None) -> Json | None:
        """The command of a name in a guild or in direct messages; one of the guild goes before a global one."""
        for place in (guild_id, None):
            for command in self.all_of(place):
                if (command["name"], command["type"]) == (name, kind):
                    return command
        return None

    @property
    def for_users(self) -> bool:
        """Whether any command can be used by those who have installed the application for themselves."""
        return any(1 in each["integration_types"] for each in self.everywhere())

    def get(self, guild_id: str | None, command_id: str) -> Json:
        """One command, or Discord's refusal."""
        try:
            return self._places[guild_id][command_id]
        except KeyError:
            raise refusal("unknown_command") from None

    def put(self, guild_id: str | None, body: Json, command_id: str | None = None) -> tuple[Json, bool]:
        """Create a command, or replace the one of the same id or name; returns it and whether it is new."""
        place = self._places.setdefault(guild_id, {})
        key = (body["name"], body.get("type") or CHAT_INPUT)
        same = (each["id"] for each in place.values() if (each["name"], each["type"]) == key)
        known = command_id or next(same, None)
        command = command_object(known or self._snowflakes.next(), self._snowflakes.next(), body, guild_id)
        place[command["id"]] = command
        self._changed()
        return command, known is None

    def replace_all(self, guild_id: str | None, bodies: list[Json]) -> list[Json]:
        """Make these the commands of the place; those of a known name keep their ids."""
        old = {(each["name"], each["type"]): each["id"] for each in self.all_of(guild_id)}
        commands = [
            command_object(
                old.get((body["name"], body.get("type") or CHAT_INPUT)) or self._snowflakes.next(),
                self._snowflakes.next(),
                body,
                guild_id,
            )
            for body in bodies
        ]
        self._places[guild_id] = {command["id"]: command for command in commands}
        self._changed()
        return commands

    def count_new(self, guild_id: str | None, bodies: list[Json]) -> None:
        """Count those of a name that the place does not have; refused when it would be too many within a day."""
        known = {(each["name"], each["type"]) for each in self.all_of(guild_id)}
        new = [each for each in bodies if (each["name"], each.get("type") or CHAT_INPUT) not in known]
        now = self._clock.now()
        self._made = [(place, moment) for place, moment in self._made if now - moment < DAY]
        if new and len(new) + sum(place == guild_id for place, _ in self._made) > MOST_NEW:
            raise refusal("too_many_commands")
        self._made += [(guild_id, now)] * len(new)

    def delete(self, guild_id: str | None, command_id: str) -> None:
        """Take a command away."""
        self.get(guild_id, command_id)
        del self._places[guild_id][command_id]
        self._changed()

    def _changed(self) -> None:
        for listener in self.listeners:
            listener()
