"""Videos between two pictures, and how they go on."""

from typing import Annotated, Unpack

from pydantic import AliasChoices, BeforeValidator, Field

from bot.imaginepro import parsing as wire
from bot.imaginepro.http.base import Api, JobOptions
from bot.imaginepro.models import Address, Job, Reply, Submission


class VideoResult(Reply):
    """One video of a job; `index` is what `extend_video` wants to hear, from 0."""

    url: str
    index: int


def _results(value: object) -> tuple[VideoResult, ...]:
    """The entries with a usable address; one without an index of its own has that of its place."""
    plain = (entry.model_dump() if isinstance(entry, VideoResult) else entry for entry in wire.items(value))
    entries = enumerate(map(wire.record, plain))
    return tuple(
        VideoResult(url=url, index=place if (named := wire.credit_count(entry.get("index"))) is None else named)
        for place, entry in entries
        if (url := wire.web_address(entry.get("url")))
    )


class VideoJob(Job):
    """The record of a video's job: a job's, with the first video's address and all results."""

    video_url: Address = Field(default=None, validation_alias=AliasChoices("videoUrl", "video_url"))
    results: Annotated[tuple[VideoResult, ...], BeforeValidator(_results)] = ()

    @property
    def has_video(self) -> bool:
        """True when there is a video to show; a job can be DONE without one."""
        return self.video_url is not None or bool(self.results)


class Videos(Api):
    """Midjourney's videos, whose jobs are read by a call of their own."""

    async def video(self, start: str, end: str, prompt: str, **options: Unpack[JobOptions]) -> Submission:
        """The job that moves from picture `start` to picture `end`, both addresses. Costs credits.

        Takes up to 15 minutes; follow it with `video_progress`.
        """
        fields = {"startFrameUrl": start, "endFrameUrl": end, "prompt": prompt}
        return await self._submit("/video/mj/generate", fields, options)

    async def extend_video(self, message_id: str, index: int, **options: Unpack[JobOptions]) -> Submission:
        """The job that continues result `index` (from 0) of a finished video. The price is not documented.

        ValueError for a negative index.
        """
        if index < 0:
            raise ValueError(f"index must be 0 or more, not {index}.")
        return await self._submit("/video/mj/extend", {"messageId": message_id, "index": index}, options)

    async def video_progress(self, message_id: str) -> VideoJob:
        """The video's job as it is now. Free. A failed job is an answer, not an error."""
        body = await self._request(self._read_of_job("/video/mj/fetch", message_id))
        return VideoJob.from_body(body, polled_id=message_id)
