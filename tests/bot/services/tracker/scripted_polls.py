"""Poll requests and a scripted API for tests of the tracker."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.imaginepro import ImagineProClient, ImagineProError, Job
from bot.services.kinds.result_kind import ResultKind
from bot.services.tracker import PollRequest, Snapshot, Tracker

Answer = Job | ImagineProError
Snapshots = list[Snapshot]


class ScriptedApi(ImagineProClient):
    """An API that returns answers from a list, repeating the last, and records the polls."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.video_polls = 0
        self.polls: list[tuple[float, str]] = []
        self.reading = asyncio.Event()

    async def video_progress(self, message_id: str) -> Job:
        self.video_polls += 1
        return await self.progress(message_id)

    async def progress(self, message_id: str) -> Job:
        self.polls.append((asyncio.get_running_loop().time(), message_id))
        self.reading.set()
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, ImagineProError):
            raise found
        return found

    def times(self, message_id: str = "remote") -> list[float]:
        """The times of this job's polls, by the loop's clock."""
        return [time for time, asked in self.polls if asked == message_id]


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def job(
    remote_id: str = "remote",
    *,
    expected: ResultKind | None = ResultKind.PICTURE,
    until: Callable[[], datetime] | None = None,
    snapshots: Snapshots | None = None,
    changed: Callable[[Snapshot], None] | None = None,
    duration_class: str = "imagine",
    age: float = 0.0,
) -> PollRequest:
    """A request for a job accepted `age` seconds ago, with an hour to go; `snapshots` collects what is reported."""
    end = in_an_hour()
    return PollRequest(
        remote_id=remote_id,
        expected=expected,
        deadline=until or (lambda: end),
        on_change=changed or (snapshots if snapshots is not None else []).append,
        duration_class=duration_class,
        since=datetime.now(UTC) - timedelta(seconds=age),
    )


async def sleep_until(seconds: float, *, after: float = 0.0) -> None:
    """Sleep until the loop's clock shows `after` plus `seconds`."""
    await asyncio.sleep(after + seconds - asyncio.get_running_loop().time())


async def cancel_all(*tasks: "asyncio.Task[Job]") -> None:
    """Cancel the follow tasks and wait for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def follow_task(tracker: Tracker, following: PollRequest) -> "asyncio.Task[Job]":
    """A task that follows the job."""
    return asyncio.create_task(tracker.follow(following))
