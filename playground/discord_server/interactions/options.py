"""What a member typed into a slash command, checked as Discord's client checks it before it sends."""

from typing import Any

from playground.discord_server.base.errors import Refused
from playground.discord_server.base.json import Json

from .resolved import Resolved

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
LARGEST = 2**53


def filled_in(definitions: list[Json], given: list[Json], resolved: Resolved) -> list[Json]:
    """The options of the interaction; Refused says what is missing or wrong."""
    given = understood(given)
    if any(each["type"] in (SUBCOMMAND, GROUP) for each in definitions):
        definition, choice = chosen(definitions, given)
        inner = filled_in(definition.get("options") or [], choice.get("options") or [], resolved)
        return [{"name": definition["name"], "type": definition["type"], "options": inner}]
    values = {each["name"]: each.get("value") for each in given}
    unknown = values.keys() - {each["name"] for each in definitions}
    if unknown:
        raise Refused(f"Unknown option: {', '.join(sorted(unknown))}")
    filled = []
    for definition in definitions:
        value = values.get(definition["name"])
        if value is None or value == "":
            if definition.get("required"):
                raise Refused(f"The option “{definition['name']}” is required.")
            continue
        checked = check_value(definition, value, resolved)
        filled.append({"name": definition["name"], "type": definition["type"], "value": checked})
    return filled


def understood(given: Any) -> list[Json]:
    """The options as a client sends them; Refused when they are anything else."""
    if isinstance(given, list) and all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in given):
        return given
    raise Refused("This could not be understood.")


def chosen(definitions: list[Json], given: list[Json]) -> tuple[Json, Json]:
    """The one subcommand that was chosen, and what was given to it."""
    if len(given) != 1:
        raise Refused("Choose a subcommand.")
    for definition in definitions:
        if definition["name"] == given[0]["name"]:
            return definition, given[0]
    raise Refused(f"Unknown subcommand: {given[0]['name']}")


def check_value(definition: Json, value: Any, resolved: Resolved) -> Any:
    """The value in the option's type."""
    kind, name = definition["type"], definition["name"]
    try:
        typed = in_type(kind, value, resolved)
    except (KeyError, ValueError, TypeError):
        raise Refused(f"“{value}” is not possible for the option “{name}”.") from None
    choices = [choice["value"] for choice in definition.get("choices") or []]
    if choices and typed not in choices:
        raise Refused(f"“{value}” is none of the choices of the option “{name}”.")
    size, low, high = typed, definition.get("min_value"), definition.get("max_value")
    if kind == STRING:
        size, low, high = len(typed), definition.get("min_length"), definition.get("max_length") or 6000
    if kind in (STRING, INTEGER, NUMBER):
        check_bounds(name, size, low, high, "characters" if kind == STRING else "")
    wanted = definition.get("channel_types")
    if kind == CHANNEL and wanted and resolved.found["channels"][typed]["type"] not in wanted:
        raise Refused(f"This channel is not possible for the option “{name}”.")
    return typed


def check_bounds(name: str, size: float, low: float | None, high: float | None, unit: str) -> None:
    """Refuse a number or length outside the option's bounds."""
    if low is not None and size < low:
        raise Refused(f"The option “{name}” must be at least {low} {unit}".strip() + ".")
    if high is not None and size > high:
        raise Refused(f"The option “{name}” must be at most {high} {unit}".strip() + ".")


def in_type(kind: int, value: Any, resolved: Resolved) -> Any:
    """The value as the bot will receive it; ValueError, TypeError or KeyError when it can't be."""
    if kind == STRING:
        return text(value)
    if kind == INTEGER:
        return whole(value)
    if kind == BOOLEAN:
        return {True: True, False: False, "true": True, "false": False}[value]
    if kind == NUMBER:
        return float(text(value)) if isinstance(value, str) else 0 + value
    if kind == CHANNEL:
        return resolved.channel(value).id
    lookups = {
        USER: resolved.user,
        ROLE: resolved.role,
        MENTIONABLE: resolved.mentionable,
        ATTACHMENT: resolved.attachment,
    }
    return lookups[kind](value)


def text(value: Any) -> str:
    """A string as it is; anything else can't have been typed."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def whole(value: Any) -> int:
    """An integer within what JavaScript can hold."""
    number = int(value)
    if isinstance(value, bool) or number != float(value) or abs(number) > LARGEST:
        raise ValueError(value)
    return number


def typed_so_far(definitions: list[Json], given: list[Json]) -> list[Json]:
    """The options of an autocomplete interaction: unchecked, one of them focused."""
    known = {each["name"]: each for each in definitions}
    options = []
    for each in understood(given):
        definition = known.get(each["name"])
        if definition is None:
            raise Refused(f"Unknown option: {each['name']}")
        option: Json = {"name": definition["name"], "type": definition["type"]}
        if definition["type"] in (SUBCOMMAND, GROUP):
            inner = typed_so_far(definition.get("options") or [], each.get("options") or [])
            option["options"] = inner
        else:
            option["value"] = each.get("value")
        if each.get("focused"):
            if not definition.get("autocomplete"):
                raise Refused(f"The option “{definition['name']}” offers nothing.")
            option |= {"focused": True, "value": str(each.get("value") or "")}
        options.append(option)
    return options
