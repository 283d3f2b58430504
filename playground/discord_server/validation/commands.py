"""What Discord accepts as an application command."""

import re
from collections.abc import Sequence
from typing import Any

from playground.discord_server.errors import DiscordError
from playground.discord_server.wire import Json

from .problems import Path, Problems
from .rules import Anything, Boolean, Fields, Items, Later, Number, OneOf, Rule, Snowflake, Text

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, NUMBER, CHANNEL = 3, 4, 10, 7
MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}

# Letters and digits of any script, dashes, underscores and apostrophes; where a script has cases, lower case.
NAME = re.compile(r"[-_'\w]{1,32}")
DESCRIPTION = Text(1, 100)


def check_name(name: str, path: Path, problems: Problems) -> None:
    """The name of a slash command or option."""
    if not NAME.fullmatch(name):
        message = f'Command name is invalid: "{name}" did not match ^[-_\'\\p{{L}}\\p{{N}}]{{1,32}}$'
        problems.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", message)
    elif name != name.lower():
        message = "Command names of chat input commands must be lowercase"
        problems.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", message)


def check_option(option: Json, path: Path, problems: Problems) -> None:
    """What depends on the option's type."""
    check_name(option["name"], path, problems)
    kind = option["type"]
    if option.get("choices") and option.get("autocomplete"):
        message = "Autocomplete and choices cannot both be set"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", message)
    if option.get("autocomplete") and kind not in (STRING, INTEGER, NUMBER):
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Autocomplete is not possible here")
    if option.get("options") and kind not in (SUBCOMMAND, GROUP):
        problems.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This type has no options")
    check_choices(option, path, problems)
    check_options(option.get("options") or [], (*path, "options"), problems)
    inner = [each.get("type") for each in option.get("options") or []]
    if (kind == GROUP and set(inner) - {SUBCOMMAND}) or (kind == SUBCOMMAND and {SUBCOMMAND, GROUP} & set(inner)):
        message = "Sub-command and sub-command group option types are mutually nested"
        problems.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


def check_choices(option: Json, path: Path, problems: Problems) -> None:
    """Choices have the option's type and differ from each other."""
    rules: dict[int, Rule] = {STRING: Text(1, 100), INTEGER: Number(), NUMBER: Number(whole=False)}
    rule = rules.get(option["type"])
    seen: set[str] = set()
    for index, choice in enumerate(option.get("choices") or []):
        place = (*path, "choices", index)
        if rule is not None:
            rule.check(choice["value"], (*place, "value"), problems)
        if choice["name"] in seen:
            message = "The specified choice name is already used"
            problems.add((*place, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE", message)
        seen.add(choice["name"])


def check_options(options: Sequence[Json], path: Path, problems: Problems) -> None:
    """Names differ, required options come first, subcommands stand alone."""
    seen: set[Any] = set()
    optional = False
    for index, option in enumerate(options):
        if option["name"] in seen:
            message = "The specified option name is already used"
            problems.add((*path, index, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", message)
        seen.add(option["name"])
        if option.get("required") and optional:
            message = "Required options must be placed before non-required options"
            problems.add((*path, index), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional = optional or not option.get("required")
    nested = [option["type"] in (SUBCOMMAND, GROUP) for option in options]
    if any(nested) and not all(nested):
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


CHOICE = Fields({"name": Text(1, 100), "value": Anything()}, ("name", "value"))
OPTION = Fields(
    {
        "type": OneOf(tuple(range(1, 12))),
        "name": Text(1, 32),
        "description": DESCRIPTION,
        "required": Boolean(),
        "choices": Items(CHOICE, 0, 25),
        "options": Items(Later(lambda: OPTION), 0, 25),
        "channel_types": Items(Number(0, 16)),
        "min_value": Number(whole=False),
        "max_value": Number(whole=False),
        "min_length": Number(0, 6000),
        "max_length": Number(1, 6000),
        "autocomplete": Boolean(),
    },
    ("type", "name", "description"),
    check_option,
)
COMMON: dict[str, Rule] = {
    "type": OneOf((CHAT_INPUT, USER, MESSAGE)),
    "description": Text(),
    "name": Text(1, 32),
    "default_member_permissions": Snowflake(),
    "nsfw": Boolean(),
    "dm_permission": Boolean(),
    "contexts": Items(OneOf((0, 1, 2))),
    "integration_types": Items(OneOf((0, 1)), 1, 2),
    "options": Items(OPTION, 0, 25),
}


def check_kind(command: Json, path: Path, problems: Problems) -> None:
    """What depends on the command's type, and its whole size."""
    if (command.get("type") or CHAT_INPUT) == CHAT_INPUT:
        check_name(command["name"], path, problems)
        if not command.get("description"):
            problems.add((*path, "description"), "BASE_TYPE_REQUIRED", "This field is required")
        elif len(command["description"]) > 100:
            problems.add((*path, "description"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        check_options(command.get("options") or [], (*path, "options"), problems)
    else:
        for name in ("description", "options"):
            if command.get(name):
                message = f"Context menu commands cannot have {name}"
                problems.add((*path, name), "APPLICATION_COMMAND_CONTEXT_MENU_INVALID", message)
    if command_size(command) > 8000:
        message = "Command exceeds maximum size (8000)"
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


COMMAND = Fields(COMMON, ("name",), check_kind)


def command_size(part: Json) -> int:
    """The characters of all names, descriptions and text values."""
    own = sum(len(str(part.get(name) or "")) for name in ("name", "description"))
    choices = part.get("choices") or []
    own += sum(len(each["name"]) + len(str(each["value"])) for each in choices)
    return own + sum(command_size(option) for option in part.get("options") or [])


def check_command(body: Any, others: Sequence[Json] = ()) -> None:
    """Refuse a single command that is wrong, or one more than there may be."""
    problems = Problems()
    COMMAND.check(body, (), problems)
    problems.raise_if_any()
    kind = body.get("type") or CHAT_INPUT
    if len(others) >= MOST[kind]:
        message = f"Maximum number of application commands reached ({MOST[kind]})."
        raise DiscordError(400, 30032, message)


def check_commands(bodies: Any) -> None:
    """Refuse a whole list of commands for anything wrong in it."""
    problems = Problems()
    Items(COMMAND).check(bodies, (), problems)
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
