"""Requests to poll a job, the progress that is reported, and errors that end the polling."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import UserError
from bot.imaginepro import Job
from bot.services.kinds.result_kind import ResultKind
from bot.timings import DEFAULT_TIMINGS

_NOUNS = {ResultKind.PICTURE: "picture", ResultKind.TEXTS: "text", ResultKind.VIDEO: "video"}


class Overdue(UserError):
    """The job did not end before its deadline."""

    def __init__(self) -> None:
        super().__init__(
            "This job took longer than it may, so the bot stopped waiting for it. Press Retry to try again."
        )


class WithoutResult(UserError):
    """The job is done according to the API, but has no result."""

    def __init__(self, expected: ResultKind) -> None:
        super().__init__(f"ImaginePro says this job is done, but sent no {_NOUNS[expected]}. Press Retry to try again.")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The progress of a job.

    `job` is its newest record, None before the first. `trouble` is a sentence why it can't be polled. `stalled` is set
    if nothing has changed for longer than usual for its kind.
    """

    job: Job | None
    trouble: str | None = None
    stalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    """A job to poll.

    It is done when its record has the `expected` result; with None its status is enough. `deadline` is called before
    each poll, when the deadline has passed, and at a nudge, as it may change. `on_change` is called for every change
    that a member can see, except the end; it must return at once. `duration_class` is the class of jobs that take about
    equally long, `since` is when the API accepted the job.
    """

    remote_id: str
    expected: ResultKind | None
    deadline: Callable[[], datetime]
    on_change: Callable[[Snapshot], None]
    duration_class: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """How long unexpected answers are tolerated.

    `unknown`: the API may not know a job just after it accepted it, or temporarily.
    `without_result`: the API may report a job as done before its result is available.
    `stalled`: a running job may show no change for this long while the usual duration of its kind is unknown.
    """

    unknown: timedelta = DEFAULT_TIMINGS.unknown_job
    without_result: timedelta = DEFAULT_TIMINGS.missing_result
    stalled: timedelta = DEFAULT_TIMINGS.stalled


DEFAULT_TOLERANCES = Tolerances()
