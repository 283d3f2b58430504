"""A scripted mask service with one picture, which checks masks as the bot does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps

from bot.errors import UserError
from bot.services.images.decoding.masks import checked_mask
from bot.web import MaskTask

TICKET = "t-5f1c0a9e77b24d0c"
EXPIRED = "This link has expired. Press Vary (Region) again for a new one."
SENTENCE = "Your change is on its way; see the channel."


def scene(width: int, height: int) -> bytes:
    """A picture with a sky, a sun and ground, as PNG."""
    image = Image.linear_gradient("L").resize((width, height))
    sky = ImageOps.colorize(image, "#283a9e", "#f0a878")
    sky.paste("#ffd27a", (width * 3 // 5, height // 5, width * 4 // 5, height // 5 + width // 5))
    sky.paste("#2e4a3a", (0, height * 4 // 5, width, height))
    target = BytesIO()
    sky.save(target, "PNG")
    return target.getvalue()


@dataclass
class ScriptedMaskService:
    """Accepts TICKET until a mask is accepted.

    `refusal` and `failure` are raised if set; `submit` waits for `gate` if set.
    """

    width: int = 120
    height: int = 80
    prompt: str = "a harbour at dawn"
    content_type: str = "image/png"
    used: bool = False
    looks: int = 0
    masks: list[Image.Image] = field(default_factory=list[Image.Image])
    prompts: list[str] = field(default_factory=list[str])
    sent: list[bytes] = field(default_factory=list[bytes])
    refusal: str | None = None
    failure: Callable[[], Exception] | None = None
    gate: asyncio.Event | None = None

    def member_of(self, ticket: str) -> int:
        if ticket != TICKET:
            raise UserError(EXPIRED)
        return 7

    async def load(self, ticket: str) -> MaskTask:
        self.looks += 1
        self._check(ticket)
        return MaskTask(scene(self.width, self.height), self.content_type, self.width, self.height, self.prompt)

    async def submit(self, ticket: str, mask: bytes, prompt: str) -> str:
        self._check(ticket)
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal is not None:
            raise UserError(self.refusal)
        checked = checked_mask(mask, self.width, self.height)
        self.used = True
        self.sent.append(mask)
        self.masks.append(Image.open(BytesIO(checked)))
        self.prompts.append(prompt)
        return SENTENCE

    def _check(self, ticket: str) -> None:
        if self.failure is not None:
            raise self.failure()
        if ticket != TICKET or self.used:
            raise UserError(EXPIRED)
