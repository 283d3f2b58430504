"""The kind of result that a job ends with."""

from enum import StrEnum

from bot.imaginepro import Job


class ResultKind(StrEnum):
    """The kind of result that a member waits for.

    A picture may turn out to be a video: a button such as Animate makes one. The file's bytes decide, see
    `bot.services.images.results`.
    """

    PICTURE = "picture"
    TEXTS = "texts"
    VIDEO = "video"

    def is_in(self, job: Job) -> bool:
        """Whether the job has this result; a job can be DONE without one."""
        match self:
            case ResultKind.PICTURE:
                return job.has_picture or job.has_video
            case ResultKind.TEXTS:
                return bool(job.texts)
            case ResultKind.VIDEO:
                return job.has_video

    def may_be_in(self, job: Job) -> bool:
        """Whether the job has this result, or a file that may be it: a video's address may be in `uri` alone."""
        return self.is_in(job) or (self is ResultKind.VIDEO and job.has_picture)


def video_urls(job: Job, expected: ResultKind) -> tuple[str, ...]:
    """The addresses that the job's record names as videos, in the order of their index."""
    # Only the video call is documented to list videos in `results`; elsewhere they may be pictures.
    lists_videos = expected is ResultKind.VIDEO or job.video_url is not None or not job.has_picture
    ordered = tuple(result.url for result in sorted(job.results, key=lambda result: result.index))
    return (ordered if lists_videos else ()) or tuple(filter(None, [job.video_url]))
