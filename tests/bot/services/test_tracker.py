"""The tracker: what it tells of a job, what it puts up with, and how often it asks."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.imaginepro import ImagineProError, Job, JobStatus, KeyRefused, ServerFault, UnknownJob, Unreachable, VideoJob
from bot.services import tracker as module
from bot.services.results import Result
from bot.services.tracker import Overdue, Patience, Snapshot, Tracker, WithoutResult
from tests.bot.services.scripted import done, record

NEVER = Patience(unknown=timedelta(0), without_result=timedelta(0))
Answer = Job | ImagineProError


class Source:
    """Answers from a list, the last one again and again; counts what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.reading = asyncio.Event()

    async def video_progress(self, message_id: str) -> VideoJob:
        return VideoJob.model_validate((await self.progress(message_id)).model_dump())

    async def progress(self, message_id: str) -> Job:
        self.asked += 1
        self.reading.set()
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, ImagineProError):
            raise found
        return found


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def told(tracker: Tracker) -> list[Snapshot]:
    """Everything the tracker tells of a job until its end."""
    return [
        snapshot
        async for snapshot in tracker.follow("remote", expected=Result.PICTURE, until=in_an_hour, wake=asyncio.Event())
    ]


def following(*answers: Answer, patience: Patience = module.DEFAULT_PATIENCE) -> tuple[Tracker, Source]:
    source = Source(*answers)
    return Tracker(source, pause=0.0005, reads_per_second=1e6, patience=patience), source


async def test_only_changes_are_told() -> None:
    """Equal records are told once, the last one is terminal, and nothing is asked after it."""
    queued, half = record(JobStatus.QUEUED), record(percent=50)
    tracker, source = following(queued, queued, half, half, half, done())
    assert await told(tracker) == [Snapshot(queued), Snapshot(half), Snapshot(done())]
    assert source.asked == 6


async def test_every_visible_change_is_told() -> None:
    """A new percentage, a new preview, a new status: each is a change."""
    steps = [record(percent=8), record(percent=15), record(percent=15, image_url="https://x.imaginepro.ai/1.webp")]
    tracker, _ = following(*steps, done())
    assert [snapshot.job for snapshot in await told(tracker)] == [*steps, done()]


async def test_a_failed_job_ends_the_following_at_once() -> None:
    """With a reason or without: a failure has no picture to wait for."""
    for failure in (record(JobStatus.FAILED, error="No."), record(JobStatus.FAILED)):
        tracker, source = following(failure)
        assert await told(tracker) == [Snapshot(failure)]
        assert source.asked == 1


async def test_a_job_unknown_at_first_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """A 404 right after the submission is usual: told as nothing known yet, and not worth a line in the log."""
    tracker, _ = following(UnknownJob(), UnknownJob(), record(percent=8), done())
    with caplog.at_level(logging.INFO):
        assert await told(tracker) == [Snapshot(None), Snapshot(record(percent=8)), Snapshot(done())]
    assert caplog.records == []


async def test_a_job_unknown_for_too_long_is_given_up() -> None:
    """The API's own error comes through once patience has run out, also for a job that was known before."""
    for before in ([], [record(percent=8)]):
        tracker, source = following(*before, UnknownJob(), UnknownJob(), patience=NEVER)
        with pytest.raises(UnknownJob):
            await told(tracker)
        assert source.asked == len(before) + 1


async def test_patience_begins_anew_once_the_job_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two short absences are not one long one."""
    clock = _Clock(monkeypatch, seconds_each=15)
    tracker, _ = following(UnknownJob(), UnknownJob(), record(percent=8), UnknownJob(), UnknownJob(), done())
    assert (await told(tracker))[-1] == Snapshot(done())
    assert clock.time - clock.begin > timedelta(seconds=60)


async def test_a_minute_is_the_patience_with_an_unknown_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock, not by the number of reads."""
    clock = _Clock(monkeypatch, seconds_each=7)
    tracker, _ = following(UnknownJob())
    with pytest.raises(UnknownJob):
        await told(tracker)
    assert timedelta(seconds=60) <= clock.time - clock.begin <= timedelta(seconds=90)


async def test_done_without_a_picture_is_asked_again() -> None:
    """The picture may follow a moment later; until it does the job is not taken for ended."""
    empty = record(JobStatus.DONE, percent=100)
    tracker, source = following(empty, empty, done())
    assert await told(tracker) == [Snapshot(empty), Snapshot(done())]
    assert source.asked == 3


async def test_done_and_never_a_picture() -> None:
    """It ends with a sentence of its own."""
    tracker, _ = following(record(JobStatus.DONE, percent=100), patience=NEVER)
    with pytest.raises(WithoutResult, match="no picture"):
        await told(tracker)


