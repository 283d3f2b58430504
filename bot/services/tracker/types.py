"""What is followed, what is told of it, and the ends that are no record of the API's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import UserError
from bot.imaginepro import Job
from bot.services.kinds.result_kind import ResultKind
from bot.timings import DEFAULT_TIMINGS

_NOUNS = {ResultKind.PICTURE: "picture", ResultKind.TEXTS: "text", ResultKind.VIDEO: "video"}


class Overdue(UserError):
    """The job took longer than it may."""

    def __init__(self) -> None:
        super().__init__(
            "This job took longer than it may, so the bot stopped waiting for it. Press Retry to try again."
        )


class WithoutResult(UserError):
    """The API calls the job done, and there is nothing to show."""

    def __init__(self, expected: ResultKind) -> None:
        super().__init__(f"ImaginePro says this job is done, but sent no {_NOUNS[expected]}. Press Retry to try again.")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a job stands.

    `job` is its newest record, None before the first; `trouble` the sentence that says why it can't be read;
    `stalled` says that nothing is new for longer than is usual for its kind.
    """

    job: Job | None
    trouble: str | None = None
    stalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    """A job to be followed.

    It is done when the record holds what is `expected`; None: when it says so. `until` says how long it may take,
    and may move: it is asked before each read, when it has passed, and at a nudge. `changed` hears of every change a
    member can see, the end excepted; it must return at once. `pace` names the jobs that take about as long as this
    one, `since` is when the API accepted it.
    """

    remote_id: str
    expected: ResultKind | None
    deadline: Callable[[], datetime]
    on_change: Callable[[Snapshot], None]
    duration_class: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """How long an odd answer is put up with.

    `unknown`: a job may not be readable at once after it was accepted, and a record may be missing for a moment.
    `without_result`: "done" has been seen before its result was there.
    `stalled`: a running job may have no news for so long, where it is not known how long jobs of its kind take.
    """

    unknown: timedelta = DEFAULT_TIMINGS.unknown_job
    without_result: timedelta = DEFAULT_TIMINGS.missing_result
    stalled: timedelta = DEFAULT_TIMINGS.stalled


DEFAULT_TOLERANCES = Tolerances()
