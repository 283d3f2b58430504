"""Reads a job's reply as a member sees it."""

import re
from typing import Any

from playground.discord_server import buttons, media, texts

Message = dict[str, Any]


def percent(message: Message) -> int | None:
    """The percentage in the reply of a running job."""
    found = re.search(r"\*\*(\d+) %\*\*", texts(message))
    return int(found[1]) if found else None


def labels(message: Message) -> list[str]:
    """The labels of the message's buttons."""
    return [button.get("label") or "" for button in buttons(message)]


def has_picture_and_button(label: str):
    """A check whether a message has a picture and a button with this label."""
    return lambda message: label in labels(message) and bool(media(message))


def is_running(message: Message) -> bool:
    """Whether the reply shows a percentage between 0 and 100."""
    return 0 < (percent(message) or 0) < 100
