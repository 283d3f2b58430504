"""The interface between job services and Discord replies: the progress and end of a job, without any layout."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.errors import UserError
from bot.services.images.formats import Upload
from bot.store import JobRecord

Refit = Callable[[int], Awaitable[tuple[tuple[Upload, ...], str | None]]]
"""Fetches the files again, each in at most this number of bytes; the sentence is about those that are missing."""


class JobPhase(StrEnum):
    """The phase of a job that has not ended."""

    WAITING = "in line"
    SUBMITTING = "submitting"
    SEARCHING = "searching"
    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """The progress of an unfinished job.

    `position` is the place in the queue, where 1 is the next to be sent. `percent` is 0 to 100, None if unknown.
    `eta_seconds` is the expected number of seconds until the job is done, None if unknown. `note` is a sentence about
    something unusual, for example that the API does not answer.
    """

    job: JobRecord
    phase: JobPhase
    percent: int | None = None
    position: int | None = None
    eta_seconds: float | None = None
    preview_url: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnding:
    """The end of a job to show: its record, its pictures or videos, and an optional note about them.

    `refit` makes the files again for another limit, None where there are none. `without_words` leaves out the member's
    words and all links. `is_outdated` says whether the job has ended otherwise by now: a result may arrive after its
    failure.
    """

    job: JobRecord
    uploads: tuple[Upload, ...] = ()
    note: str | None = None
    refit: Refit | None = field(default=None, compare=False, repr=False)
    without_words: bool = False
    is_outdated: Callable[[], bool] = field(default=lambda: False, compare=False, repr=False)


class OutdatedEnding(Exception):
    """The job has ended otherwise meanwhile, so this ending was not shown."""


class FilesPending(Exception):
    """The ending is shown, but without its files: Discord takes everything except files for now."""


class ReplyGone(UserError):
    """The reply can't be edited any more, and the member accepts no direct messages."""

    def __init__(self) -> None:
        super().__init__("The reply of this job is gone.")


class Presenter(Protocol):
    """Shows jobs to the members who requested them."""

    def show(self, progress: JobProgress) -> None:
        """Show the progress soon; newer progress replaces it. Returns at once and never raises."""
        ...

    def forget(self, job_id: str) -> None:
        """Show nothing more of a job that has ended, and whose end is not shown."""
        ...

    async def deliver(self, ending: JobEnding) -> None:
        """Return once the ending is visible. Raises `ReplyGone` if it can't be shown anywhere, and `OutdatedEnding`.

        Raises `FilesPending` if its files have to be added later.

        During a shutdown this no longer returns: the ending is left to the next process.
        """
        ...

    async def add_files(self, ending: JobEnding) -> None:
        """Add the files to an ending that is visible without them. Raises `FilesPending` if that still fails.

        Raises `ReplyGone` if the message can't be edited any more, and `OutdatedEnding`.
        """
        ...
