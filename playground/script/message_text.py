"""A message as a member reads it, in one line, without addresses."""

import re
from collections.abc import Iterable

from playground.discord_server import buttons, media, selects, texts
from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import EPHEMERAL, LOADING

LONGEST = 300
# Addresses are left out because some of them suffice to act in a member's name.
_LINK = re.compile(r"\[([^\]]*)\]\(<?[^)>]*>?\)")
_ADDRESS = re.compile(r"<?\b[a-z]+://[^\s>)]+>?")
_MENTION = re.compile(r"<@!?(\d+)>")
_TIME = re.compile(r"<t:\d+(?::\w)?>")
_ESCAPE = re.compile(r"\\([^\w\s])")
_ORNAMENT = re.compile(r"\*\*|^-# |[▰▱]+ ?", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def plain(text: str, names: dict[str, str]) -> str:
    """Words without markup: links as their text, people by name, times and addresses as a word."""
    text = _ADDRESS.sub("(link)", _LINK.sub(r"\1", text))
    text = _MENTION.sub(lambda match: f"@{names.get(match[1], 'somebody')}", _TIME.sub("(time)", text))
    return _ESCAPE.sub(r"\1", _ORNAMENT.sub("", text))


def reading(message: Json) -> str:
    """All that a member reads on a message."""
    author = message["author"]
    asked_by = (message.get("interaction_metadata") or {}).get("user") or author
    people = [author, asked_by, *message.get("mentions", [])]
    return plain(texts(message), {user["id"]: user["username"] for user in people})


def button_names(button: Json) -> set[str]:
    """What a button can be called: its label, its emoji, or both."""
    label, emoji = button.get("label"), (button.get("emoji") or {}).get("name")
    return {name for name in (label, emoji, f"{emoji} {label}") if name}


def shown_on(button: Json) -> str:
    """What stands on a button."""
    name = button.get("label") or (button.get("emoji") or {}).get("name") or "?"
    return f"{name} (disabled)" if button.get("disabled") else name


def pictures(message: Json) -> list[Json]:
    """The pictures and files that it shows."""
    return [*media(message), *message.get("attachments", [])]


def _caption(picture: Json) -> str:
    return picture.get("description") or picture.get("filename") or "no text"


def parts(message: Json) -> list[str]:
    """What is seen on a message, from top to bottom."""
    if message["flags"] & LOADING:
        return ["is thinking …"]
    found = [line for line in reading(message).splitlines() if line.strip()]
    found += [f"[picture: {_caption(each)}]" for each in pictures(message)]
    found += [f"[menu: {each.get('placeholder') or ''}]" for each in selects(message)]
    if names := [shown_on(each) for each in buttons(message)]:
        found.append(f"[buttons: {' · '.join(names)}]")
    return [part if len(part) <= LONGEST else f"{part[:LONGEST]}…" for part in found] or ["(empty)"]


def told(message: Json) -> str:
    """The whole message in one line."""
    return " / ".join(parts(message))


def shape(told: Iterable[str]) -> str:
    """The same for two states that differ in numbers alone."""
    return _NUMBER.sub("#", "\n".join(told))


def is_private(message: Json) -> bool:
    """Whether one member alone sees it."""
    return bool(message["flags"] & EPHEMERAL)
