"""Calls for videos: from one picture to another, extended, polled."""

from typing import Annotated, Unpack

from pydantic import AliasChoices, BeforeValidator, Field

from bot.imaginepro import parsing
from bot.imaginepro.http.base import Api, JobOptions
from bot.imaginepro.models import Job, Reply, Submission, Url


class VideoResult(Reply):
    """One video of a job; `index`, from 0, is the argument of `extend_video`."""

    url: str
    index: int


def _results(value: object) -> tuple[VideoResult, ...]:
    """The entries with a usable URL; a missing index is the position in the list."""
    plain = (entry.model_dump() if isinstance(entry, VideoResult) else entry for entry in parsing.items(value))
    entries = enumerate(map(parsing.json_object, plain))
    return tuple(
        VideoResult(url=url, index=position if (named := parsing.credit_count(entry.get("index"))) is None else named)
        for position, entry in entries
        if (url := parsing.web_url(entry.get("url")))
    )


class VideoJob(Job):
    """A video's job: a `Job` with the first video's URL and all results."""

    video_url: Url = Field(default=None, validation_alias=AliasChoices("videoUrl", "video_url"))
    results: Annotated[tuple[VideoResult, ...], BeforeValidator(_results)] = ()

    @property
    def has_video(self) -> bool:
        """Whether there is a video to show; a job can be DONE without one."""
        return self.video_url is not None or bool(self.results)


class Videos(Api):
    """The video calls; their jobs are polled by a call of their own."""

    async def video(self, start: str, end: str, prompt: str, **options: Unpack[JobOptions]) -> Submission:
        """The job that moves from picture `start` to picture `end`, both addresses. Costs credits.

        Takes up to 15 minutes; poll it with `video_progress`.
        """
        fields = {"startFrameUrl": start, "endFrameUrl": end, "prompt": prompt}
        return await self._submit("/video/mj/generate", fields, options)

    async def extend_video(self, message_id: str, index: int, **options: Unpack[JobOptions]) -> Submission:
        """Start a job that extends result `index` (from 0) of a finished video. The price is not documented.

        ValueError for a negative index.
        """
        if index < 0:
            raise ValueError(f"index must be 0 or more, not {index}.")
        return await self._submit("/video/mj/extend", {"messageId": message_id, "index": index}, options)

    async def video_progress(self, message_id: str) -> VideoJob:
        """The video's job as it is now. Free. A failed job is returned, not raised."""
        body = await self._request(self._read_of_job("/video/mj/fetch", message_id))
        return VideoJob.from_body(body, polled_id=message_id)
