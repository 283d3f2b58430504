"""Jobs to follow: what the API says of them, and what is asked of the tracker."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.imaginepro import ImagineProClient, ImagineProError, Job, VideoJob
from bot.services.kinds.result_kind import ResultKind
from bot.services.tracker import PollRequest, Snapshot, Tracker

Answer = Job | ImagineProError
Told = list[Snapshot]


class Source(ImagineProClient):
    """Answers from a list, the last one again and again; counts what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[float, str]] = []
        self.reading = asyncio.Event()

    async def video_progress(self, message_id: str) -> VideoJob:
        return VideoJob.model_validate((await self.progress(message_id)).model_dump())

    async def progress(self, message_id: str) -> Job:
        self.asked.append((asyncio.get_running_loop().time(), message_id))
        self.reading.set()
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, ImagineProError):
            raise found
        return found

    def times(self, message_id: str = "remote") -> list[float]:
        """When this job was read, by the loop's clock."""
        return [moment for moment, asked in self.asked if asked == message_id]


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def job(
    remote_id: str = "remote",
    *,
    expected: ResultKind | None = ResultKind.PICTURE,
    until: Callable[[], datetime] | None = None,
    told: Told | None = None,
    changed: Callable[[Snapshot], None] | None = None,
    pace: str = "imagine",
    age: float = 0.0,
) -> PollRequest:
    """A job that was accepted `age` seconds ago and may take an hour; `told` gathers what changes."""
    end = in_an_hour()
    return PollRequest(
        remote_id=remote_id,
        expected=expected,
        deadline=until or (lambda: end),
        on_change=changed or (told if told is not None else []).append,
        duration_class=pace,
        since=datetime.now(UTC) - timedelta(seconds=age),
    )


async def passes(seconds: float, *, after: float = 0.0) -> None:
    """Return when the loop's clock shows so many seconds more than `after`."""
    await asyncio.sleep(after + seconds - asyncio.get_running_loop().time())


async def ended(*tasks: "asyncio.Task[Job]") -> None:
    """Stop following and return when that is over."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def begun(tracker: Tracker, following: PollRequest) -> "asyncio.Task[Job]":
    """The following, going on in a task."""
    return asyncio.create_task(tracker.follow(following))
