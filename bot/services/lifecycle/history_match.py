"""Compares jobs with the items of an account's history."""

from datetime import datetime, timedelta

from bot.imaginepro import HistoryItem
from bot.services.prompt import clean_text
from bot.store import JobKind, JobRecord

_CLOCK_SLACK = timedelta(minutes=10)
"""How much the two clocks may differ."""

_BEFORE, _AFTER = timedelta(minutes=2), timedelta(minutes=5)
"""How long before and after the time of its request an item was made that has no other proof of being the job."""

# The API's documentation does not list the kinds that its history names. The first of these found in a kind counts.
_KINDS_BY_NAME = {
    "flux": JobKind.FLUX,
    "zimage": JobKind.Z_IMAGE,
    "exten": JobKind.EXTEND_VIDEO,
    "video": JobKind.VIDEO,
    "edit": JobKind.EDIT,
    "banana": JobKind.EDIT,
    "gemini": JobKind.EDIT,
    "universal": JobKind.EDIT,
    "describe": JobKind.DESCRIBE,
    "face": JobKind.FACE_SWAP,
    "blend": JobKind.BLEND,
    "remove": JobKind.REMOVE_BACKGROUND,
}


def may_be(item: HistoryItem, job: JobRecord) -> bool:
    """Whether the item was made late enough to be the job."""
    return item.created_at is None or item.created_at >= _sent_at(job) - _CLOCK_SLACK


def is_equal(item: HistoryItem, job: JobRecord) -> bool:
    """Whether the item has the job's whole prompt with its flags, its kind, no button, and the time of its request.

    A job without a prompt is equal to no item.
    """
    prompt = _normalised(item.prompt or "")
    if not prompt or prompt != _normalised(job.prompt) or item.button or _kind_of(item) is not job.kind:
        return False
    sent_at = _sent_at(job)
    return item.created_at is not None and sent_at - _BEFORE <= item.created_at <= sent_at + _AFTER


def asks_the_same(one: JobRecord, other: JobRecord) -> bool:
    """Whether the history could list one of the two jobs in place of the other."""
    return _normalised(one.prompt) == _normalised(other.prompt)


def _sent_at(job: JobRecord) -> datetime:
    return job.submitting_at or job.created_at


def _kind_of(item: HistoryItem) -> JobKind:
    """The kind of job that made the item.

    An item without a kind, or with an ambiguous one, counts as Midjourney's, as the history is mostly about those.
    """
    word = "".join(filter(str.isalnum, _normalised(item.kind or "").casefold()))
    return next((kind for name, kind in _KINDS_BY_NAME.items() if name in word), JobKind.IMAGINE)


def _normalised(text: str) -> str:
    """The text as the API may echo it: in one line, without characters that can't be seen."""
    return clean_text(text).replace("\ufe0f", "")
