"""What a member sees of a job's reply."""

import re
from typing import Any

from playground.discord_server import buttons, media, texts

Message = dict[str, Any]


def percent(message: Message) -> int | None:
    """The percentage on a running job's reply."""
    found = re.search(r"\*\*(\d+) %\*\*", texts(message))
    return int(found[1]) if found else None


def labels(message: Message) -> list[str]:
    """The words on its buttons."""
    return [button.get("label") or "" for button in buttons(message)]


def offers(label: str):
    """Whether a message has its picture and a button of this name."""
    return lambda message: label in labels(message) and bool(media(message))


def climbing(message: Message) -> bool:
    """Whether the job is in the middle of its work."""
    return 0 < (percent(message) or 0) < 100
