"""Words that a prompt must not hold."""

from __future__ import annotations

import re
from collections.abc import Collection

BANNED = frozenset({"bloodbath", "gore", "nude", "corpse", "beheading"})


def banned_words(prompt: str, banned: Collection[str]) -> list[str]:
    """Those of the banned words that stand in the prompt as words of their own, in alphabetical order."""
    text = prompt.lower()
    return sorted(word for word in banned if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text))
