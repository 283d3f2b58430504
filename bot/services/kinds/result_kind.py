"""The kind of result that a job ends with."""

from enum import StrEnum

from bot.imaginepro import Job, VideoJob


class ResultKind(StrEnum):
    """The kind of result that a member waits for."""

    PICTURE = "picture"
    TEXTS = "texts"
    VIDEO = "video"

    def is_in(self, job: Job) -> bool:
        """Whether the job has this result; a job can be DONE without one."""
        match self:
            case ResultKind.PICTURE:
                return job.has_picture
            case ResultKind.TEXTS:
                return bool(job.texts)
            case ResultKind.VIDEO:
                return isinstance(job, VideoJob) and job.has_video

    def has_remains_in(self, job: Job) -> bool:
        """Whether a job without this result has something else that a member can use: another file, or buttons.

        It was made and paid then, so a second try is no help.
        """
        match self:
            case ResultKind.PICTURE:
                return bool(job.original_url or job.tiles or job.buttons)
            case ResultKind.TEXTS:
                return False
            case ResultKind.VIDEO:
                return bool(job.buttons)


def video_urls(job: Job) -> tuple[str, ...]:
    """The addresses of a job's videos, in the order of their index; empty for other jobs."""
    if not isinstance(job, VideoJob):
        return ()
    ordered = tuple(result.url for result in sorted(job.results, key=lambda result: result.index))
    return ordered or tuple(filter(None, [job.video_url]))
