"""The prompts of a described picture, as they are read."""

from collections.abc import Sequence

from bot.ui.text import escape, shorten

MAX_PROMPTS = 4
"""Midjourney finds four; each has a button."""


def prompts_text(texts: Sequence[str], room: int) -> str:
    """The prompts, each with the number of its button, in at most `room` characters together."""
    shown = texts[:MAX_PROMPTS]
    room_each = room // len(shown) - len("**1** \n\n")
    return "\n\n".join(f"**{number}** {shorten(escape(text), room_each)}" for number, text in enumerate(shown, 1))
