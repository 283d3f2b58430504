"""What is wrong with a prompt, in a sentence for the member who wrote it."""

from bot.errors import UserError
from bot.services.prompt.cleaning import clean_text

_QUOTED = 60


class PromptError(UserError):
    """The prompt can't be sent as it is; the text says what to type instead. Nothing has been paid for."""


def quoted(text: str) -> str:
    """The member's own text inside a sentence: shortened, and as inline code so that nothing in it acts."""
    plain = clean_text(text).replace("`", "'")
    return f"`{plain[: _QUOTED - 1]}…`" if len(plain) > _QUOTED else f"`{plain or ' '}`"
