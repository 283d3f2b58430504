"""What Discord accepts as an application command."""

from collections.abc import Sequence
from typing import Any

from playground.discord_server.base.errors import DiscordError
from playground.discord_server.base.json import Json

from .localizations import Localized
from .options import DESCRIPTION, OPTION, check_name, check_options, options_size
from .problems import Path, Problems
from .rules import Boolean, Fields, Items, OneOf, Rule, Text
from .texts import Permissions

CHAT_INPUT, USER, MESSAGE, ENTRY_POINT = 1, 2, 3, 4
MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15, ENTRY_POINT: 1}

COMMON: dict[str, Rule] = {
    "type": OneOf((CHAT_INPUT, USER, MESSAGE, ENTRY_POINT)),
    "description": Text(),
    "description_localizations": Localized(DESCRIPTION),
    "name": Text(1, 32),
    "name_localizations": Localized(Text(1, 32)),
    "default_member_permissions": Permissions(),
    "handler": OneOf((1, 2)),
    "nsfw": Boolean(),
    "dm_permission": Boolean(),
    "contexts": Items(OneOf((0, 1, 2)), 1, 3, unique=True),
    "integration_types": Items(OneOf((0, 1)), 1, 2, unique=True),
    "options": Items(OPTION, 0, 25),
}


def check_kind(command: Json, path: Path, problems: Problems) -> None:
    """What depends on the command's type, and its whole size."""
    kind = command.get("type") or CHAT_INPUT
    if command.get("handler") and kind != ENTRY_POINT:
        message = "Only Entry Point commands can have a handler"
        problems.add((*path, "handler"), "APPLICATION_COMMAND_INVALID_HANDLER", message)
    if kind == CHAT_INPUT:
        check_name(command, path, problems)
        if not command.get("description"):
            problems.add((*path, "description"), "BASE_TYPE_REQUIRED", "This field is required")
        elif len(command["description"]) > 100:
            problems.add((*path, "description"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        check_options(command.get("options") or [], (*path, "options"), problems)
    else:
        for name in ("options",) if kind == ENTRY_POINT else ("description", "options"):
            if command.get(name):
                message = f"Context menu commands cannot have {name}"
                problems.add((*path, name), "APPLICATION_COMMAND_CONTEXT_MENU_INVALID", message)
    if options_size(command) > 8000:
        message = "Command exceeds maximum size (8000)"
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


COMMAND = Fields(COMMON, ("name",), check_kind)


def check_scope(body: Any, path: Path, problems: Problems) -> None:
    """A guild's command has neither contexts nor integration types: these are for global ones alone."""
    for name in ("contexts", "integration_types"):
        if isinstance(body, dict) and body.get(name) is not None:
            message = "This field is only for globally-scoped commands"
            problems.add((*path, name), "APPLICATION_COMMAND_GUILD_SCOPED_FIELD", message)


def check_guild_command(body: Any) -> None:
    """Refuse what a guild's command may not have."""
    check_scope(body, (), problems := Problems())
    problems.raise_if_any()


def check_command(body: Any, others: Sequence[Json] = ()) -> None:
    """Refuse a single command that is wrong, or one more than there may be."""
    problems = Problems()
    COMMAND.check(body, (), problems)
    problems.raise_if_any()
    kind = body.get("type") or CHAT_INPUT
    if len(others) >= MOST[kind]:
        message = f"Maximum number of application commands reached ({MOST[kind]})."
        raise DiscordError(400, 30032, message)


def check_commands(bodies: Any, *, of_guild: bool = False) -> None:
    """Refuse a whole list of commands for anything wrong in it."""
    problems = Problems()
    Items(COMMAND).check(bodies, (), problems)
    for index, body in enumerate(bodies if of_guild and isinstance(bodies, list) else []):
        check_scope(body, (index,), problems)
    problems.raise_if_any()
    seen: set[tuple[int, str]] = set()
    for index, body in enumerate(bodies):
        key = (body.get("type") or CHAT_INPUT, body["name"])
        if key in seen:
            message = "Application command names must be unique"
            problems.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(key)
    problems.raise_if_any()
    for kind, most in MOST.items():
        if sum(each[0] == kind for each in seen) > most:
            raise DiscordError(400, 30032, f"Maximum number of application commands reached ({most}).")
