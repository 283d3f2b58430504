"""What a member is shown of a job, without saying how it looks."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.errors import UserError
from bot.services.images.formats import Upload
from bot.store import JobRecord


class JobPhase(StrEnum):
    """What is going on with a job that has not ended."""

    WAITING = "in line"
    SUBMITTING = "submitting"
    SEARCHING = "searching"
    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """One moment of a job that is under way.

    `place` counts from 1, the next to be sent. `percent` is 0 to 100 or None when unknown. `eta_seconds` is how long it
    is expected to take from now until the job is sent or done, None when nobody can say. `note` is a sentence about
    something unusual, such as an API that does not answer.
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
    """The last thing shown of a job: its record, its pictures or videos, and a sentence where one is needed."""

    job: JobRecord
    uploads: tuple[Upload, ...] = ()
    note: str | None = None


class ReplyGone(UserError):
    """Nothing can be shown any more: the reply is out of reach, and the member takes no direct messages."""

    def __init__(self) -> None:
        super().__init__("The reply of this job is gone.")


class Presenter(Protocol):
    """Shows jobs to those who asked for them."""

    def show(self, progress: JobProgress) -> None:
        """Make the frame visible soon; a newer one replaces it. Returns at once and never raises."""
        ...

    async def deliver(self, ending: JobEnding) -> None:
        """Return once the ending is visible. Raises `ReplyGone` when there is nowhere left to show it.

        Once the process is about to stop this returns no more: the ending is left to the next process.
        """
        ...
