"""The prompts a describe has found, wherever its record keeps them."""

import re

from bot.imaginepro import wire

# "1️⃣", "2." or "3)" in front of a prompt.
_NUMBER = re.compile(r"^(?:[1-9]\ufe0f?\u20e3|[1-9][.)](?=\s))\s*")


def described(fields: dict[str, object]) -> tuple[str, ...]:
    """The texts in a job's record: its `response.content`, else its prompt, else a `uri` that is a text.

    Where they are is not documented, so the first place with a text is taken. A web address is no prompt.
    """
    content = wire.record(fields.get("response")).get("content")
    places = (content, fields.get("prompt"), fields.get("uri"))
    return next((found for found in map(_texts, places) if found), ())


def _texts(value: object) -> tuple[str, ...]:
    """The entries of a list, or the lines of a text, without the numbers in front."""
    listed = wire.array(value)
    entries = (wire.text(value) or "").splitlines() if listed is None else map(wire.text, listed)
    plain = (_NUMBER.sub("", entry.strip()) for entry in entries if entry)
    return tuple(entry for entry in plain if entry and not wire.web_address(entry))
