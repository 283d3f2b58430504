"""Calls for videos: from one picture to another, extended, polled."""

from typing import Unpack

from bot.imaginepro.http.base import Api, JobOptions
from bot.imaginepro.models import Job, Submission


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

    async def video_progress(self, message_id: str) -> Job:
        """The video's job as it is now. Free. A failed job is returned, not raised."""
        body = await self._request(self._read_of_job("/video/mj/fetch", message_id))
        return Job.from_body(body, polled_id=message_id)
