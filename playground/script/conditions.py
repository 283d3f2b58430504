"""What can be waited for and expected on a message."""

from __future__ import annotations

from dataclasses import dataclass

from playground.discord_server import buttons
from playground.discord_server.base.json import Json
from playground.script.message_text import button_names, is_private, pictures, reading
from playground.script.step_patterns import BUTTON, StepMatch

CONDITION = rf'(?:(?P<private>private )?(?P<text>"[^"]+")|button {BUTTON}|(?P<picture>a picture))'


@dataclass(frozen=True)
class Condition:
    """A text, a button or a picture; exactly one of them is asked for."""

    text: str = ""
    button: str = ""
    picture: bool = False
    private: bool = False

    @classmethod
    def of(cls, words: StepMatch) -> Condition:
        """What stood in the place of SIGHT."""
        return cls(words.text("text"), words.text("button"), "picture" in words, "private" in words)

    def shown_on(self, message: Json) -> bool:
        """Whether a member sees it on the message."""
        if self.private and not is_private(message):
            return False
        if self.text:
            return self.text in reading(message)
        if self.button:
            return any(self.button in button_names(each) for each in buttons(message))
        return bool(pictures(message))

    def __str__(self) -> str:
        if self.text:
            return f"{'private ' if self.private else ''}“{self.text}”"
        return f"the button “{self.button}”" if self.button else "a picture"
