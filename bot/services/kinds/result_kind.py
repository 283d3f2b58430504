"""What a finished job must have to show for itself."""

from enum import StrEnum

from bot.imaginepro import Job, VideoJob


class ResultKind(StrEnum):
    """The thing a member waits for."""

    PICTURE = "picture"
    TEXTS = "texts"
    VIDEO = "video"

    def is_in(self, job: Job) -> bool:
        """Whether the record holds it; a job can be DONE without."""
        match self:
            case ResultKind.PICTURE:
                return job.has_picture
            case ResultKind.TEXTS:
                return bool(job.texts)
            case ResultKind.VIDEO:
                return isinstance(job, VideoJob) and job.has_video


def video_urls(job: Job) -> tuple[str, ...]:
    """The addresses of a finished job's videos in the order in which they can be extended; none for other jobs."""
    if not isinstance(job, VideoJob):
        return ()
    listed = tuple(result.url for result in sorted(job.results, key=lambda result: result.index))
    return listed or tuple(filter(None, [job.video_url]))
