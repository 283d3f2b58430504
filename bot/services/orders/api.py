"""The part of the image API's client that starts jobs."""

from collections.abc import Sequence
from typing import Protocol, Unpack

from bot.imaginepro import ContentBlock, JobOptions, Submission


class OrderApi(Protocol):
    """The calls of the API client that start a job."""

    async def imagine(self, prompt: str, **options: Unpack[JobOptions]) -> Submission: ...

    async def boost_imagine(
        self, prompt: str, *, disable_cdn: bool = False, **options: Unpack[JobOptions]
    ) -> Submission: ...

    async def press(
        self,
        message_id: str,
        button: str,
        *,
        prompt: str | None = None,
        mask: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission: ...

    async def boost_press(
        self,
        message_id: str,
        button: str,
        *,
        disable_cdn: bool = False,
        prompt: str | None = None,
        mask: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission: ...

    async def describe(self, url: str, **options: Unpack[JobOptions]) -> Submission: ...

    async def faceswap(self, source: str, target: str, **options: Unpack[JobOptions]) -> Submission: ...

    async def blend(self, urls: Sequence[str], **options: Unpack[JobOptions]) -> Submission: ...

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
    ) -> Submission: ...

    async def flux_upscale(self, image: str, scale: float, **options: Unpack[JobOptions]) -> Submission: ...

    async def remove_background(self, image: str, **options: Unpack[JobOptions]) -> Submission: ...

    async def edit(
        self, contents: Sequence[ContentBlock], *, model: str | None = None, **options: Unpack[JobOptions]
    ) -> Submission: ...

    async def gemini(
        self, contents: Sequence[ContentBlock], *, model: str | None = None, **options: Unpack[JobOptions]
    ) -> Submission: ...

    async def zimage(
        self, prompt: str, *, width: int | None = None, height: int | None = None, **options: Unpack[JobOptions]
    ) -> Submission: ...

    async def video(self, start: str, end: str, prompt: str, **options: Unpack[JobOptions]) -> Submission: ...

    async def extend_video(self, message_id: str, index: int, **options: Unpack[JobOptions]) -> Submission: ...
