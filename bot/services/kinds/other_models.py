"""The requests to FLUX, Nano Banana, Gemini, Z-Image and the tools."""

from typing import Literal

from pydantic import Field

from bot.imaginepro import EDIT_MODELS, ImageBlock, ImagineProClient, JobOptions, Submission, TextBlock
from bot.services import prices
from bot.services.kinds.base import BaseRequest
from bot.store import JobKind, JobRecord, NewJob


class FluxRequest(BaseRequest):
    """One to four pictures by FLUX; sides are in pixels, quality in percent."""

    kind: Literal[JobKind.FLUX] = JobKind.FLUX
    count: int = Field(default=1, ge=1, le=4)
    width: int | None = None
    height: int | None = None
    aspect_ratio: str | None = None
    output_format: str | None = None
    output_quality: int | None = None
    model: str | None = None

    @property
    def name(self) -> str:
        return "FLUX"

    def cost(self, job: NewJob) -> int | None:
        return prices.FLUX_PICTURE * self.count

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        chosen = self.model_dump(exclude={"kind", "count", "model"})
        return await api.flux(job.prompt, count=self.count, model=self.model, **chosen, **options)


class UpscaleRequest(BaseRequest):
    """A picture enlarged `scale` times (2 to 4)."""

    kind: Literal[JobKind.UPSCALE] = JobKind.UPSCALE
    image: str
    scale: float = Field(ge=2, le=4)

    @property
    def name(self) -> str:
        return f"Upscale ×{self.scale:g}"

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.image,)

    def cost(self, job: NewJob) -> int | None:
        return prices.FLUX_UPSCALE

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.flux_upscale(self.image, self.scale, **options)


class RemoveBackgroundRequest(BaseRequest):
    """A picture without its background."""

    kind: Literal[JobKind.REMOVE_BACKGROUND] = JobKind.REMOVE_BACKGROUND
    image: str

    @property
    def name(self) -> str:
        return "Remove background"

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.image,)

    def cost(self, job: NewJob) -> int | None:
        return prices.REMOVE_BACKGROUND

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.remove_background(self.image, **options)


class EditRequest(BaseRequest):
    """Pictures edited as the prompt says, with one of `EDIT_MODELS` or `GEMINI_MODELS`."""

    kind: Literal[JobKind.EDIT] = JobKind.EDIT
    images: tuple[str, ...] = Field(min_length=1)
    model: str | None = None

    @property
    def is_universal(self) -> bool:
        """Whether the universal call supports the model; the older Gemini call supports one more."""
        return self.model is None or self.model in EDIT_MODELS

    @property
    def name(self) -> str:
        return "Edit"

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.images

    def cost(self, job: NewJob) -> int | None:
        """The published price in credits; the Gemini call has none."""
        return prices.EDIT if self.is_universal else None

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        contents = [*(ImageBlock(url=url) for url in self.images), TextBlock(text=job.prompt)]
        call = api.edit if self.is_universal else api.gemini
        return await call(contents, model=self.model, **options)


class ZImageRequest(BaseRequest):
    """One picture by Z-Image; sides are in pixels."""

    kind: Literal[JobKind.Z_IMAGE] = JobKind.Z_IMAGE
    width: int | None = None
    height: int | None = None

    @property
    def name(self) -> str:
        return "Z-Image"

    def cost(self, job: NewJob) -> int | None:
        return prices.Z_IMAGE

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.zimage(job.prompt, width=self.width, height=self.height, **options)
