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
                # A video's address may be in `uri` alone.
                return bool(job.has_picture or job.buttons)


def video_urls(job: Job, expected: ResultKind) -> tuple[str, ...]:
    """The addresses that the job's record names as videos, in the order of their index."""
    # Only the video call is documented to list videos in `results`; elsewhere they may be pictures.
    lists_videos = expected is ResultKind.VIDEO or job.video_url is not None or not job.has_picture
    ordered = tuple(result.url for result in sorted(job.results, key=lambda result: result.index))
    return (ordered if lists_videos else ()) or tuple(filter(None, [job.video_url]))
