"""Calls that edit pictures by instructions (Nano Banana, Gemini), and Z-Image."""

from collections.abc import Sequence
from typing import Literal, Unpack

from pydantic import BaseModel, ConfigDict

from bot.imaginepro.calls.flux import check_side
from bot.imaginepro.http.base import Api, JobOptions
from bot.imaginepro.models import Submission

EDIT_MODELS = ("nano-banana", "nano-banana-2", "gemini-2.5-flash-image-preview", "gemini-3-pro-image-preview")
GEMINI_MODELS = (*EDIT_MODELS, "flux-1.1-pro")
LONGEST_Z_IMAGE_SIDE = 1024
_Z_IMAGE_STEPS = 4


class TextBlock(BaseModel):
    """An instruction among the contents of an edit."""

    model_config = ConfigDict(frozen=True)

    type: Literal["text"] = "text"
    text: str


class ImageBlock(BaseModel):
    """A picture among the contents of an edit, by its public URL."""

    model_config = ConfigDict(frozen=True)

    type: Literal["image"] = "image"
    url: str


ContentBlock = TextBlock | ImageBlock


class Editing(Api):
    """The newer models; their jobs have no buttons."""

    async def edit(
        self, contents: Sequence[ContentBlock], *, model: str | None = None, **options: Unpack[JobOptions]
    ) -> Submission:
        """The job that makes one picture of texts and pictures (universal call). Costs credits.

        `model` is one of `EDIT_MODELS`, nano-banana when `None`. ValueError without contents.
        """
        return await self._submit("/universal/imagine", {"contents": _blocks(contents), "model": model}, options)

    async def gemini(
        self, contents: Sequence[ContentBlock], *, model: str | None = None, **options: Unpack[JobOptions]
    ) -> Submission:
        """Like `edit`, with Gemini unless `model` (of `GEMINI_MODELS`) says otherwise. The price is not documented."""
        return await self._submit("/gemini/imagine", {"contents": _blocks(contents), "model": model}, options)

    async def zimage(
        self, prompt: str, *, width: int | None = None, height: int | None = None, **options: Unpack[JobOptions]
    ) -> Submission:
        """The job just started for `prompt` with Z-Image. Costs credits.

        `width` and `height` are pixels, 1024 when `None`; ValueError unless multiples of 8 up to 1024.
        """
        check_side("width", width, LONGEST_Z_IMAGE_SIDE)
        check_side("height", height, LONGEST_Z_IMAGE_SIDE)
        fields = {"prompt": prompt, "steps": _Z_IMAGE_STEPS, "width": width, "height": height}
        return await self._submit("/universal/zimage", fields, options)


def _blocks(contents: Sequence[ContentBlock]) -> list[dict[str, str]]:
    if not contents:
        raise ValueError("An edit needs at least one text or picture.")
    return [block.model_dump() for block in contents]
