"""The status of a job, also where a record names it in other words than the documented ones, or not at all."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from bot.imaginepro import parsing

CANCEL_BUTTON = "Cancel Job"
"""The button that running jobs may list (docs.imaginepro.ai/api-215986177)."""


class JobStatus(StrEnum):
    """The status of a job; DONE and FAILED are terminal (docs.imaginepro.ai/api-215981214)."""

    SUBMITTED = "SUBMITTED"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    FAILED = "FAILED"

    @property
    def is_terminal(self) -> bool:
        """Whether the job will never change again."""
        return self in {JobStatus.DONE, JobStatus.FAILED}

    @classmethod
    def named(cls, word: object) -> "JobStatus | None":
        """The status that the API means by this word; `None` for an unknown one, and for anything but a word."""
        return _WORDS.get(_plain(word))


# Only SUBMITTED, QUEUED, PROCESSING, DONE and FAIL are documented; clients have met others.
_TIMED_OUT = ("TIMEOUT", "TIMED_OUT", "TIMEDOUT", "EXPIRED")
_CANCELLED = ("CANCEL", "CANCELLED", "CANCELED", "ABORTED")
_WORDS = {
    **{status.value: status for status in JobStatus},
    **dict.fromkeys(("SUBMITTING", "CREATED", "NOT_START"), JobStatus.SUBMITTED),
    **dict.fromkeys(("PENDING", "WAITING", "IN_QUEUE", "SCHEDULED"), JobStatus.QUEUED),
    **dict.fromkeys(("IN_PROGRESS", "RUNNING", "STARTED"), JobStatus.PROCESSING),
    **dict.fromkeys(
        ("SUCCESS", "SUCCEEDED", "SUCCESSFUL", "COMPLETE", "COMPLETED", "FINISH", "FINISHED"), JobStatus.DONE
    ),
    **dict.fromkeys(("FAIL", "FAILURE", "ERROR", "REJECTED", "REFUSED", "BANNED", "BLOCKED"), JobStatus.FAILED),
    **dict.fromkeys((*_TIMED_OUT, *_CANCELLED), JobStatus.FAILED),
}
_REASONS = {**dict.fromkeys(_TIMED_OUT, "It took too long."), **dict.fromkeys(_CANCELLED, "It was cancelled.")}
_PHRASES = frozenset(status.phrase.casefold() for status in HTTPStatus)
_IMAGES = ("uri", "image_url", "originalUrl", "original_url")
_VIDEOS = ("videoUrl", "video_url")


def status_of(record: Mapping[str, object]) -> JobStatus:
    """The status of a job's record; PROCESSING where the record does not say.

    A word that says that the job has ended counts, and so does `success: false`. Without a known word, an error means
    that it has failed, and 100 percent with a result that it is done; where there is an unknown word, only with parts
    that no running job has.
    """
    word = parsing.text(record.get("status"))
    named = JobStatus.named(word)
    if named is not None and named.is_terminal:
        return named
    finished = named is None and _is_complete(record)
    if finished and _has_final_parts(record):
        return JobStatus.DONE
    if record.get("success") is False or (named is None and _has_error(record)):
        return JobStatus.FAILED
    if finished and word is None and _has_any(record, *_IMAGES):
        return JobStatus.DONE
    return named or JobStatus.PROCESSING


def failure_reason(record: Mapping[str, object]) -> str | None:
    """Why the job of this record has failed: one line without keys, `None` where the record does not say.

    The text is in `error`, as documented, or in `message`, as in the bodies of refused requests.
    """
    nested = parsing.json_object(record.get("error")).get("message")
    found = list(filter(None, map(parsing.reason, (record.get("error"), nested, record.get("message")))))
    better = (reason for reason in found if reason.casefold() not in _PHRASES)
    return next(better, None) or next(iter(found), None) or _REASONS.get(_plain(record.get("status")))


def _plain(word: object) -> str:
    return "_".join((parsing.text(word) or "").upper().replace("-", " ").replace("_", " ").split())


def _has_error(record: Mapping[str, object]) -> bool:
    error = record.get("error")
    return bool(error) and not parsing.is_empty(error)


def _is_complete(record: Mapping[str, object]) -> bool:
    return parsing.percent(record.get("progress", record.get("percent"))) == 100


def _has_final_parts(record: Mapping[str, object]) -> bool:
    """Whether the record has what no running job has: tiles, a video, descriptions, or buttons beside an image."""
    if parsing.web_urls(record.get("images", record.get("tiles"))) or parsing.has_descriptions(record):
        return True
    return _has_any(record, *_VIDEOS) or (_has_any(record, *_IMAGES) and _has_buttons(record))


def _has_buttons(record: Mapping[str, object]) -> bool:
    return any(label != CANCEL_BUTTON for label in parsing.labels(record.get("buttons")))


def _has_any(record: Mapping[str, object], *names: str) -> bool:
    """Whether one of these fields holds a URL."""
    return any(parsing.web_url(record.get(name)) for name in names)
