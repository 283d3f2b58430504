"""What the mask editor's page needs of the rest of the bot."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MaskTask:
    """The picture that a link is about, its size in pixels, and the prompt that the editor begins with."""

    picture: bytes = field(repr=False)
    content_type: str
    width: int
    height: int
    prompt: str


class MaskDesk(Protocol):
    """Knows what a ticket, the secret part of a link, stands for. Both calls raise UserError in words for the page."""

    async def look(self, ticket: str) -> MaskTask:
        """The picture and prompt behind a link, which stays valid.

        Called twice for each opened page, for the prompt and for the picture, and never by a mere preview of the link.
        Raises UserError when the link is expired, used, foreign or malformed.
        """
        ...

    async def submit(self, ticket: str, mask: bytes, prompt: str) -> str:
        """Start the job; returns the sentence to show.

        `mask` is whatever the browser sent, up to `masks.MAX_MASK_BYTES`, and not yet checked. May be called twice at
        once for one link. Raises UserError when the link, the mask or the prompt won't do.
        """
        ...
