"""What Discord accepts as the options of a slash command."""

import re
from collections.abc import Sequence
from typing import Any

from playground.discord_server.base.json import Json

from .localizations import Localized, longest, spellings
from .problems import Path, Problems
from .rules import Anything, Boolean, Fields, Items, Later, Number, OneOf, Rule, Text

SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, NUMBER = 3, 4, 10
CHANNEL_KINDS = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)
LARGEST = 2**53 - 1

# Letters and digits of any script, dashes, underscores and apostrophes; where a script has cases, lower case.
NAME = re.compile(r"[-_'\w]{1,32}")
DESCRIPTION = Text(1, 100)
VALUES: dict[int, Rule] = {
    STRING: Text(1, 100),
    INTEGER: Number(-LARGEST, LARGEST),
    NUMBER: Number(-LARGEST, LARGEST, whole=False),
}
BOUNDS: dict[int, dict[str, Rule]] = {
    STRING: {"min_length": Number(0, 6000), "max_length": Number(1, 6000)},
    **{kind: {"min_value": VALUES[kind], "max_value": VALUES[kind]} for kind in (INTEGER, NUMBER)},
}


def check_name(part: Json, path: Path, problems: Problems) -> None:
    """The name of a slash command or option, and its translations."""
    for name, place in spellings(part, "name"):
        if not NAME.fullmatch(name):
            message = f'Command name is invalid: "{name}" did not match ^[-_\'\\p{{L}}\\p{{N}}]{{1,32}}$'
            problems.add((*path, *place), "APPLICATION_COMMAND_INVALID_NAME", message)
        elif name != name.lower():
            message = "Command names of chat input commands must be lowercase"
            problems.add((*path, *place), "APPLICATION_COMMAND_INVALID_NAME", message)


def check_option(option: Json, path: Path, problems: Problems) -> None:
    """What depends on the option's type."""
    check_name(option, path, problems)
    kind = option["type"]
    if option.get("choices") and option.get("autocomplete"):
        message = "Autocomplete and choices cannot both be set"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", message)
    if option.get("autocomplete") and kind not in BOUNDS:
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Autocomplete is not possible here")
    check_bounds(option, path, problems)
    check_choices(option, path, problems)
    check_inner(option, path, problems)


def check_bounds(option: Json, path: Path, problems: Problems) -> None:
    """The least is of the option's type, and no more than the most."""
    before = len(problems)
    rules = {name: rule for name, rule in BOUNDS.get(option["type"], {}).items() if option.get(name) is not None}
    for name, rule in rules.items():
        rule.check(option[name], (*path, name), problems)
    if len(rules) == 2 and len(problems) == before:
        low, high = rules
        Number(option[low], whole=False).check(option[high], (*path, high), problems)


def check_choices(option: Json, path: Path, problems: Problems) -> None:
    """Choices have the option's type and differ from each other."""
    rule = VALUES.get(option.get("type", 0))
    seen: set[str] = set()
    for index, choice in enumerate(option.get("choices") or []):
        place = (*path, "choices", index)
        if rule is not None:
            rule.check(choice["value"], (*place, "value"), problems)
        if choice["name"] in seen:
            message = "The specified choice name is already used"
            problems.add((*place, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE", message)
        seen.add(choice["name"])


def check_inner(option: Json, path: Path, problems: Problems) -> None:
    """Groups hold subcommands, subcommands hold options, and options hold nothing."""
    kind, inner, place = option["type"], option.get("options") or [], (*path, "options")
    if inner and kind not in (SUBCOMMAND, GROUP):
        problems.add(place, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This type has no options")
    check_options(inner, place, problems)
    kinds = {each.get("type") for each in inner}
    if (kind == GROUP and kinds - {SUBCOMMAND}) or (kind == SUBCOMMAND and {SUBCOMMAND, GROUP} & kinds):
        message = "Sub-command and sub-command group option types are mutually nested"
        problems.add(place, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


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


CHOICE = Fields(
    {"name": Text(1, 100), "name_localizations": Localized(Text(1, 100)), "value": Anything()}, ("name", "value")
)
OPTION = Fields(
    {
        "type": OneOf(tuple(range(1, 12))),
        "name": Text(1, 32),
        "name_localizations": Localized(Text(1, 32)),
        "description": DESCRIPTION,
        "description_localizations": Localized(DESCRIPTION),
        "required": Boolean(),
        "choices": Items(CHOICE, 0, 25),
        "options": Items(Later(lambda: OPTION), 0, 25),
        "channel_types": Items(OneOf(CHANNEL_KINDS), unique=True),
        "autocomplete": Boolean(),
    },
    ("type", "name", "description"),
    check_option,
)


def options_size(part: Json) -> int:
    """The characters of all names, descriptions and text values; of translations the longest counts."""
    own = longest(part, "name") + longest(part, "description")
    choices = part.get("choices") or []
    own += sum(longest(each, "name") + len(str(each["value"])) for each in choices)
    return own + sum(options_size(option) for option in part.get("options") or [])