async def test_a_single_failure_is_nobody_else_s_business(caplog: pytest.LogCaptureFixture) -> None:
    """Told to no member; logged once, and its end once."""
    half = record(percent=50)
    tracker, _ = following(half, Unreachable(), half, done())
    with caplog.at_level(logging.INFO):
        assert await told(tracker) == [Snapshot(half), Snapshot(done())]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


async def test_trouble_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """Ten failed reads are one change, one warning and one recovery, and the last record stays visible."""
    half = record(percent=50)
    tracker, _ = following(half, *(Unreachable() for _ in range(10)), half, done())
    with caplog.at_level(logging.INFO):
        trouble = Snapshot(half, Unreachable.sentence)
        assert await told(tracker) == [Snapshot(half), trouble, Snapshot(half), Snapshot(done())]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


async def test_a_404_does_not_hide_the_failures_after_it(caplog: pytest.LogCaptureFixture) -> None:
    """The first real failure is logged though the job was unknown before."""
    tracker, _ = following(UnknownJob(), ServerFault(status=500), ServerFault(status=500), done())
    with caplog.at_level(logging.INFO):
        assert [snapshot.trouble for snapshot in await told(tracker)] == [None, ServerFault.sentence, None]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


async def test_another_kind_of_trouble_is_a_change() -> None:
    """What keeps the job from being read is told when it becomes something else."""
    errors = [Unreachable(), Unreachable(), KeyRefused(), KeyRefused()]
    tracker, _ = following(*errors, done())
    troubles = [snapshot.trouble for snapshot in await told(tracker)]
    assert troubles == [None, Unreachable.sentence, KeyRefused.sentence, None]


async def test_nothing_is_asked_after_the_deadline() -> None:
    """The deadline is asked for before each read, so that it may move."""
    source = Source(record(percent=50))
    deadlines = iter([in_an_hour(), in_an_hour(), datetime.now(UTC)])
    tracker = Tracker(source, pause=0.001)
    with pytest.raises(Overdue, match="longer than it may"):
        async for _ in tracker.follow(
            "remote", expected=Result.PICTURE, until=lambda: next(deadlines), wake=asyncio.Event()
        ):
            pass
    assert source.asked == 2


async def test_waking_brings_one_read_forward() -> None:
    """A pause of an hour ends at once, and the next one is whole again."""
    source, wake = Source(record(percent=50), record(percent=60)), asyncio.Event()
    tracker = Tracker(source, pause=3600)
    snapshots = tracker.follow("remote", expected=Result.PICTURE, until=in_an_hour, wake=wake)
    assert (await anext(snapshots)).job == record(percent=50)
    wake.set()
    async with asyncio.timeout(60):
        assert (await anext(snapshots)).job == record(percent=60)
    assert not wake.is_set()
    await snapshots.aclose()


async def test_pauses_grow_with_misses_and_with_company(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half as long again for each miss up to half a minute; all together below eight reads a second."""
    monkeypatch.setattr(module.random, "uniform", lambda low, high: (low + high) / 2)
    tracker = Tracker(Source(record()), pause=3.0)
    assert [round(tracker._next_pause(misses), 2) for misses in (0, 1, 2)] == [3.0, 4.5, 6.75]
    assert tracker._next_pause(20) == pytest.approx(30)
    async with _Company(tracker, 80):
        assert tracker._next_pause(0) == pytest.approx(10)
        assert tracker._next_pause(20) == pytest.approx(30)
    async with _Company(tracker, 400):
        assert tracker._next_pause(20) == pytest.approx(50)
    assert tracker._next_pause(0) == pytest.approx(3)


async def test_misses_are_forgotten_after_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause is the usual one again as soon as the API answers."""
    pauses: list[int] = []
    monkeypatch.setattr(Tracker, "_next_pause", lambda _, misses: pauses.append(misses) or 0.001)
    tracker, _ = following(Unreachable(), UnknownJob(), record(percent=8), record(percent=15), done())
    await told(tracker)
    assert pauses == [1, 2, 0, 0]


class _Clock:
    """Stands for `datetime` in the tracker: it is later by so many seconds at each look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, seconds_each: int) -> None:
        self.begin = self.time = datetime.now(UTC)
        self._each = timedelta(seconds=seconds_each)
        monkeypatch.setattr(module, "datetime", self)

    def now(self, _zone: object) -> datetime:
        self.time += self._each
        return self.time


class _Company:
    """So many jobs that are followed at the same time."""

    def __init__(self, tracker: Tracker, number: int) -> None:
        self._jobs = [
            tracker.follow(f"remote-{n}", expected=Result.PICTURE, until=in_an_hour, wake=asyncio.Event())
            for n in range(number)
        ]

    async def __aenter__(self) -> None:
        for job in self._jobs:
            await anext(job)

    async def __aexit__(self, *_: object) -> None:
        for job in self._jobs:
            await job.aclose()
