"""Parses a typed slash command by the options that the bot has registered."""

import re
from pathlib import Path
from typing import Any

from playground.discord_server import Upload
from playground.discord_server.base.json import Json
from playground.discord_server.interactions.options import ATTACHMENT, GROUP, STRING, SUBCOMMAND
from playground.script.errors import StepFailure


def parse_slash(command: Json | None, typed: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """The command's full name and its options; raises `StepFailure` for what can't be typed in Discord."""
    name, _, rest = typed.removeprefix("/").partition(" ")
    definitions: list[Json] = (command or {}).get("options") or []
    while definitions and definitions[0]["type"] in (SUBCOMMAND, GROUP):
        word, _, after = rest.strip().partition(" ")
        chosen = [each for each in definitions if each["name"] == word]
        if not chosen:
            raise StepFailure(f"/{name} needs one of: {', '.join(each['name'] for each in definitions)}")
        name, rest, definitions = f"{name} {word}", after, chosen[0].get("options") or []
    if command is None:
        return name, {}
    return name, {key: _value(key, text, definitions, folder) for key, text in _options(name, rest, definitions)}


def _options(name: str, rest: str, definitions: list[Json]) -> list[tuple[str, str]]:
    """Names with what was typed for them; what stands before the first name is for the first text."""
    names = "|".join(re.escape(each["name"]) for each in definitions)
    free, *parts = re.split(rf"(?:^|\s+)({names}):\s*", rest) if names else [rest]
    options = list(zip(parts[::2], parts[1::2], strict=True))
    if free.strip():
        texts = [each["name"] for each in definitions if each["type"] == STRING]
        if not texts:
            known = ", ".join(each["name"] for each in definitions) or "none"
            raise StepFailure(f"/{name} takes no “{free.strip()}”; its options are: {known}")
        options.insert(0, (texts[0], free))
    return [(key, text.strip()) for key, text in options]


def _value(name: str, text: str, definitions: list[Json], folder: Path) -> Any:
    definition = next(each for each in definitions if each["name"] == name)
    if definition["type"] == ATTACHMENT:
        return picture(folder, text)
    # A member picks a choice by what is shown for it.
    choices = {choice["name"]: choice["value"] for choice in definition.get("choices") or []}
    return choices.get(text, text)


def picture(folder: Path, name: str) -> Upload:
    """A file beside the script; raises `StepFailure` when it can't be read."""
    path = folder / name
    try:
        return Upload(path.name, path.read_bytes())
    except OSError as problem:
        raise StepFailure(f"the file {name} can't be read: {problem.strerror}") from None
