"""Calls for FLUX pictures, and for upscaling and background removal of any picture."""

from typing import Unpack

from bot.imaginepro.http.base import Api, JobOptions
from bot.imaginepro.models import Submission

FLUX_MODELS = ("flux-1.1-pro",)


class Flux(Api):
    """FLUX, its upscaler and the background remover; their jobs have no buttons."""

    async def flux(
        self,
        prompt: str,
        *,
        count: int | None = None,
        width: int | None = None,
        height: int | None = None,
        aspect_ratio: str | None = None,
        output_format: str | None = None,
        output_quality: int | None = None,
        model: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission:
        """The job just started for `count` pictures (docs.imaginepro.ai, FLUX). Each costs credits.

        The service chooses what is `None`. ValueError unless `count` is 1 to 4, `width` and `height` (pixels) are
        multiples of 8 and `output_quality` is 0 to 100 percent.
        """
        check_range("count", count, 1, 4)
        check_range("output_quality", output_quality, 0, 100)
        check_side("width", width)
        check_side("height", height)
        fields = {
            "prompt": prompt,
            "n": count,
            "width": width,
            "height": height,
            "aspect_ratio": aspect_ratio,
            "output_format": output_format,
            # A string in the documentation, though it holds a number.
            "output_quality": None if output_quality is None else str(output_quality),
            "model": model,
        }
        return await self._submit("/flux/imagine", fields, options)

    async def flux_upscale(self, image: str, scale: float, **options: Unpack[JobOptions]) -> Submission:
        """The job that enlarges the picture at address `image`. Costs credits.

        ValueError unless `scale` is 2 to 4.
        """
        check_range("scale", scale, 2, 4)
        return await self._submit("/flux/upscale", {"image": image, "scale": scale}, options)

    async def remove_background(self, image: str, **options: Unpack[JobOptions]) -> Submission:
        """The job that cuts out the subject of the picture at address `image`. Costs credits."""
        return await self._submit("/tools/remove-bg", {"image": image}, options)


def check_range(name: str, value: float | None, lowest: float, highest: float) -> None:
    """Raise ValueError for a value outside the documented range."""
    if value is not None and not lowest <= value <= highest:
        raise ValueError(f"{name} must be {lowest} to {highest}, not {value}.")


def check_side(name: str, pixels: int | None, longest: int | None = None) -> None:
    """Raise ValueError for a side that is not a positive multiple of 8, or longer than `longest` pixels."""
    if pixels is not None and (pixels <= 0 or pixels % 8 or pixels > (longest or pixels)):
        limit = f" up to {longest}" if longest else ""
        raise ValueError(f"{name} must be a multiple of 8{limit}, not {pixels}.")
